"""The meters of a file that has nothing wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custom_components.meter_vision.metering.description import parse_meter
from custom_components.meter_vision.metering.models import Meter

from .check import problems
from .document import Document, DocumentError, load


class MetersFileError(Exception):
    """A file that cannot be used; says all that is wrong with it, one thing a line."""


@dataclass(frozen=True, slots=True)
class DescribedMeter:
    """One meter: the domain's, and everything that the file says about it."""

    meter: Meter
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The meter's name."""
        return self.meter.name


def load_document(path: Path) -> Document:
    """Return a file with its line numbers; raise MetersFileError."""
    try:
        return load(path)
    except DocumentError as err:
        raise MetersFileError(f"{path}:{err.line}: {err}") from None
    except OSError as err:
        raise MetersFileError(f"{path}: {err.strerror}") from None


def load_meters(path: Path) -> tuple[DescribedMeter, ...]:
    """Return the meters of a file; raise MetersFileError."""
    document = load_document(path)
    if found := problems(document):
        lines = (f"{path}:{document.line(problem.place)}: {problem.what} ({problem.mend})" for problem in found)
        raise MetersFileError("\n".join(lines))
    return tuple(described(meter) for meter in document.data["meters"])


def described(data: Mapping[str, Any]) -> DescribedMeter:
    """Return the meter that data describes; raise LayoutError."""
    return DescribedMeter(parse_meter({**data, "name": str(data.get("name", "")).strip()}), data)
