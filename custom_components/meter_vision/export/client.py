"""The one place that imports influxdb-client and what comes with it."""

from __future__ import annotations

from typing import Any


def client_library() -> Any:
    """Return the library, untyped as it is. Takes half a second and 40 MB: only in an executor, only for an export."""
    import influxdb_client  # noqa: PLC0415  not before somebody exports

    return influxdb_client


def network_errors() -> Any:
    """Return the module with the errors that the library lets through."""
    from urllib3 import exceptions  # noqa: PLC0415

    return exceptions
