"""Serves the stand-in: python -m tests.simulator.messages."""

from __future__ import annotations

import argparse
import asyncio

from tests.simulator.serving import serve

from .server import create_app


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="tests.simulator.messages", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: any free one")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    asyncio.run(serve(create_app(), options.port, with_parent=options.with_parent))


if __name__ == "__main__":
    main()
