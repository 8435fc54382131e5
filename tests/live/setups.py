"""Meters as a person would enter them: what goes into the forms of the flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.meter_vision.metering.models import Display

_COUNTS = ("whole_digits", "decimals", "dials", "dial_decimals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A snapshot address and its login."""

    url: str
    auth: str = "none"
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One meter: name, kind, camera, layout as in the project's description of meters, and how the picture lies."""

    name: str
    kind: str
    camera: Camera
    register: Mapping[str, Any]
    rotation: float = 0.0
    crop: tuple[float, float, float, float] | None = None
    value: str | None = None
    """What a person reads from the meter; None: the value found is confirmed."""
    minutes: float | None = None
    """Between two readings; None: as the form proposes."""
    pay_for_unchanged: bool = False
    """Whether each picture is read, also one that shows no change."""

    @classmethod
    def of(cls, description: Mapping[str, Any], camera: Camera) -> Setup:
        """Return the setup of a meter that is described as in meters.yaml."""
        crop = description["crop"]
        return cls(
            name=description["name"],
            kind=description["kind"],
            camera=camera,
            register=description["registers"][0],
            rotation=description["rotation"],
            crop=None if crop is None else tuple(crop),
        )

    def altered(self, name: str, **changes: Any) -> Setup:
        """Return the same meter under another name, with something wrong."""
        return replace(self, name=name, **changes)

    def camera_form(self) -> dict[str, Any]:
        """Return what goes into the form for name and camera, in a page that draws the integration's selectors."""
        address = {"url": self.camera.url, "preset": "search", "verify_ssl": True}
        login = {"username": self.camera.username, "password": self.camera.password}
        address |= {key: text for key, text in login.items() if text is not None}
        return {"name": self.name, "address": address, "lamp": {"warm_up": 0}, "page": True}

    def register_form(self) -> dict[str, Any]:
        """Return what goes into the form for the register; only what the chosen display shows."""
        display = Display(self.register["display"])
        hidden = {
            Display.DRUMS: ("dials", "dial_decimals"),
            Display.LCD: ("dials", "dial_decimals"),
            Display.DRUMS_AND_DIALS: ("decimals", "dial_decimals"),
            Display.DIALS: ("whole_digits", "decimals"),
        }[display]
        counts = {key: self.register[key] for key in _COUNTS if key not in hidden and key in self.register}
        rare = {"name": self.register.get("name", "main"), "roll": self.register.get("roll", "unknown")}
        rare["multiplier"] = str(self.register.get("multiplier", 1))
        if directions := self.register.get("dial_directions"):
            rare["dial_directions"] = directions
        kind = {"kind": self.kind, "unit": self.register["unit"], "display": display.name.lower()}
        return kind | counts | {"rare": rare, "another": False}

    def look_form(self) -> dict[str, Any]:
        """Return what goes into the form for rotation and box; the layout is corrected in the step after it."""
        crop = None if self.crop is None else list(self.crop)
        return {"view": {"rotation": self.rotation, "crop": crop, "ui": True}, "otherwise": True}
