"""What may be written where in a meters.yaml, as tables."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one level."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    """What people try, and are told elsewhere not to."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every key that is known."""
        return self.required + self.optional


METER: Final = Keys(
    required=("name", "kind", "camera", "registers"),
    optional=("light", "rotation", "crop", "reader", "interval", "quiet_hours", "pay_for_unchanged"),
)
CAMERA: Final = Keys(
    optional=("preset", "host", "url", "url_env", "auth", "username", "password_env", "verify_ssl"),
    secret=("password",),
)
LIGHT: Final = Keys(required=("entity",), optional=("warm_up",))
REGISTER: Final = Keys(
    optional=(
        "name",
        "label",
        "unit",
        "display",
        "whole_digits",
        "decimals",
        "dials",
        "dial_decimals",
        "dial_directions",
        "roll",
        "multiplier",
        "runs_backwards",
        "hard_ceiling",
        "initial",
        "gas",
        "tariff",
        "leak_hours",
    ),
)
INITIAL: Final = Keys(required=("value", "time"))
READER: Final = Keys(optional=("model", "escalate_to"))
INTERVAL: Final = Keys(required=("normal",), optional=("shortest", "longest"))
