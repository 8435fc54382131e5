"""The layers: who may import whom, and how long a file or a function may be."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
import sys

import pytest

from tests.repository import PLATFORMS, module_of, name_of, own_python, package_modules, tree

DOMAIN_PACKAGES = ("metering", "export", "store")
DOMAIN_MAY_USE = {
    "metering": {"PIL"},
    "metering.claude": {"anthropic", "PIL"},
    "metering.gate": {"numpy", "PIL"},
    "metering.limited": {"httpx2"},
    "metering.rehearsal": {"anthropic", "httpx2"},
    "metering.unchanged": {"numpy", "PIL"},
    "export": {"influxdb_client", "urllib3"},
    "store": set(),
}
"""Third-party packages that a domain package, or one module of it, may import."""
BELOW = {"metering": set(), "store": {"metering"}, "export": {"metering", "store"}}
"""Domain packages that a domain package may import."""

ENTITIES = PLATFORMS | {"entity", "account_sensor", "sensor_tables"}
FORMS = {"account_form", "camera_form", "price_form", "register_form", "settings_form", "tariff_form", "view_form"}
STEPS = {"flow_base", "flow_camera", "flow_reading", "flow_tariff", "flow_view"}
FLOWS = {"config_flow", "export_flow", "export_repair", "meter_flow", "options_flow", "repairs"} | STEPS | FORMS
ENTITIES_MAY_USE = {
    "account",
    "const",
    "coordinator",
    "entity",
    "errors",
    "happenings",
    "export.drainer",
    "account_sensor",
    "exporter",
    "identity",
    "meter_state",
    "register_state",
    "runtime",
    "sensor_tables",
    "metering.models",
    "metering.catalogue",
    "metering.rate",
    "metering.usage",
    "metering.use",
}

LONGEST_FILE = 350
LONGEST_FUNCTION = 40

MODULES = package_modules()
DOMAIN_MODULES = [path for path in MODULES if module_of(path).partition(".")[0] in DOMAIN_PACKAGES]


def imports(path: Path) -> Iterator[str]:
    """Yield what a module of the integration imports: `.sensor` for its own modules, else the absolute name."""
    module = module_of(path)
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    package = [part for part in package if part]
    for node in _nodes_at_run_time(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            yield from _own_imports(base, node)


def _nodes_at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes without what is imported for the type checker alone."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _nodes_at_run_time(child)


def _own_imports(base: list[str], node: ast.ImportFrom) -> Iterator[str]:
    known = {module_of(path) for path in MODULES}
    target = [*base, *(node.module or "").split(".")] if node.module else base
    for alias in node.names:
        name = ".".join([*target, alias.name])
        yield "." + (name if name in known else ".".join(target))


def own_imports(path: Path) -> set[str]:
    """Return the integration's own modules that a module imports."""
    return {name[1:] for name in imports(path) if name.startswith(".")}


@pytest.mark.parametrize("path", DOMAIN_MODULES, ids=module_of)
def test_the_domain_knows_no_home_assistant(path: Path) -> None:
    module = module_of(path)
    layer = module.partition(".")[0]
    allowed = DOMAIN_MAY_USE.get(module, DOMAIN_MAY_USE[layer]) | sys.stdlib_module_names
    foreign = {name.partition(".")[0] for name in imports(path) if not name.startswith(".")}
    assert foreign <= allowed
    assert {name.partition(".")[0] for name in own_imports(path)} <= {layer} | BELOW[layer]


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_entities_speak_to_the_coordinator_only(path: Path) -> None:
    module = module_of(path)
    if module in ENTITIES:
        assert own_imports(path) <= ENTITIES_MAY_USE
    else:
        assert not own_imports(path) & ENTITIES, "imports point from the entities down"


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_nothing_but_flows_imports_flows(path: Path) -> None:
    if module_of(path) not in FLOWS:
        assert not own_imports(path) & FLOWS


def test_imports_run_in_no_circle() -> None:
    graph = {module_of(path): own_imports(path) - {module_of(path)} for path in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_own_modules_are_imported_relatively(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("custom_components")]


@pytest.mark.parametrize("path", own_python(), ids=name_of)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", own_python(), ids=name_of)
def test_functions_stay_short(path: Path) -> None:
    functions = (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {
        node.name: size for node in functions if (size := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long


def test_the_cycle_reads_as_a_sentence() -> None:
    coordinator = next(path for path in MODULES if module_of(path) == "coordinator")
    functions = [node for node in ast.walk(tree(coordinator)) if isinstance(node, ast.AsyncFunctionDef)]
    assert ["capture", "gate", "read", "decode", "judge", "publish"] in [calls(function) for function in functions]


def calls(function: ast.AsyncFunctionDef) -> list[str]:
    """Return the names of the methods that a function calls, in the order in which they stand."""
    found = [
        node.func for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [call.attr.strip("_") for call in sorted(found, key=lambda call: (call.lineno, call.col_offset))]
