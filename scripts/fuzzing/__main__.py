"""Runs the command."""

import sys

from scripts import bare  # noqa: F401  before what needs it

from .command import main

sys.exit(main())
