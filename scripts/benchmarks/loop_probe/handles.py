"""Times the integration's callbacks of the running event loop."""

from array import array
from asyncio import Task
from asyncio.events import Handle
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
import gc
import threading
import time
from types import TracebackType
from typing import Any, Self

OURS = "custom_components.meter_vision"


class Handles:
    """While entered, keeps the processor time of each callback of ours, in seconds by module.

    The collector of garbage runs in whatever callback allocates next and goes through all of Home Assistant, so its
    time is taken out. A loop that somebody runs in another thread keeps nobody waiting and is not measured.
    """

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self.times: dict[str, array[float]] = defaultdict(lambda: array("d"))
        self.collecting = 0.0
        """Processor time of the collector in the loop's thread so far, in seconds; counts backwards while it runs."""
        self._run = Handle._run  # noqa: SLF001  where the loop runs a callback

    def __enter__(self) -> Self:
        """Put the stopwatch into the loop."""
        run, times = self._run, self.times

        def timed(handle: Handle) -> None:
            if threading.current_thread() is not threading.main_thread():
                run(handle)
                return
            module = _owner(handle)
            if not module.startswith(OURS):
                run(handle)
                return
            started = time.thread_time() - self.collecting
            run(handle)
            times[module].append(time.thread_time() - self.collecting - started)

        gc.callbacks.append(self._collect)
        Handle._run = timed  # type: ignore[method-assign]  # noqa: SLF001
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it out again."""
        gc.callbacks.remove(self._collect)
        Handle._run = self._run  # type: ignore[method-assign]  # noqa: SLF001

    def _collect(self, phase: str, _info: dict[str, int]) -> None:
        if threading.current_thread() is threading.main_thread():
            self.collecting += time.thread_time() * (-1 if phase == "start" else 1)

    def ours(self) -> list[float]:
        """Return the times of the callbacks in which code of the integration ran."""
        return [spent for times in self.times.values() for spent in times]

    def longest_of_ours(self) -> Iterator[tuple[str, float]]:
        """Yield the longest callback of each module of the integration."""
        for module, times in sorted(self.times.items()):
            yield module.removeprefix("custom_components."), max(times)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def _owner(handle: Handle) -> str:
    """Return the module whose code a callback runs: the integration's if any of it is involved."""
    callback: Any = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001
    while isinstance(callback, partial):
        callback = callback.func
    bound = getattr(callback, "__self__", None)
    if isinstance(bound, Task):
        return next(_modules_of_task(bound), "other")
    modules = (type(bound).__module__, getattr(callback, "__module__", None) or "other")
    return next((module for module in modules if module.startswith(OURS)), modules[-1])


def _modules_of_task(task: Task[Any]) -> Iterator[str]:
    """Yield the integration's modules among the coroutines a task waits in, outermost first."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None)
        module = frame.f_globals.get("__name__", "") if frame else ""
        if module.startswith(OURS):
            yield module
        waiting = getattr(waiting, "cr_await", None)
