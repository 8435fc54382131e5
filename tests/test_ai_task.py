"""An account without a key: an AI Task entity reads, from the dialog to the total."""

from __future__ import annotations

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.prepared_media import _OFFERED

from .ai_task_entity import ReadingEntity, add_entity
from .house import SHOWN, House
from .meter_flow.dialog import MeterDialog, camera_form
from .meters import API_KEY

READER = {"entity_id": "ai_task.reader"}


async def add_account(house: House, **entities: str) -> None:
    """Add an account that reads by entities, through its dialog."""
    flow = await house.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    done = await house.hass.config_entries.flow.async_configure(
        flow["flow_id"], {"advanced": {}, "ai_task": {**READER, **entities}}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {"ai_task": {**READER, **entities}}
    assert done["title"] == "Reader"
    house.entry = done["result"]
    await house.settle()


async def add_meter(house: House) -> None:
    """Add the water meter as it was described."""
    house.hass.config_entries.async_add_subentry(house.entry, ConfigSubentry(**house.meter("water")))  # type: ignore[arg-type]
    await house.settle()


@pytest.fixture
async def reader(house: House) -> ReadingEntity:
    """An entity that reads."""
    return await add_entity(house.hass, "Reader")


async def test_meter_is_set_up_and_read(house: House, reader: ReadingEntity) -> None:
    await add_account(house)
    await add_meter(house)
    house.show("water", "530.1234")
    await house.pass_time()

    assert (house.total(), house.status()) == ("530.1234", ("ok", None))
    assert house.calls == 0, "nothing goes to Anthropic"
    assert len(reader.tasks) == 2
    task = reader.tasks[0]
    assert "transcribe utility meters" in task.instructions
    assert SHOWN["water"] not in task.instructions
    assert house.state("sensor.water_main_api_cost") == "unknown"
    assert house.hass.states.get("sensor.water_main_api_cost").attributes["calls"] == 2
    assert house.hass.data[_OFFERED] == {}, "no picture is left to be had"
    assert not task.attachments[0].path.exists()  # type: ignore[index]


async def test_doubtful_looks_go_to_the_second_entity(house: House, reader: ReadingEntity) -> None:
    second = await add_entity(house.hass, "Second")
    await add_account(house, stronger="ai_task.second")
    await add_meter(house)
    house.show("water", "630.0708")
    await house.pass_time()
    assert house.rule() == "rate_too_high"
    assert (len(reader.tasks), len(second.tasks)) == (3, 1)


async def test_without_a_second_entity_nobody_is_asked_twice_alike(house: House, reader: ReadingEntity) -> None:
    await add_account(house)
    await add_meter(house)
    house.show("water", "630.0708")
    await house.pass_time()
    assert house.rule() == "rate_too_high"
    assert len(reader.tasks) == 3
    assert house.total() == SHOWN["water"]


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda data: data | {"wheels": ["five"] * 5}, "answer_invalid"),
        (lambda data: data | {"wheels": data["wheels"][1:]}, "answer_position_count"),
        (lambda _data: "I cannot see a meter", "answer_invalid"),
        (lambda _data: {}, "answer_invalid"),
    ],
)
async def test_answer_that_cannot_be_used(house: House, reader: ReadingEntity, spoil: Any, error: str) -> None:
    await add_account(house)
    await add_meter(house)
    reader.spoil = spoil
    house.show("water", "530.1234")
    await house.pass_time()
    assert house.status() == ("reader_error", error)
    assert house.total() == SHOWN["water"]
    assert house.hass.states.get("sensor.water_main_api_cost").attributes["calls"] == 2


async def test_entity_that_fails_is_named(house: House, reader: ReadingEntity) -> None:
    await add_account(house)
    await add_meter(house)

    def fail(_data: Any) -> Any:
        raise HomeAssistantError("quota exceeded")  # noqa: TRY003  a provider's words

    reader.spoil = fail
    with pytest.raises(HomeAssistantError, match=r"ai_task\.reader.*quota exceeded"):
        await house.read_now()
    assert house.status() == ("reader_error", "ai_task_failed")
    await house.hass.async_block_till_done()
    reader.spoil = dict
    await house.pass_time()
    assert house.status() == ("ok", None)


