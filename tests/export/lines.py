"""Takes lines of line protocol apart, the way a server does."""

from dataclasses import dataclass
import re

_SPLIT = re.compile(r'((?:\\.|"(?:\\.|[^"\\])*"|[^\s\\"])+)\s?')
_PAIR = re.compile(r'(?:^|,)((?:\\.|[^,=\\])+)=("(?:\\.|[^"\\])*"|(?:\\.|[^,\\])+)')


@dataclass(frozen=True, slots=True)
class Line:
    """A point as a server sees it."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, float | str]
    milliseconds: int


def parse(line: str) -> Line:
    """Return the parts of one line; numbers must be floats."""
    head, body, stamp = _SPLIT.findall(line)
    measurement, _, tags = head.partition(",")
    return Line(
        measurement,
        {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PAIR.findall(tags)},
        {name: value[1:-1] if value.startswith('"') else float(value) for name, value in _PAIR.findall(body)},
        int(stamp),
    )
