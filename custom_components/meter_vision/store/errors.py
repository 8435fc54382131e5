"""Everything that can go wrong with the file, each with the key of its translated message."""

from __future__ import annotations

from ..metering.errors import MeteringError


class StoreError(MeteringError):
    """The file could not be read or written; placeholder `reason`."""

    translation_key = "store_failed"


class StoreTooNewError(StoreError):
    """A newer version of the integration wrote the file; placeholders `found`, `known`."""

    translation_key = "store_too_new"


class StoreDamagedError(StoreError):
    """The file is not what was written; placeholder `reason`. Nothing of it has been changed."""

    translation_key = "store_damaged"
