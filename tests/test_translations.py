"""Texts and what they belong to: steps, fields, entities and actions all have theirs, and no text is left over."""

from collections.abc import Iterator
from importlib import import_module
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.data_entry_flow import section
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import ObjectSelector, SelectSelector
import pytest
import voluptuous as vol
import yaml

from custom_components.meter_vision import export_flow
from custom_components.meter_vision.account_form import account_schema, entities_schema
from custom_components.meter_vision.binary_sensor import RegisterBinarySensorDescription
from custom_components.meter_vision.camera_form import camera_schema
from custom_components.meter_vision.config_flow import MeterVisionConfigFlow
from custom_components.meter_vision.event import EVENTS
from custom_components.meter_vision.flow_base import failure_schema
from custom_components.meter_vision.flow_tariff import register_schema as one_register_schema
from custom_components.meter_vision.meter_flow import MeterFlow
from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.claude import DEFAULT_MODEL, ModelChoice
from custom_components.meter_vision.metering.description import MAX_REGISTERS
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.metering.prompt import PROBLEMS
from custom_components.meter_vision.options_flow import MeterVisionOptionsFlow, journal_schema, spending_schema
from custom_components.meter_vision.price_form import price_schema
from custom_components.meter_vision.register_form import register_schema
from custom_components.meter_vision.repairs import READING_FORM
from custom_components.meter_vision.sensor_tables import (
    USE,
    UseSensorDescription,
    register_descriptions,
    use_descriptions,
)
from custom_components.meter_vision.settings_form import confirm_schema, settings_schema
from custom_components.meter_vision.tariff_form import ALARMS_SCHEMA, MORE, tariff_schema
from custom_components.meter_vision.view_form import look_schema, picture_schema
from tests.repository import PACKAGE, PLATFORMS, name_of

FILES = sorted((PACKAGE / "translations").glob("*.json"))
EN: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
ICONS: dict[str, Any] = json.loads((PACKAGE / "icons.json").read_text(encoding="utf-8"))
ACTIONS: dict[str, Any] = yaml.safe_load((PACKAGE / "services.yaml").read_text(encoding="utf-8"))
METER: dict[str, Any] = EN["config_subentries"]["meter"]

PLACEHOLDER = re.compile(r"{(\w+)}")
MDI = re.compile(r"mdi:[a-z0-9-]+")
_LONGEST_NAME = 28
GERMAN_WORDS = {
    r"Sicherung(?!s)": "Backup",
    r"\bLog\b": "Protokoll",
    r"[Bb]erichtig": "korrigieren",
    r"Arbeitsbereich": "Workspace",
    r"Ausgabengrenze": "Ausgabenlimit",
    r"geschickt": "gesendet",
    r"Schnappschuss": "Einzelbild",
    r"\bverworfen": "abgelehnt",
    r"Jahreszeit": "Saison",
    r"\bPunkte\b": "Datenpunkte",
    r"Claude Console": "Konsole von Anthropic",
    r"[Aa]bsenden|sende (dann )?(erneut )?ab": "OK",
}
"""Words that once stood beside another for the same thing, and the one that stayed: Home Assistant's, if it has one."""

ACCOUNT_FORMS = {
    "user": account_schema(key_required=True, with_entities=True),
    "reauth_confirm": account_schema(key_required=True, with_address=False),
    "account": account_schema(key_required=False, models=[ModelChoice(id="a", name="A")]),
    "export": export_flow.export_schema(tls_open=False),
    "reauth_export": export_flow.token_schema(),
    "entities": entities_schema(),
}
FLOWS = [(MeterVisionConfigFlow, EN["config"]), (MeterVisionOptionsFlow, EN["options"]), (MeterFlow, METER)]
OPTIONS_FORMS = {
    "spending": spending_schema("EUR"),
    "prices": price_schema([DEFAULT_MODEL]),
    "journal": journal_schema(),
}
SETTINGS = settings_schema([], [])
METER_FORMS = {
    "user": camera_schema(address_open=False),
    "proposal_failed": failure_schema(("proposal", "register")),
    "look": look_schema("", ""),
    "picture": picture_schema(open_=False),
    "register": register_schema(MeterKind.GAS),
    "reading_failed": failure_schema(("reading", "look", "register", "confirm")),
    "confirm": confirm_schema(MAX_REGISTERS, SETTINGS, with_energy=True),
    "settings": SETTINGS,
    "tariff": one_register_schema(["day", "night"]),
    "prices": tariff_schema({}),
    "alarms": ALARMS_SCHEMA,
}
BUILT_HERE = {"prices_known", "weekday", "model", "probe", "problem", "view"}
"""Choices of which no form has a list: words that are put into texts, and those of the selector of our own."""


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a translation file with its path."""
    for key, value in node.items():
        if isinstance(value, str):
            yield f"{path}.{key}"[1:], value
        else:
            yield from texts(value, f"{path}.{key}")


def fields(schema: vol.Schema) -> tuple[set[str], dict[str, vol.Schema]]:
    """Return the names of a form's fields, and its sections."""
    entries = {str(key.schema): value for key, value in schema.schema.items()}
    sections = {key: value.schema for key, value in entries.items() if isinstance(value, section)}
    return set(entries) - set(sections), sections


