"""The allocator of memory that Home Assistant's images for containers and its operating system preload."""

from collections.abc import Mapping
from ctypes.util import find_library
from typing import Final

_LIBRARY: Final = "jemalloc"
_SETTINGS: Final = "background_thread:true,metadata_thp:auto,dirty_decay_ms:20000,muzzy_decay_ms:20000"
"""As the images start Home Assistant."""


def allocator() -> tuple[str, Mapping[str, str]]:
    """Return its name and what makes a program use it; the system's own, and nothing, where it is not installed."""
    library = find_library(_LIBRARY)
    if library is None:
        return "the system's allocator", {}
    return "the images' allocator", {"LD_PRELOAD": library, "MALLOC_CONF": _SETTINGS}
