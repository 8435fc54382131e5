"""Where points go, as it is stored with the account."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

from .errors import ExportAddressError
from .schema import BucketMode, bucket_names


class ServerKind(StrEnum):
    """The servers that take points, for they differ in how one proves who one is."""

    INFLUXDB_2 = "influxdb_2"
    INFLUXDB_1 = "influxdb_1"
    INFLUXDB_3 = "influxdb_3"
    VICTORIA_METRICS = "victoria_metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """A server, what to show it and which buckets to use."""

    kind: ServerKind
    url: str
    org: str = ""
    token: str = field(default="", repr=False)
    """A token; `user:password` for InfluxDB 1.8 and VictoriaMetrics; may be empty where nothing is asked for."""
    bucket_mode: BucketMode = BucketMode.SEPARATE
    site: str = "home"
    """The tag of that name."""
    verify: bool = True
    """Whether the server's certificate is checked."""
    ca_file: str | None = None
    """Certificate of the authority to trust in place of the usual ones."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what was stored; raise ExportAddressError where the address is none."""
        settings = cls(
            kind=ServerKind(data["kind"]),
            url=str(data["url"]).strip().rstrip("/"),
            org=data.get("org", ""),
            token=data.get("token", ""),
            bucket_mode=BucketMode(data.get("bucket_mode", BucketMode.SEPARATE)),
            site=data.get("site", "").strip() or "home",
            verify=data.get("verify", True),
            ca_file=data.get("ca_file") or None,
        )
        _check_address(settings.url)
        return settings

    @property
    def buckets(self) -> tuple[str, ...]:
        """Return the buckets that have to be there."""
        return bucket_names(self.bucket_mode)

    @property
    def authorization(self) -> str | None:
        """Return the header that proves who writes; VictoriaMetrics knows no tokens."""
        if not self.token:
            return None
        if self.kind is ServerKind.VICTORIA_METRICS:
            return f"Basic {b64encode(self.token.encode()).decode()}"
        return f"Token {self.token}"


def _check_address(url: str) -> None:
    """Refuse what is no address; a password in it would end in logs."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username or parts.password or parts.query or parts.fragment:
        raise ExportAddressError
