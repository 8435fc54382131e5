"""Each blueprint as Home Assistant takes it: imported, made an automation of, and run by what happens to a meter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
import shutil
from typing import Any, Final

from freezegun import freeze_time
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from .repository import ROOT
from .typed import TypedMeter, local

FOLDER: Final = ROOT / "docs" / "blueprints"
BLUEPRINTS: Final = sorted(FOLDER.glob("*.yaml"))
type Automate = Callable[..., Awaitable[list[ServiceCall]]]

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def typed(hass: HomeAssistant) -> Iterator[TypedMeter]:
    """A meter that is not set up yet, and all blueprints as if they had been imported."""
    shutil.copytree(FOLDER, hass.config.path("blueprints", "automation", "meter_vision"))
    with freeze_time(local("2026-11-30T00:00"), tick=True) as clock:
        yield TypedMeter(hass, clock)


@pytest.fixture
async def automate(hass: HomeAssistant) -> AsyncIterator[Automate]:
    """What makes an automation of a blueprint, and returns the messages it is going to send."""

    async def made(blueprint: str, **inputs: Any) -> list[ServiceCall]:
        messages = async_mock_service(hass, "notify", "mobile_app_telephone")
        use = {"path": f"meter_vision/{blueprint}.yaml", "input": {"notifier": "notify.mobile_app_telephone", **inputs}}
        automation = {"id": "tested", "alias": "Tested", "use_blueprint": use}
        assert await async_setup_component(hass, "automation", {"automation": [automation]})
        await hass.async_block_till_done()
        assert hass.states.get("automation.tested").state == "on"
        return messages

    yield made
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.tested"}, blocking=True)


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_home_assistant_takes_it(path: Path) -> None:
    blueprint = Blueprint(
        load_yaml_dict(str(path)), expected_domain="automation", path=path.name, schema=AUTOMATION_BLUEPRINT_SCHEMA
    )
    assert blueprint.validate() is None
    assert all(given["name"] and given["selector"] for given in blueprint.inputs.values())


async def test_leak(typed: TypedMeter, automate: Automate) -> None:
    await typed.set_up("100", "2026-11-30T00:00")
    closed = async_mock_service(typed.hass, "valve", "close_valve")
    messages = await automate(
        "leak",
        meter_events="event.water_events",
        picture="image.water_picture",
        when_suspected=[{"action": "valve.close_valve", "target": {"entity_id": "valve.main"}}],
    )
    value = await typed.run("2026-11-30T00:00", [0.5] * 23, 100)
    assert messages == []
    value = await typed.run("2026-11-30T05:45", [0.5], value)
    assert [call.data["title"] for call in messages] == ["Water: is water leaking?"]
    assert messages[0].data["message"] == (
        "Water has run without a break since 2026-11-30 00:00, at least 0.002 m³ an hour."
    )
    assert messages[0].data["data"]["image"] == "/api/image_proxy/image.water_picture"
    assert [call.data["entity_id"] for call in closed] == [["valve.main"]]
    await typed.run("2026-11-30T06:00", [0], value)
    assert [call.data["title"] for call in messages[1:]] == ["Water: no water runs any more"]
    assert messages[1].data["data"]["tag"] == messages[0].data["data"]["tag"]
    assert len(closed) == 1


async def test_spike(typed: TypedMeter, automate: Automate) -> None:
    await typed.set_up("100", "2026-11-30T00:00")
    messages = await automate("spike", meter_events=["event.water_events"])
    value = await typed.run("2026-11-30T00:00", [10.0] * (8 * 15 + 1), 100, minutes=180)
    assert messages == []
    await typed.run("2026-12-15T03:00", [90.0], value)
    (message,) = messages
    assert message.data["title"] == "Water: unusually high use"
    assert message.data["message"].startswith("0.09 m³ since 03:00; at such an hour it has been 0.0")


async def test_missing_readings(typed: TypedMeter, automate: Automate) -> None:
    await typed.set_up("100", "2026-11-30T00:00")
    messages = await automate(
        "missing_readings",
        last_reading="sensor.water_last_reading",
        status="sensor.water_status",
        patience=5,
    )
    await typed.until("2026-11-30T04:59:00")
    assert messages == []
    await typed.until("2026-11-30T05:01:00")
    await typed.until("2026-11-30T05:02:00")
    (message,) = messages
    assert message.data["title"] == "Water: no readings"
    assert message.data["message"].startswith("The latest reading was taken 2026-11-30 00:00. Status:")


@pytest.mark.usefixtures("recorder_mock")
async def test_monthly_report(typed: TypedMeter, automate: Automate) -> None:
    await typed.set_up("100", "2026-11-30T00:00", tariff={"currency": "EUR", "price": "2"})
    messages = await automate("monthly_report", consumption=["sensor.water_consumption"], cost=["sensor.water_cost"])
    for sensor, unit_class, unit, factor in (
        ("sensor.water_consumption", "volume", "m³", 1),
        ("sensor.water_cost", None, "EUR", 2),
    ):
        metadata = StatisticMetaData(
            statistic_id=sensor,
            source="recorder",
            name=None,
            has_sum=True,
            mean_type=StatisticMeanType.NONE,
            unit_class=unit_class,
            unit_of_measurement=unit,
        )
        sums = {"2026-10-31T23:00": 5, "2026-11-01T00:00": 7, "2026-11-30T23:00": 20.5, "2026-12-01T00:00": 30}
        rows = [StatisticData(start=local(time), state=total, sum=total * factor) for time, total in sums.items()]
        async_import_statistics(typed.hass, metadata, rows)
    await async_wait_recording_done(typed.hass)
    for morning in ("2026-11-30T08:00", "2026-12-01T07:59", "2026-12-01T08:00", "2026-12-02T08:00"):
        await typed.until(morning)
        await typed.hass.async_block_till_done(wait_background_tasks=True)
    (message,) = messages
    assert message.data["title"] == "What 2026-11 came to"
    assert " ".join(message.data["message"].split()) == "Water Consumption: 15.5 m³; Water Cost: 31.0 EUR."
