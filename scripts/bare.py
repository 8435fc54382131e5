"""Gives commands the integration's domain without Home Assistant, which takes seconds to load.

`metering`, `store` and `export` need nothing of it, but Python runs the integration's `__init__` before any of them.
Import this module before them: then that package is there already, empty.
"""

from pathlib import Path
import sys
from types import ModuleType

_PACKAGE = "custom_components.meter_vision"

if _PACKAGE not in sys.modules:
    _package = ModuleType(_PACKAGE)
    _package.__path__ = [str(Path(__file__).parent.parent / "custom_components" / "meter_vision")]
    sys.modules[_PACKAGE] = _package
