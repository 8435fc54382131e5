"""A YAML file as plain data, with the line of everything in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

type Place = tuple[str | int, ...]
"""Keys and positions on the way from the top: ("meters", 0, "name")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and how to mend it."""

    place: Place
    what: str
    mend: str


class DocumentError(Exception):
    """A file that is no YAML; says where."""

    def __init__(self, line: int, message: str) -> None:
        """Keep the line, counted from 1."""
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file and where it stands."""

    path: Path
    data: Any
    lines: Mapping[Place, int]
    twice: tuple[Place, ...] = field(default=())
    """Keys that stand there a second time, of which YAML keeps the last."""

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def load(path: Path) -> Document:
    """Return a file's document; raise DocumentError if it is no YAML, OSError if it cannot be read."""
    loader = None
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        twice: list[Place] = []
        data = None if node is None else _Builder(loader, lines, twice).build(node, ())
    except yaml.MarkedYAMLError as err:
        line = 1 if err.problem_mark is None else err.problem_mark.line + 1
        raise DocumentError(line, f"this is no YAML: {err.problem or err.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as err:
        raise DocumentError(1, f"this is no YAML: {err}".splitlines()[0]) from None
    except RecursionError:
        raise DocumentError(1, "this is no YAML: too deep") from None
    finally:
        if loader is not None:
            loader.dispose()
    return Document(path, data, lines, tuple(twice))


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes plain data of YAML's nodes and notes their lines."""

    loader: yaml.SafeLoader
    lines: dict[Place, int]
    twice: list[Place]

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, place)
            case yaml.SequenceNode():
                return [self.build(item, (*place, number)) for number, item in enumerate(node.value)]
            case _:
                return self.loader.construct_object(node, deep=True)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        self.twice.extend((*place, key) for key in dict.fromkeys(written) if written.count(key) > 1 and key != "<<")
        self.loader.flatten_mapping(node)
        built: dict[Any, Any] = {}
        for key_node, value in node.value:
            key = self.loader.construct_object(key_node, deep=True)
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            built[key] = self.build(value, (*place, key))
        return built
