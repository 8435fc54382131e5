"""Which server it is, told by what it says about itself at /ping."""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from .server import Answer, InfluxError, Server

_VICTORIA: Final = re.compile(r'vm_app_version\{[^}]*short_version="v?([^"]*)"|vm_app_version\{[^}]*version="([^"]*)"')

_OLD: Final = re.compile(r"1\.(\d+)")
_FIRST_MINOR: Final = 8


class Kind(StrEnum):
    """The families that differ in how they are set up and asked."""

    V1 = "InfluxDB 1.x"
    V2 = "InfluxDB 2.x"
    V3 = "InfluxDB 3"
    VICTORIA_METRICS = "VictoriaMetrics"


@dataclass(frozen=True, slots=True)
class Found:
    """A family and the version that was named."""

    kind: Kind
    version: str

    @property
    def takes_points(self) -> bool:
        """Whether it has /api/v2/write, as Meter Vision needs it."""
        old = _OLD.match(self.version)
        return self.kind is not Kind.V1 or old is None or int(old[1]) >= _FIRST_MINOR

    def __str__(self) -> str:
        """Name both."""
        return f"{self.kind} ({self.version})"


def detect(server: Server) -> Found:
    """Return what kind of server it is; raise InfluxError if it is something else."""
    answer = server.ask("GET", "/ping")
    if "HTTPS server" in answer.content.decode(errors="replace"):
        raise InfluxError(f"{server.url} speaks TLS; write https:// instead of http://")
    version = answer.headers.get("X-Influxdb-Version", "").removeprefix("v") or _version_in_body(answer)
    families = {"1": Kind.V1, "2": Kind.V2, "3": Kind.V3}
    if kind := families.get(version.partition(".")[0]):
        return Found(kind, version)
    if version:
        raise InfluxError(f"{server.url} is InfluxDB {version}, which is not known here")
    if found := _VICTORIA.search(server.ask("GET", "/metrics").content.decode(errors="replace")):
        return Found(Kind.VICTORIA_METRICS, found[1] or found[2] or "unknown version")
    server.checked(answer)
    raise InfluxError(f"something answers at {server.url}, but it is no InfluxDB and no VictoriaMetrics")


def _version_in_body(answer: Answer) -> str:
    """Return the version that InfluxDB 3 says in JSON."""
    try:
        said = answer.json
    except InfluxError:
        return ""
    return str(said.get("version", "")) if isinstance(said, dict) else ""
