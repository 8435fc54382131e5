"""Starts lives, each in a process of its own; one program starts them all, for its imports take seconds.

usage: python -m tests.crash.zygote     with a plan as JSON on each line of stdin
On stdout comes for each what it told, or `"killed"`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import traceback
from typing import Any

from tests import early  # noqa: F401  before anything that imports httpx

# isort: split
import pytest_homeassistant_custom_component.plugins  # noqa: F401  makes Home Assistant's clock one that can be set

from .life import Act, Plan, live


def _plan(data: dict[str, Any]) -> Plan:
    return Plan(**{**data, "acts": tuple(Act(**act) for act in data["acts"])})


def _lived(line: str) -> str:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        try:
            told = asyncio.run(live(_plan(json.loads(line))))
            os.write(writing, json.dumps(told).encode())
        except BaseException:
            traceback.print_exc()
            raise
        finally:  # the recorder's thread would keep a life that failed from ending
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return '"killed"'
    return told or '"failed"'


def main() -> None:
    """Lead one life after the other."""
    logging.disable(logging.INFO)  # the plugin makes every statement of the database a line
    for line in sys.stdin:
        sys.stdout.write(_lived(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
