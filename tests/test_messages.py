"""Messages: everything that can go wrong has one, none is left over, and each knows its placeholders."""

import ast
from importlib import import_module
import json
import re
from typing import Any

import pytest

from custom_components.meter_vision.capture import CaptureError
from custom_components.meter_vision.flow_fields import FormError
from custom_components.meter_vision.metering.errors import (
    AnswerError,
    LayoutError,
    MeteringError,
    PhotoError,
    ReaderError,
)
from custom_components.meter_vision.metering.tariff_description import TariffError
from tests.repository import PACKAGE, module_of, package_modules, tree

EN: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
EXCEPTIONS = {key: text["message"] for key, text in EN["exceptions"].items()}
METER_ERRORS: dict[str, str] = EN["config_subentries"]["meter"]["error"]
ACCOUNT_ERRORS: dict[str, str] = EN["config"]["error"]

PLACEHOLDER = re.compile(r"{(\w+)}")
NEVER_ANSWERED = {"reader_refused", "reader_cut_off", "reader_budget"}
"""Ends of a reading that checking a key cannot have."""

for module in package_modules():
    import_module(f"custom_components.meter_vision.{module_of(module)}".rstrip("."))


def family(base: type[Exception]) -> set[type[Exception]]:
    """Return an error and all its descendants."""
    return {base}.union(*(family(child) for child in base.__subclasses__()))


def keys(base: type[Exception]) -> set[str]:
    """Return the message keys of an error and its descendants."""
    return {getattr(error, "translation_key", None) or error.key for error in family(base)}  # type: ignore[attr-defined]


def calls(name: str) -> list[ast.Call]:
    """Return all calls of a class anywhere in the integration."""
    nodes = (node for path in package_modules() for node in ast.walk(tree(path)))
    return [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", None) == name]


def literals() -> set[str]:
    """Return every text constant of the integration's code."""
    nodes = (node for path in package_modules() for node in ast.walk(tree(path)))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def reasons(error: type[MeteringError]) -> set[str]:
    """Return the reasons that are given for an error in so many words."""
    values = (keyword.value for call in calls(error.__name__) for keyword in call.keywords if keyword.arg == "reason")
    return {value.value for value in values if isinstance(value, ast.Constant)}


def with_reason(error: type[MeteringError], prefix: str) -> set[str]:
    """Return the keys of an error that has a message for each reason."""
    return {f"{prefix}_{reason}" for reason in reasons(error)}


READER = keys(ReaderError) | keys(AnswerError)
CAPTURE = keys(CaptureError)
PHOTO = with_reason(PhotoError, "photo")
LAYOUT = with_reason(LayoutError, "layout")
TARIFF = with_reason(TariffError, "tariff") | {"tariff_bands", "tariff_tiers"}
VALUE = {key for key in keys(MeteringError) if key.startswith("value_")}
FORM = {call.args[0].value for call in calls(FormError.__name__) if isinstance(call.args[0], ast.Constant)}
PRICE = {key for key in FORM if key.startswith("price_")}
"""Of the account's options."""
NO_FIELD = {"layout_leak_hours", "layout_registers", "layout_rotation", "tariff_same_date", "tariff_versions"}
"""What a form cannot get wrong: only stored data could."""


def test_failed_reads_have_messages() -> None:
    assert set(EXCEPTIONS) >= READER | CAPTURE | PHOTO


def test_actions_have_messages() -> None:
    used = {
        keyword.value.value
        for name in ("ServiceValidationError", "HomeAssistantError", "UpdateFailed", "ConfigEntryError")
        for call in calls(name)
        for keyword in call.keywords
        if keyword.arg == "translation_key" and isinstance(keyword.value, ast.Constant)
    }
    assert used | VALUE <= set(EXCEPTIONS)


def test_raised_home_assistant_errors_are_translated() -> None:
    for name in (
        "ServiceValidationError",
        "HomeAssistantError",
        "UpdateFailed",
        "ConfigEntryError",
        "ConfigEntryAuthFailed",
    ):
        for call in calls(name):
            assert {"translation_domain", "translation_key"} <= {keyword.arg for keyword in call.keywords}


def test_flows_have_messages() -> None:
    assert set(METER_ERRORS) >= (READER | CAPTURE | PHOTO | LAYOUT | VALUE | TARIFF | FORM) - NO_FIELD - PRICE
    assert set(EN["options"]["error"]) == PRICE
    assert keys(ReaderError) - NEVER_ANSWERED <= set(ACCOUNT_ERRORS)


@pytest.mark.parametrize(
    "section",
    [
        EXCEPTIONS,
        METER_ERRORS,
        ACCOUNT_ERRORS,
        EN["config"]["abort"],
        EN["config_subentries"]["meter"]["abort"],
        EN["issues"],
    ],
    ids=["exceptions", "meter", "account", "account abort", "meter abort", "issues"],
)
def test_no_message_is_left_over(section: dict[str, Any]) -> None:
    known = literals()
    composed = {
        key for key in section for prefix in ("photo", "layout", "tariff") if key.removeprefix(f"{prefix}_") in known
    }
    assert set(section) - known - composed - {"already_configured"} == set()


def placeholders(error: type[Exception]) -> set[str]:
    """Return the placeholders that every raise of an error fills in."""
    given = {"camera"} if issubclass(error, CaptureError) else set()
    named = [{keyword.arg or "" for keyword in call.keywords} for call in calls(error.__name__)]
    return given | (set.intersection(*named) if named else set())


@pytest.mark.parametrize(
    "error",
    sorted(family(MeteringError) | family(CaptureError), key=lambda error: error.__name__),
    ids=lambda e: e.__name__,
)
def test_messages_know_their_placeholders(error: type[Exception]) -> None:
    (key,) = {getattr(error, "translation_key", None) or error.key}  # type: ignore[attr-defined]
    for section in (EXCEPTIONS, METER_ERRORS, ACCOUNT_ERRORS):
        assert set(PLACEHOLDER.findall(section.get(key, ""))) <= placeholders(error)


def test_messages_of_pictures_and_layouts_need_no_placeholder() -> None:
    composed = {key: text for key, text in METER_ERRORS.items() if key in PHOTO | LAYOUT | VALUE - keys(MeteringError)}
    assert not [key for key, text in composed.items() if PLACEHOLDER.search(text)]
