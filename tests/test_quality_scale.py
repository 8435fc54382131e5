"""Keeps quality_scale.yaml honest: a rule that is said to be done leaves its marks in the tree."""

import ast
from collections.abc import Callable
import json
import re
from typing import Any

import pytest
import yaml

from tests.repository import PACKAGE, PLATFORMS, ROOT, module_of, package_modules, tree

RULES: dict[str, Any] = yaml.safe_load((PACKAGE / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]

BRONZE = """
action-setup appropriate-polling brands common-modules config-flow-test-coverage config-flow dependency-transparency
docs-actions docs-conditions docs-high-level-description docs-installation-instructions docs-removal-instructions
docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data test-before-configure test-before-setup
unique-config-entry
"""
SILVER = """
action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters entity-unavailable
integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage
"""
GOLD = """
devices diagnostics discovery-update-info discovery docs-data-update docs-examples docs-known-limitations
docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices entity-category
entity-device-class entity-disabled-by-default entity-translations exception-translations icon-translations
reconfiguration-flow repair-issues stale-devices
"""
PLATINUM = "async-dependency inject-websession strict-typing"
ALL_RULES = f"{BRONZE} {SILVER} {GOLD} {PLATINUM}".split()

README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST = json.loads((PACKAGE / "manifest.json").read_text(encoding="utf-8"))
SOURCE = {module_of(path): path.read_text(encoding="utf-8") for path in package_modules()}


def status_of(rule: str) -> str:
    """Return done, todo or exempt."""
    found = RULES[rule]
    return str(found["status"] if isinstance(found, dict) else found)


def has_file(*names: str) -> bool:
    """Return whether all these files belong to the integration."""
    return all((PACKAGE / name).exists() for name in names)


def defines(module: str, *names: str) -> bool:
    """Return whether a module defines all these functions or classes, at any level."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    path = PACKAGE / f"{module}.py"
    nodes = ast.walk(tree(path)) if path.exists() else ()
    return set(names) <= {node.name for node in nodes if isinstance(node, kinds)}


def says(module: str, *words: str) -> bool:
    """Return whether a module's source has all these words."""
    return all(word in SOURCE.get(module, "") for word in words)


def anywhere(*words: str) -> bool:
    """Return whether each word stands somewhere in the integration."""
    return all(any(word in text for text in SOURCE.values()) for word in words)


def heading(*words: str) -> bool:
    """Return whether the README has a heading with one of these words."""
    return any(re.search(rf"^#+ .*{word}", README, re.MULTILINE | re.IGNORECASE) for word in words)


def every_platform_limits_parallel_updates() -> bool:
    """Return whether each platform of entities sets PARALLEL_UPDATES."""
    return all("\nPARALLEL_UPDATES" in SOURCE[module] for module in PLATFORMS & set(SOURCE))


def has_tests(*names: str) -> bool:
    """Return whether these test modules exist."""
    return all((ROOT / "tests" / name).exists() for name in names)


def translated(section: str) -> bool:
    """Return whether the translations have this section."""
    texts = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
    return bool(texts.get(section))


def every_action_is_described() -> bool:
    """Return whether the README names every action."""
    actions = yaml.safe_load((PACKAGE / "services.yaml").read_text(encoding="utf-8"))
    return all(f"`{MANIFEST['domain']}.{action}`" in README for action in actions)


MARKS: dict[str, Callable[[], bool]] = {
    "action-setup": lambda: defines("__init__", "async_setup") or defines("services", "async_setup_services"),
    "appropriate-polling": lambda: anywhere("update_interval="),
    "brands": lambda: has_file("brand/icon.png", "brand/icon@2x.png", "brand/logo.png", "brand/logo@2x.png"),
    "common-modules": lambda: has_file("coordinator.py", "entity.py"),
    "config-flow": lambda: bool(MANIFEST["config_flow"]) and defines("config_flow", "async_step_user"),
    "config-flow-test-coverage": lambda: has_tests("test_config_flow.py", "meter_flow"),
    "dependency-transparency": lambda: bool(MANIFEST["requirements"]),
    "docs-actions": every_action_is_described,
    "docs-high-level-description": lambda: README.startswith(f"# {MANIFEST['name']}\n"),
    "docs-installation-instructions": lambda: heading("install"),
    "docs-removal-instructions": lambda: heading("remov"),
    "entity-event-setup": lambda: anywhere("CoordinatorEntity"),
    "entity-unique-id": lambda: says("entity", "_attr_unique_id"),
    "has-entity-name": lambda: says("entity", "_attr_has_entity_name = True"),
    "runtime-data": lambda: anywhere("ConfigEntry[RuntimeData]", "entry.runtime_data ="),
    "test-before-configure": lambda: any(says(module, "list_models") for module in ("config_flow", "client")),
    "unique-config-entry": lambda: anywhere("_async_abort_entries_match") or anywhere("_abort_if_unique_id_configured"),
    "action-exceptions": lambda: anywhere("ServiceValidationError", "HomeAssistantError"),
    "config-entry-unloading": lambda: defines("__init__", "async_unload_entry"),
    "docs-configuration-parameters": lambda: heading("option", "setting", "configur"),
    "docs-installation-parameters": lambda: heading("set.*up", "setup"),
    "integration-owner": lambda: bool(MANIFEST["codeowners"]),
    "log-when-unavailable": lambda: anywhere("DataUpdateCoordinator"),
    "parallel-updates": every_platform_limits_parallel_updates,
    "reauthentication-flow": lambda: defines("config_flow", "async_step_reauth"),
    "test-coverage": lambda: "fail_under = 95" in (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
    "devices": lambda: says("entity", "dr.async_get(", ".async_get_or_create(", "identifiers="),
    "diagnostics": lambda: defines("diagnostics", "async_get_config_entry_diagnostics"),
    "docs-data-update": lambda: heading("update"),
    "docs-examples": lambda: heading("example"),
    "docs-known-limitations": lambda: heading("limit"),
    "docs-supported-devices": lambda: heading("meters", "supported"),
    "docs-supported-functions": lambda: heading("entities"),
    "docs-troubleshooting": lambda: heading("troubleshoot"),
    "docs-use-cases": lambda: heading("what it is for", "use case"),
    "dynamic-devices": lambda: anywhere("config_subentry_id"),
    "entity-category": lambda: anywhere("EntityCategory.DIAGNOSTIC"),
    "entity-device-class": lambda: anywhere("SensorDeviceClass."),
    "entity-disabled-by-default": lambda: anywhere("entity_registry_enabled_default=False"),
    "entity-translations": lambda: translated("entity"),
    "exception-translations": lambda: translated("exceptions"),
    "icon-translations": lambda: has_file("icons.json"),
    "reconfiguration-flow": lambda: all(
        defines(flow, "async_step_reconfigure") for flow in ("config_flow", "meter_flow")
    ),
    "repair-issues": lambda: anywhere("async_create_issue", "async_delete_issue") and translated("issues"),
    "stale-devices": lambda: anywhere("config_subentry_id"),
    "async-dependency": lambda: anywhere("AsyncAnthropic"),
    "inject-websession": lambda: anywhere("get_async_client(hass)", "async_get_clientsession("),
    "strict-typing": lambda: "strict = true" in (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
}
"""For each rule that can be done: what the tree must then have."""


def test_every_rule_is_answered() -> None:
    assert sorted(RULES) == sorted(ALL_RULES)


@pytest.mark.parametrize("rule", ALL_RULES)
def test_an_answer_is_complete(rule: str) -> None:
    assert status_of(rule) in {"done", "todo", "exempt"}
    if status_of(rule) != "done":
        assert RULES[rule]["comment"].endswith("."), "says why"


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if status_of(rule) == "done"])
def test_a_rule_that_is_done_left_its_marks(rule: str) -> None:
    assert MARKS[rule]()


def test_the_manifest_claims_gold_and_no_more_than_the_rules() -> None:
    tiers = {"bronze": BRONZE, "silver": SILVER, "gold": GOLD, "platinum": PLATINUM}
    claimed = MANIFEST["quality_scale"]
    assert claimed == "gold"
    reached = list(tiers)[: list(tiers).index(claimed) + 1]
    assert not [rule for tier in reached for rule in tiers[tier].split() if status_of(rule) == "todo"]


def test_flow_fields_are_explained() -> None:
    """The rule config-flow asks for an explanation of every field."""
    texts = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
    steps = {**texts["config"]["step"], **texts["config_subentries"]["meter"]["step"], **texts["options"]["step"]}
    for name, step in steps.items():
        parts = [step, *step.get("sections", {}).values()]
        for part in parts:
            assert set(part.get("data", {})) == set(part.get("data_description", {})), name
