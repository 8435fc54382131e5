"""The project's own files, for the tests that hold the rules of the repository."""

import ast
from functools import cache
from pathlib import Path
import subprocess

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "custom_components" / "meter_vision"
PLATFORMS = frozenset({"binary_sensor", "button", "event", "image", "number", "select", "sensor", "switch", "update"})


@cache
def own_files() -> tuple[Path, ...]:
    """Return every file of the project that is or will be under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return tuple(sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file()))


@cache
def own_python() -> tuple[Path, ...]:
    """Return the Python files, with the commands that have no ending."""
    commands = (path for path in own_files() if path.parent == ROOT / "scripts" and not path.suffix)
    written = (path for path in commands if path.read_text(encoding="utf-8").partition("\n")[0].endswith("python3"))
    return (*(path for path in own_files() if path.suffix == ".py"), *written)


def package_modules() -> tuple[Path, ...]:
    """Return the modules of the integration."""
    return tuple(path for path in own_python() if path.is_relative_to(PACKAGE))


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return the path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return a module's dotted name inside the integration: `sensor`, `metering.decode`, `` for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
