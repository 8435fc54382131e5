"""Writes the configuration folder of a Home Assistant that listens on this machine only."""

from __future__ import annotations

from collections.abc import Sequence
import json
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DOMAIN: Final = "meter_vision"

# Not default_config: it wants a binary (go2rtc) and devices that a demo does not have.
_CONFIGURATION: Final = """\
homeassistant:
  name: Home
  unit_system: metric
  time_zone: {time_zone}
  country: DE
  currency: EUR
  latitude: 52.0
  longitude: 10.0
  auth_providers:
    - type: homeassistant
    - type: trusted_networks
      trusted_networks: ["127.0.0.1"]
      allow_bypass_login: true
frontend:
backup:
config:
api:
history:
logbook:
recorder:
energy:
my:
media_source:
stream:
system_health:
logger:
  default: warning
  logs:
    homeassistant.bootstrap: info
    custom_components.{domain}: info
"""


def write_folder(folder: Path, *, port: int, time_zone: str, components: Sequence[Path] = ()) -> None:
    """Write the configuration into an empty folder and link the integration and further ones into it."""
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    configuration = _CONFIGURATION.format(time_zone=time_zone, domain=DOMAIN)
    (folder / "custom_components").mkdir()
    for component in (REPOSITORY / "custom_components" / DOMAIN, *components):
        (folder / "custom_components" / component.name).symlink_to(component)
    configuration += "".join(f"{component.name}:\n" for component in components)
    (folder / "configuration.yaml").write_text(configuration)
    write_http_settings(storage, port)
    # Only the owner's account is left to make: the other steps would add integrations that live on the internet.
    _store(storage, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})


def write_http_settings(storage: Path, port: int) -> None:
    """Write the server's settings as confirmed ones; in YAML they would be on trial for five minutes."""
    _store(storage, "http", 3, {"stable": _http(port), "pending": None, "yaml_migration_done": True})


def _http(port: int) -> dict[str, Any]:
    return {
        "server_port": port,
        "server_host": ["127.0.0.1"],
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-11-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }


def _store(storage: Path, key: str, version: int, data: dict[str, Any]) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))
