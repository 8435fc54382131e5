"""Times how long the integration's own code keeps the event loop without a break."""

from collections import defaultdict
import sys
import threading
import time
from types import CodeType
from typing import Any, Final

_TOOL: Final = sys.monitoring.PROFILER_ID
_EVENTS: Final = sys.monitoring.events
_OURS: Final = "/custom_components/meter_vision/"


class Runs:
    """Between start and stop, keeps how long each run of our code took in the loop's thread, in seconds by module.

    A run begins where Home Assistant calls or resumes our code and ends where that returns or waits; what our code
    calls counts with it. Handles that only begin in Home Assistant's code, such as a request, are so told apart.
    """

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self.times: dict[str, list[float]] = defaultdict(list)
        self._deep = 0
        """How many frames of ours are on the stack."""
        self._started = 0.0
        self._thread = threading.main_thread()

    def start(self) -> None:
        """Have the interpreter tell about every function that begins, waits or ends."""
        monitoring = sys.monitoring
        monitoring.use_tool_id(_TOOL, "runs")
        begin = {_EVENTS.PY_START: self._begin, _EVENTS.PY_RESUME: self._begin, _EVENTS.PY_THROW: self._begin_again}
        end = {_EVENTS.PY_RETURN: self._end, _EVENTS.PY_YIELD: self._end, _EVENTS.PY_UNWIND: self._unwind}
        for event, told in (begin | end).items():
            monitoring.register_callback(_TOOL, event, told)
        monitoring.set_events(_TOOL, sum(begin | end))

    def stop(self) -> None:
        """Have it tell no more."""
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.free_tool_id(_TOOL)
        sys.monitoring.restart_events()

    def _begin(self, code: CodeType, _offset: int) -> Any:
        if _OURS not in code.co_filename:
            return sys.monitoring.DISABLE
        return self._enter()

    def _begin_again(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if _OURS in code.co_filename:
            self._enter()

    def _enter(self) -> None:
        if threading.current_thread() is self._thread:
            self._deep += 1
            if self._deep == 1:
                self._started = time.thread_time()

    def _end(self, code: CodeType, _offset: int, _value: object) -> Any:
        return self._leave(code) if _OURS in code.co_filename else sys.monitoring.DISABLE

    def _unwind(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if _OURS in code.co_filename:
            self._leave(code)

    def _leave(self, code: CodeType) -> None:
        # What was running already when this began is left without having been entered.
        if threading.current_thread() is self._thread and self._deep:
            self._deep -= 1
            if self._deep == 0:
                module = code.co_filename.partition(_OURS)[2].removesuffix(".py").replace("/", ".")
                self.times[module].append(time.thread_time() - self._started)
