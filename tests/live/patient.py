"""Starts Home Assistant on a fast clock: it is given as much real time to start as on the usual one.

Where it asks for it, as after a backup was chosen that is to be put back, it is started once more in the same process.

usage: python -P patient.py SPEED ARGUMENT...     the arguments are Home Assistant's own
"""

from __future__ import annotations

import os
import sys

from homeassistant import bootstrap, setup
from homeassistant.__main__ import main
from homeassistant.const import RESTART_EXIT_CODE


def _be_patient(speed: float) -> None:
    for name in ("STAGE_1_TIMEOUT", "STAGE_2_TIMEOUT", "WRAP_UP_TIMEOUT"):
        setattr(bootstrap, name, int(getattr(bootstrap, name) * speed))
    setup.SLOW_SETUP_MAX_WAIT = int(setup.SLOW_SETUP_MAX_WAIT * speed)


if __name__ == "__main__":
    _be_patient(float(sys.argv.pop(1)))
    if (code := main()) == RESTART_EXIT_CODE:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  what has started this process, with its own arguments
    sys.exit(code)
