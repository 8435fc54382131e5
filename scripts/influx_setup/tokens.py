"""The file that keeps what the server says only once: tokens and passwords, readable by its owner alone."""

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final

WRITE: Final = "INFLUX_WRITE_TOKEN"
READ: Final = "INFLUX_READ_TOKEN"
_MODE: Final = 0o600
_OTHERS: Final = 0o077
_HEAD: Final = (
    "# Made by scripts/setup_influxdb. Home Assistant gets the token that writes, Grafana the one that reads.\n"
)


@dataclass(frozen=True, slots=True)
class TokenFile:
    """Lines of NAME=value, as docker compose and a shell read them."""

    path: Path

    def get(self, name: str) -> str | None:
        """Return a value, or None if it is not kept."""
        return self._read().get(name)

    @property
    def open_to_others(self) -> bool:
        """Whether more than the owner may read it."""
        return self.path.exists() and bool(self.path.stat().st_mode & _OTHERS)

    def close_to_others(self) -> None:
        """Let only the owner read it."""
        self.path.chmod(_MODE)

    def keep(self, **values: str) -> None:
        """Add or replace values; never readable by others, never half written."""
        kept = self._read() | values
        temporary = self.path.with_name(f"{self.path.name}.new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="utf-8") as file:
            file.write(_HEAD + "".join(f"{name}={value}\n" for name, value in kept.items()))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    def _read(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        lines = (line.strip() for line in self.path.read_text(encoding="utf-8").splitlines())
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        return {name.strip(): value.strip() for name, _, value in pairs}
