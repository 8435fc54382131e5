"""A writer that is ended again and again, and a server that goes away, until all points have arrived."""

from contextlib import ExitStack
from dataclasses import dataclass
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

from tests.repository import ROOT

from .sink import Sink, serving

OUTAGES = 3


@dataclass(frozen=True, slots=True)
class Result:
    """What the server has after a run."""

    distinct: int
    accepted: int
    kills: int


def run(path: Path, points: int, kills: int, seed: int) -> Result:
    """Let points be made and sent, end the writer that often and take the server away three times."""
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    sink = Sink()
    with ExitStack() as up:
        up.enter_context(serving(sink))
        port = urlsplit(sink.url).port or 0
        command = [sys.executable, "-m", "tests.export.writer", str(path), sink.url, str(points)]
        with subprocess.Popen(  # noqa: S603  our own program
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as program:
            outages = set(chance.sample(range(1, kills), OUTAGES))
            for number in range(kills):
                child = _start(program, "stay")
                time.sleep(chance.uniform(0.02, 0.3))
                if number in outages:
                    up.close()
                    time.sleep(chance.uniform(0.05, 0.3))
                    up.enter_context(serving(sink, port=port))
                os.kill(child, signal.SIGKILL)
                _said(program)
            _start(program, "end")
            ended = _said(program)
            program.communicate()
    if ended != "done":
        raise RuntimeError(ended)
    return Result(distinct=len(sink.points), accepted=sink.accepted, kills=kills)


def _start(program: subprocess.Popen[str], until: str) -> int:
    if program.stdin is None:
        raise RuntimeError
    program.stdin.write(f"{until}\n")
    return int(_said(program))


def _said(program: subprocess.Popen[str]) -> str:
    if program.stdout is None:
        raise RuntimeError
    return program.stdout.readline().strip()
