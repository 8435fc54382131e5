"""Runs the cameras and the stand-in together: python -m tests.simulator."""

from __future__ import annotations

import argparse
import signal
import time

from .processes import running


def main() -> None:
    """Run both servers until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="tests.simulator", description=__doc__)
    parser.add_argument("--camera-port", type=int, default=0, help="port of the cameras; 0: any free one")
    parser.add_argument("--api-port", type=int, default=0, help="port of the Messages API; 0: any free one")
    parser.add_argument("--seed", type=int, default=1, help="which household")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with running(camera_port=options.camera_port, api_port=options.api_port, seed=options.seed) as addresses:
            print(f"cameras       {addresses.camera_url}")  # noqa: T201  a command prints
            print(f"Messages API  {addresses.api_url}", flush=True)  # noqa: T201
            while True:  # a signal just before a pause without end would not be noticed
                time.sleep(1)
    except KeyboardInterrupt:
        pass


def _interrupt(_number: int, _frame: object) -> None:
    # Once is enough: a second signal must not cut short the stopping of the servers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
