"""Times how long the integration's own code keeps the event loop without a break."""

from collections import defaultdict
import gc
import sys
import threading
import time
from types import CodeType
from typing import Any, Final

_TOOL: Final = sys.monitoring.PROFILER_ID
_EVENTS: Final = sys.monitoring.events
_OURS: Final = "/custom_components/meter_vision/"
_TASKS: Final = ("/homeassistant/util/async_.py", "create_eager_task")
"""Where Home Assistant begins a task that runs at once, in the middle of whoever asked for it."""


class Runs:
    """Between start and stop, keeps how long each run of our code took in the loop's thread, in seconds by module.

    A run begins where Home Assistant calls or resumes our code and ends where that returns or waits; what our code
    calls counts with it. Handles that only begin in Home Assistant's code, such as a request, are so told apart. Of
    each run there are two times: the whole, and that without the tasks of Home Assistant which begin in it, such as one
    that adds entities. The collector of garbage runs in whatever allocates next, so its time is in neither.
    """

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self.times: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.collected: list[float] = []
        """How long each collection of garbage took that fell into a run."""
        self._owners: list[bool] = []
        """Whose each frame on the stack is, True: ours; only ours and tasks that begin in ours are on it."""
        self._whole = self._own = 0.0
        """What the run has taken until its owner last changed."""
        self._since = 0.0
        self._thread = threading.main_thread()

    def start(self) -> None:
        """Have the interpreter tell about every function that begins, waits or ends."""
        monitoring = sys.monitoring
        monitoring.use_tool_id(_TOOL, "runs")
        begin = {_EVENTS.PY_START: self._begin, _EVENTS.PY_RESUME: self._begin, _EVENTS.PY_THROW: self._begin_again}
        end = {_EVENTS.PY_RETURN: self._end, _EVENTS.PY_YIELD: self._end, _EVENTS.PY_UNWIND: self._unwind}
        for event, told in (begin | end).items():
            monitoring.register_callback(_TOOL, event, told)
        gc.callbacks.append(self._collect)
        monitoring.set_events(_TOOL, sum(begin | end))

    def stop(self) -> None:
        """Have it tell no more."""
        sys.monitoring.set_events(_TOOL, 0)
        gc.callbacks.remove(self._collect)
        sys.monitoring.free_tool_id(_TOOL)
        sys.monitoring.restart_events()

    def _begin(self, code: CodeType, _offset: int) -> Any:
        if not _told_apart(code):
            return sys.monitoring.DISABLE
        return self._enter(code)

    def _begin_again(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if _told_apart(code):
            self._enter(code)

    def _enter(self, code: CodeType) -> None:
        ours = _OURS in code.co_filename
        if threading.current_thread() is self._thread and (ours or self._owners):
            if self._owners:
                self._count()
            else:
                self._whole = self._own = 0.0
            self._owners.append(ours)
            self._since = time.thread_time()

    def _end(self, code: CodeType, _offset: int, _value: object) -> Any:
        return self._leave(code) if _told_apart(code) else sys.monitoring.DISABLE

    def _unwind(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if _told_apart(code):
            self._leave(code)

    def _leave(self, code: CodeType) -> None:
        # What was running already when this began is left without having been entered.
        if threading.current_thread() is self._thread and self._owners:
            self._count()
            self._owners.pop()
            if not self._owners:
                module = code.co_filename.partition(_OURS)[2].removesuffix(".py").replace("/", ".")
                self.times[module].append((self._whole, self._own))
            self._since = time.thread_time()

    def _count(self) -> None:
        """Take note of what has passed since the owner last changed."""
        passed = time.thread_time() - self._since
        self._whole += passed
        self._own += passed if self._owners[-1] else 0.0

    def _collect(self, phase: str, _info: dict[str, int]) -> None:
        if threading.current_thread() is not self._thread or not self._owners:
            return
        if phase == "start":
            self._count()
        else:
            self.collected.append(time.thread_time() - self._since)
        self._since = time.thread_time()


def _told_apart(code: CodeType) -> bool:
    return _OURS in code.co_filename or (code.co_name == _TASKS[1] and code.co_filename.endswith(_TASKS[0]))
