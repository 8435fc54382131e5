"""What the documents say in numbers and names is what the code does."""

import ast
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import json
import re

import pytest
import yaml

from custom_components.meter_vision.capture import TIMEOUT
from custom_components.meter_vision.const import PAUSE
from custom_components.meter_vision.happenings import Happening
from custom_components.meter_vision.metering import (
    decode,
    evidence,
    false_high,
    flow,
    memory,
    photo,
    true_high,
    usage,
    weekly,
)
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.claude import DEFAULT_MODEL
from custom_components.meter_vision.metering.ledger import KEPT
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.metering.pricing import cost
from custom_components.meter_vision.metering.prompt import request_text, schema, system
from custom_components.meter_vision.settings_form import TYPICAL
from tests.repository import PACKAGE, ROOT, tree
from tests.test_messages import CAPTURE, PHOTO, READER

README = (ROOT / "README.md").read_text(encoding="utf-8")
AUTOMATIONS = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")
CONFIDENCE = (ROOT / "docs" / "confidence.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
EN = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))

HOUR = timedelta(hours=1)
TEXT_TOKENS = 650
ANSWER_TOKENS = 150
"""What the table of costs reckons with, beside the picture's own tokens."""


def test_every_error_is_explained() -> None:
    for key in READER | CAPTURE | PHOTO:
        assert f"`{key}`" in TROUBLESHOOTING, key


def test_every_status_is_explained() -> None:
    for text in EN["entity"]["sensor"]["status"]["state"].values():
        assert f"| {text} |" in TROUBLESHOOTING, text


def test_every_rule_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| (?:accepted|held|rejected|unreadable) \| `(\w+)` \|", CONFIDENCE, re.MULTILINE))
    nodes = ast.walk(tree(PACKAGE / "metering" / "judge.py"))
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert explained <= said
    assert {word for word in said if re.fullmatch(r"[a-z]+(_[a-z]+)+", word)} <= explained


def test_the_limits_of_the_judge_are_documented() -> None:
    text = " ".join(CONFIDENCE.split())
    for said in (
        f"After {flow.LEARNING.days} days",
        f"{flow.ROOM} times the most",
        f"half-life of {flow.HALF_LIFE.days} days",
        f"after {memory.UNSETTLED // HOUR} hours",
        f"after {PAUSE.total_seconds():.0f} seconds",
        f"lie {evidence.OTHER_TIME_OF_DAY // HOUR} hours of the day or {evidence.OTHER_LIGHT:.0f} of 255",
    ):
        assert said in text
    assert (Decimal(1) / 3, Decimal(1) / 30) == (flow.USUAL_SHARE, flow.LASTING_SHARE)
    shares = {kind: traits.usual_share for kind, traits in CATALOGUE.items()}
    assert shares == dict.fromkeys(shares, flow.USUAL_SHARE) | {MeterKind.GAS: Decimal("0.5")}
    assert (2, Decimal("1.5")) == (true_high.STEPS_SEEN_AGAIN, true_high.NEARLY_AS_FAST)
    assert (false_high.FEW_LOOKS, false_high.LOOKS_AGAINST_FEW, false_high.LOOKS_AGAINST_MANY) == (3, 2, 3)


@pytest.mark.parametrize(
    "constant",
    [
        "MARGIN_DECISIVE", "MARGIN_OTHER_ROLL", "MARGIN_HIGH",
        "RESIDUAL_DECISIVE", "RESIDUAL_DECISIVE_DIAL", "RESIDUAL_HIGH",
    ],
)  # fmt: skip
def test_confidence_is_documented_as_it_is_measured(constant: str) -> None:
    assert re.search(rf"\b{re.escape(str(getattr(decode, constant)))}\b", CONFIDENCE)


def test_alarms_are_documented_as_they_are_raised() -> None:
    text = AUTOMATIONS.replace("\n", " ")
    for said in (
        f"Water that runs for {usage.LEAK_HOURS[MeterKind.WATER]} hours",
        f"There have to be {usage.LEAST_SLOTS} of them",
        f"more is used than {weekly.ROOM:g} times",
        f"for {weekly.OTHER_DAYS} of it",
        f"up to {weekly.FAR} hours earlier or later for {weekly.FAR_HOURS}",
        f"it takes {weekly.LEARNING // 24} days",
    ):
        assert said in text
    assert set(usage.LEAK_HOURS) == {MeterKind.WATER}
    told = re.findall(r"^\| `(\w+)` \|", AUTOMATIONS, re.MULTILINE)
    assert set(told) == set(Happening)


def test_every_entity_is_in_the_readme() -> None:
    texts = (text["name"] for platform in EN["entity"].values() for text in platform.values())
    names = {name for name in texts if "{register}" not in name}
    table = README.partition("## Entities")[2].partition("## Actions")[0]
    assert not [name for name in names if not re.search(rf"^\| .*\b{name}\b.* \|", table, re.MULTILINE)]


def test_every_action_and_field_is_in_the_readme() -> None:
    actions = yaml.safe_load((PACKAGE / "services.yaml").read_text(encoding="utf-8"))
    part = README.partition("## Actions")[2].partition("## Data updates")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.MULTILINE)
    told = {name: sorted(field for field, of in rows if f"`{name}`" in of) for name in actions}
    assert set(re.findall(r"`meter_vision\.(\w+)`", part)) == set(actions)
    fields = {action: sorted(description.get("fields", {})) for action, description in actions.items()}
    assert told == fields


def test_the_table_of_costs_is_reckoned_with_the_code() -> None:
    assert (TYPICAL.input_tokens, TYPICAL.output_tokens) == (photo.TOKEN_BUDGET + TEXT_TOKENS, ANSWER_TOKENS)
    reading = cost(replace(TYPICAL, model=DEFAULT_MODEL))
    assert reading is not None
    assert f"${reading:.5f}" in README
    rows = re.findall(r"^\| (\d+) minutes.*? \| ([\d,]+) \| ([\d.]+) \|$", README, re.MULTILINE)
    assert len(rows) == 4
    for minutes, readings, money in rows:
        count = 730 * 60 // int(minutes)
        assert int(readings.replace(",", "")) == count
        assert Decimal(money) == (reading * count).quantize(Decimal("0.01"))


def test_a_question_is_no_longer_than_the_costs_reckon_with() -> None:
    for traits in CATALOGUE.values():
        registers = (traits.default_register,)
        text = system(registers) + request_text(registers) + json.dumps(schema(registers))
        assert len(text.encode()) / 3 <= TEXT_TOKENS


def test_limits_and_defaults_are_documented() -> None:
    cameras = (ROOT / "docs" / "cameras.md").read_text(encoding="utf-8")
    assert f"{TIMEOUT.total_seconds():.0f} seconds" in cameras
    for page in (cameras, README):
        assert f"{photo.CONTEXT * 100:.0f} % of its longer side" in page
    for kind, unit in (("water", "m³"), ("electricity", "kWh"), ("gas", "m³")):
        assert f"{CATALOGUE[kind].hard_ceilings[unit]} {unit}" in CONFIDENCE  # type: ignore[index]
        assert CATALOGUE[kind].interval.total_seconds() / 60 == 15  # type: ignore[index]
    assert "| 15 minutes (default) |" in README
    assert timedelta(days=10) == KEPT
    for text in (README, EN["exceptions"]["reading_not_kept"]["message"]):
        assert "ten days" in text