async def test_entity_that_is_gone_is_named(house: House, reader: ReadingEntity) -> None:
    await add_account(house)
    await add_meter(house)
    await reader.async_remove()
    await house.pass_time()
    assert house.status() == ("reader_error", "ai_task_failed")
    assert house.total() == SHOWN["water"]


async def test_dialog_of_a_meter_asks_the_entity(house: House, reader: ReadingEntity) -> None:
    """The proposal and the test reading too."""
    await add_account(house)
    assert house.entry is not None
    dialog = MeterDialog(house.hass, house.entry)
    await dialog.add()
    await dialog.submit(camera_form(house.simulator))
    assert (dialog.step, dialog.errors) == ("look", [])
    await dialog.submit_shown(view=dialog.shown["view"] | {"ui": True})
    assert (dialog.step, dialog.errors) == ("confirm", [])
    assert len(reader.tasks) == 2
    await dialog.submit_shown()
    assert dialog.flow["type"] is FlowResultType.CREATE_ENTRY
    assert house.calls == 0


async def test_dialog_names_an_entity_that_fails_and_tries_again(house: House, reader: ReadingEntity) -> None:
    def fail(_data: Any) -> Any:
        raise HomeAssistantError("quota exceeded")  # noqa: TRY003  a provider's words

    await add_account(house)
    assert house.entry is not None
    dialog = MeterDialog(house.hass, house.entry)
    await dialog.add()
    reader.spoil = fail
    await dialog.submit(camera_form(house.simulator))
    assert (dialog.step, dialog.errors) == ("proposal_failed", ["ai_task_failed"])
    assert "quota exceeded" in dialog.flow["description_placeholders"]["reason"]
    reader.spoil = dict
    await dialog.submit({"next": "proposal"})
    assert (dialog.step, dialog.errors) == ("look", [])


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"advanced": {}, "ai_task": {}}, "key_or_entity"),
        ({"api_key": API_KEY, "advanced": {}, "ai_task": READER}, "key_or_entity"),
        ({"advanced": {}, "ai_task": {"entity_id": "ai_task.elsewhere"}}, "ai_task_unable"),
        ({"advanced": {}, "ai_task": {**READER, "stronger": "ai_task.text_only"}}, "ai_task_unable"),
    ],
)
async def test_what_cannot_read_is_refused(house: House, form: dict[str, Any], error: str) -> None:
    house.hass.states.async_set("ai_task.text_only", "unknown", {"supported_features": 1})
    flow = await house.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    shown = await house.hass.config_entries.flow.async_configure(flow["flow_id"], form)
    assert (shown["type"], shown["errors"]) == (FlowResultType.FORM, {"base": error})
    done = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"advanced": {}, "ai_task": READER})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await house.settle()


@pytest.mark.usefixtures("reader")
async def test_the_same_entities_are_one_account(house: House) -> None:
    await add_account(house)
    flow = await house.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    again = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"advanced": {}, "ai_task": READER})
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.usefixtures("reader")
async def test_entities_can_be_changed(house: House) -> None:
    second = await add_entity(house.hass, "Second")
    await add_account(house)
    await add_meter(house)
    assert house.entry is not None
    context = {"source": "reconfigure", "entry_id": house.entry.entry_id}
    flow = await house.hass.config_entries.flow.async_init(DOMAIN, context=context)
    assert flow["menu_options"] == ["entities", "export"]
    flow = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "entities"})
    refused = await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"entity_id": "ai_task.elsewhere"})
    assert refused["errors"] == {"base": "ai_task_unable"}
    await house.hass.config_entries.flow.async_configure(flow["flow_id"], {"entity_id": "ai_task.second"})
    await house.settle()
    assert house.entry.data == {"ai_task": {"entity_id": "ai_task.second"}}
    await house.pass_time()
    assert second.tasks


async def test_without_any_entity_the_form_asks_for_a_key(house: House) -> None:
    flow = await house.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    assert [str(key) for key in flow["data_schema"].schema] == ["api_key", "advanced"]  # type: ignore[union-attr]
