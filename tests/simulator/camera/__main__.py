"""Serves the cameras: python -m tests.simulator.camera."""

from __future__ import annotations

import argparse
import asyncio

from tests.simulator.serving import serve

from .server import create_app


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="tests.simulator.camera", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: any free one")
    parser.add_argument("--seed", type=int, default=1, help="which household")
    parser.add_argument("--api-url", default="", help="the reader's address, for the status page")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    asyncio.run(serve(create_app(options.seed, options.api_url), options.port, with_parent=options.with_parent))


if __name__ == "__main__":
    main()
