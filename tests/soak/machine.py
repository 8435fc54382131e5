"""The machine one process runs on, as far as it can be spoiled: its wall clock and its disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import mmap
from pathlib import Path
import shutil
import struct
import subprocess
from typing import Final, Self

_SOURCE: Final = Path(__file__).with_name("machine.c")
_LAYOUT: Final = struct.Struct("=qq")
"""Deviation of the wall clock in nanoseconds; 1 while the disk is full."""
_MICROSECOND: Final = timedelta(microseconds=1)


class MachineError(Exception):
    """The machine could not be made."""


@dataclass(slots=True)
class Machine:
    """Changes what the process sees, at once and while it runs."""

    folder: Path
    _map: mmap.mmap
    deviation: timedelta = timedelta()
    history: list[tuple[datetime, timedelta]] = field(default_factory=list)
    """From when, on the right clock, the wall clock was wrong by how much."""

    @classmethod
    @contextmanager
    def made(cls, folder: Path) -> Iterator[Self]:
        """Build the library in a folder and give a machine in order."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            message = "a C compiler is missing; scripts/system_packages soak installs it"
            raise MachineError(message)
        command = [
            str(part)
            for part in (compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", folder / "machine.so", _SOURCE, "-ldl")
        ]
        subprocess.run(command, check=True)  # noqa: S603  our own file
        path = folder / "machine"
        path.write_bytes(_LAYOUT.pack(0, 0))
        with path.open("r+b") as file, mmap.mmap(file.fileno(), _LAYOUT.size) as shared:
            yield cls(folder, shared)

    def environment(self, clock: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a process on this machine that lives by a clock."""
        library = self.folder / "machine.so"
        preload = f"{library}:{clock['LD_PRELOAD']}"
        return {**clock, "LD_PRELOAD": preload, "SOAK_MACHINE": str(self.folder / "machine")}

    def set_clock(self, deviation: timedelta, now: datetime) -> None:
        """Let the wall clock be wrong by that much from now on."""
        self.history.append((now, deviation))
        self.deviation = deviation
        self._map[:8] = struct.pack("=q", deviation // _MICROSECOND * 1000)

    def fill_disk(self, *, full: bool) -> None:
        """Let no file grow from now on, or let all grow again."""
        self._map[8:16] = struct.pack("=q", int(full))