def steps(flow: type) -> set[str]:
    """Return the steps that a flow has methods for."""
    package = flow.__module__.rpartition(".")[0]
    own = (name for base in flow.__mro__ if base.__module__.startswith(package) for name in vars(base))
    return {name.removeprefix("async_step_") for name in own if name.startswith("async_step_")}


def descriptions() -> Iterator[tuple[str, EntityDescription]]:
    """Yield every row of the entity tables with its platform."""
    for platform in sorted(PLATFORMS):
        if not (PACKAGE / f"{platform}.py").exists():
            continue
        for value in vars(import_module(f"custom_components.meter_vision.{platform}")).values():
            rows = value if isinstance(value, tuple) else (value,)
            # Home Assistant's own frozen descriptions are no instances of their base class.
            yield from ((platform, row) for row in rows if "Description" in type(row).__name__)
    yield from (("sensor", row) for row in USE)
    for kind, traits in CATALOGUE.items():
        yield from (("sensor", row) for row in register_descriptions(kind, traits.default_register))
        yield from (("sensor", row) for row in use_descriptions(kind, traits.default_register))


REGISTER_ROWS = [
    *(("sensor", row) for row in register_descriptions(MeterKind.GAS, CATALOGUE[MeterKind.GAS].default_register)),
    *(
        (platform, row)
        for platform, row in descriptions()
        if isinstance(row, UseSensorDescription | RegisterBinarySensorDescription) or row is EVENTS
    ),
]
"""Of entities that a register has, so that there may be several of them on a device."""
ROWS = list({(platform, row.key): row for platform, row in descriptions()}.items())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_text_is_blank_or_frayed(path: Path) -> None:
    """A blank text hides the English one, which a missing key would not."""
    for key, text in texts(json.loads(path.read_text(encoding="utf-8"))):
        assert text.strip() == text, key
        assert text, key
        assert "://" not in text, f"{key}: addresses belong into placeholders"
        assert not re.search(r"'{\w+}'", text), f"{key}: a placeholder in single quotes is not filled in"
        assert not re.search(r"<\w+[ />]", text), f"{key} has HTML in it"
        assert "[%key" not in text, f"{key}: references are not resolved here"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_languages_have_the_same_texts_and_placeholders(path: Path) -> None:
    english = {key: set(PLACEHOLDER.findall(text)) for key, text in texts(EN)}
    other = dict(texts(json.loads(path.read_text(encoding="utf-8"))))
    assert {key: set(PLACEHOLDER.findall(text)) for key, text in other.items()} == english


@pytest.mark.parametrize("word", GERMAN_WORDS)
def test_german_has_one_word_for_one_thing(word: str) -> None:
    german = json.loads((PACKAGE / "translations" / "de.json").read_text(encoding="utf-8"))
    assert [path for path, text in texts(german) if re.search(word, text)] == []


@pytest.mark.parametrize(("flow", "own"), FLOWS)
def test_steps_have_texts(flow: type, own: dict[str, Any]) -> None:
    # Re-authentication begins in a step of its own that shows nothing, and ending the export asks nothing.
    assert steps(flow) - {"reauth", "no_export"} == set(own["step"]) | set(own.get("progress", {}))


@pytest.mark.parametrize(
    ("step", "schema", "text"),
    [
        *((f"config {step}", schema, EN["config"]["step"][step]) for step, schema in ACCOUNT_FORMS.items()),
        *((f"options {step}", schema, EN["options"]["step"][step]) for step, schema in OPTIONS_FORMS.items()),
        *((f"meter {step}", schema, METER["step"][step]) for step, schema in METER_FORMS.items()),
    ],
)
def test_fields_have_texts(step: str, schema: vol.Schema, text: dict[str, Any]) -> None:
    names, sections = fields(schema)
    assert names == set(text.get("data", ())) == set(text.get("data_description", ())), step
    assert set(sections) == set(text.get("sections", {})), step
    for name, inner in sections.items():
        assert (
            fields(inner)[0] == set(text["sections"][name]["data"]) == set(text["sections"][name]["data_description"])
        )


@pytest.mark.parametrize("issue", ["held_for_long", "possible_new_meter"])
def test_questions_to_a_person_have_texts(issue: str) -> None:
    text = EN["issues"][issue]["fix_flow"]["step"]["confirm"]
    names, _ = fields(READING_FORM)
    assert names == set(text["data"]) == set(text["data_description"])
    assert set(PLACEHOLDER.findall(text["description"])) == {
        *("meter", "seen", "seen_time", "last", "last_time", "why", "picture")
    }


def test_every_form_is_looked_at() -> None:
    assert set(ACCOUNT_FORMS) == {step for step, text in EN["config"]["step"].items() if "menu_options" not in text}
    assert set(OPTIONS_FORMS) == {step for step, text in EN["options"]["step"].items() if "menu_options" not in text}
    assert set(METER_FORMS) == {step for step, text in METER["step"].items() if "menu_options" not in text}


def test_menus_lead_to_steps() -> None:
    for flow, own in FLOWS:
        for text in own["step"].values():
            assert set(text.get("menu_options", {})) <= steps(flow)


def selectors(schema: vol.Schema) -> Iterator[SelectSelector]:
    """Yield the choices of a form, and those within the objects that it lists."""
    values = [
        part
        for value in schema.schema.values()
        for part in (
            [field["selector"] for field in value.config["fields"].values()]
            if isinstance(value, ObjectSelector)
            else [value]
        )
    ]
    for value in values:
        if isinstance(value, section):
            yield from selectors(value.schema)
        elif isinstance(value, SelectSelector):
            yield value


def test_choices_have_texts() -> None:
    chosen: dict[str, set[str]] = {}
    for schema in (*ACCOUNT_FORMS.values(), *METER_FORMS.values()):
        for selector in selectors(schema):
            if key := selector.config.get("translation_key"):
                chosen.setdefault(key, set()).update(selector.config["options"])
    given = {key: set(text["options"]) for key, text in EN["selector"].items() if "options" in text}
    assert chosen == {key: options for key, options in given.items() if key not in BUILT_HERE}
    assert set(given) >= BUILT_HERE
    assert given["problem"] == set(PROBLEMS)


def test_objects_in_forms_have_texts() -> None:
    more = tariff_schema({}).schema[MORE].schema.schema
    listed = {
        value.config["translation_key"]: set(value.config["fields"])
        for value in (*more.values(), *register_schema(MeterKind.GAS).schema.values())
        if isinstance(value, ObjectSelector)
    }
    given = {key: text["fields"] for key, text in EN["selector"].items() if "fields" in text}
    assert {key: set(fields) for key, fields in given.items()} == listed
    assert all(field["name"] and field["description"] for fields in given.values() for field in fields.values())


def test_script_in_the_page_finds_its_texts() -> None:
    script = (PACKAGE / "frontend" / "meter-vision.js").read_text(encoding="utf-8")
    used = set(re.findall(r'_text\("(\w+)"\)|^  \["(\w+)", "|_tool\("(\w+)"', script, re.MULTILINE))
    assert {name for names in used for name in names if name} == set(EN["selector"]["view"]["options"])


@pytest.mark.parametrize(("place", "row"), ROWS, ids=[".".join(place) for place, _ in ROWS])
def test_entities_have_names_and_icons(place: tuple[str, str], row: EntityDescription) -> None:
    platform = place[0]
    assert row.translation_key is not None
    assert EN["entity"][platform][row.translation_key]["name"]
    assert row.device_class or row.translation_key in ICONS["entity"].get(platform, {})
    if options := getattr(row, "options", None):
        assert set(options) == set(EN["entity"][platform][row.translation_key]["state"])


def test_texts_of_one_register_of_several_are_those_of_the_only_one() -> None:
    for platform, row in REGISTER_ROWS:
        entities = EN["entity"][platform]
        only, one = entities[row.translation_key], entities[f"register_{row.translation_key}"]
        name = only["name"]
        assert one == {**only, "name": f"{{register}} {name[0].lower()}{name[1:]}"}
        icons = ICONS["entity"][platform]
        assert icons.get(f"register_{row.translation_key}") == icons.get(row.translation_key)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_names_of_entities_fit_beside_their_states(path: Path) -> None:
    """A row of a device's page cuts off what is longer."""
    platforms = json.loads(path.read_text(encoding="utf-8"))["entity"].values()
    names = [entity["name"] for entities in platforms for entity in entities.values()]
    assert [name for name in names if len(name.removeprefix("{register} ")) > _LONGEST_NAME] == []


@pytest.mark.parametrize("kind", ["name", "icon"])
def test_no_entity_text_or_icon_is_left_over(kind: str) -> None:
    known = {(platform, row.translation_key) for (platform, _), row in ROWS}
    known |= {(platform, f"register_{row.translation_key}") for platform, row in REGISTER_ROWS}
    given = EN["entity"] if kind == "name" else ICONS["entity"]
    assert {(platform, key) for platform, keys in given.items() for key in keys} <= known


def test_icons_are_icons() -> None:
    assert all(MDI.fullmatch(icon) for _, icon in texts(ICONS))
    for platform, keys in ICONS["entity"].items():
        for key, icon in keys.items():
            assert set(icon.get("state", {})) <= set(EN["entity"][platform][key].get("state", {}))


def test_actions_have_texts_and_icons() -> None:
    assert set(ACTIONS) == set(EN["services"]) == set(ICONS["services"])
    for action, description in ACTIONS.items():
        text = EN["services"][action]
        assert text["name"]
        assert text["description"]
        assert set(description.get("fields", {})) == set(text.get("fields", {}))
        assert all(field["name"] and field["description"] for field in text.get("fields", {}).values())
