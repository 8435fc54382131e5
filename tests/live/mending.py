"""Scenarios of upkeep in which something is wrong: what was held back, keys, cameras and models that are gone."""

from __future__ import annotations

import aiohttp

from .entities import meter_entities
from .tended import Tended

WATER, ELECTRICITY, GAS = "Water main", "Electricity", "Gas"
HELD = {"water": "900.0000", "electricity": "90000.0", "gas": "19000.000"}
"""What the cameras show for a day: more than the meters can have counted."""
OLD_MODEL = "claude-sonnet-4-5-20250929"
"""Which still reads, and will be gone soon."""
_CAMERA = "Cellar"


async def replace_model_in_time(home: Tended) -> None:
    """The model that reads every meter will be gone."""
    await home.expect_issues(*["held_for_long"] * 3, "model_deprecated")
    await home.open_repair("will be gone on")
    await _choose_model(home, "model-going", "Claude Haiku 5.5", "claude-haiku-5-5")
    await home.expect_issues(*["held_for_long"] * 3)


async def accept_held(home: Tended) -> None:
    """A value was held back for a day, and is what stands on the meter."""
    await home.open_repair(f"{WATER}: held back")
    await home.picture("held")
    await home.hand.press("Submit")
    await home.expect_issues("held_for_long", "held_for_long")
    await home.expect(WATER, reading=HELD["water"], consumption=HELD["water"], status="ok")


async def held_of_another_meter(home: Tended) -> None:
    """A value was held back for a day, because another meter hangs there."""
    before = await state_of(home, ELECTRICITY, "consumption")
    await home.open_repair(f"{ELECTRICITY}: held back")
    await home.hand.switch("Another meter hangs there now")
    await home.picture("held-of-another")
    await home.hand.press("Submit")
    await home.expect_issues("held_for_long")
    await home.expect(ELECTRICITY, reading=HELD["electricity"], consumption=before, status="ok")


async def type_what_stands_there(home: Tended) -> None:
    """A value was held back for a day, and another one stands on the meter."""
    await home.show("gas", None)
    shown = await _standing(home, "gas")
    await home.open_repair(f"{GAS}: held back")
    await home.hand.type("value", "12 or so")
    await home.hand.press("Submit")
    await home.hand.page.get_by_text("This is no number").first.wait_for()
    await home.picture("held-no-number")
    await home.hand.type("value", shown)
    await home.hand.press("Submit")
    await home.expect_issues()
    await home.expect(GAS, reading=shown, status="ok")


async def keep_meter(home: Tended) -> None:
    """Less than before was seen, and yet no other meter hangs there: a person says what does stand on it."""
    before = [await state_of(home, ELECTRICITY, key) for key in ("reading", "consumption")]
    await home.show("electricity", "5.1")
    await home.read(ELECTRICITY)
    await home.expect_issues("possible_new_meter")
    await home.show("electricity", before[0])
    await home.open_repair(f"{ELECTRICITY}: has the meter been replaced?")
    await home.hand.switch("Another meter hangs there now")
    await home.hand.type("value", before[0])
    await home.picture("same-meter")
    await home.hand.press("Submit")
    await home.expect_issues()
    await home.expect(ELECTRICITY, reading=before[0], consumption=before[1], status="ok")


async def replace_meter(home: Tended) -> None:
    """Another meter hangs in the place of one."""
    before = await state_of(home, ELECTRICITY, "consumption")
    await home.show("electricity", "12.3")
    await home.read(ELECTRICITY)
    await home.expect_issues("possible_new_meter")
    await home.open_repair(f"{ELECTRICITY}: has the meter been replaced?")
    await home.picture("new-meter")
    await home.hand.press("Submit")
    await home.expect_issues()
    await home.expect(ELECTRICITY, reading="12.3", consumption=before, status="ok")


async def renew_key(home: Tended) -> None:
    """The key died; the first new one is refused as well."""
    await home.spoil_api("authentication")
    await home.read(GAS)
    await home.open_account()
    await home.hand.arrive("Attention required")
    await home.hand.browser.picture("upkeep-reauth-asked")
    await home.hand.press("Reconfigure")
    await home.hand.arrive("New API key")
    await home.hand.type("api_key", "sk-ant-wrong")
    await home.hand.press("Submit")
    await home.hand.arrive("This key was refused. Copy it again, whole and without blanks, or create a new one.")
    await home.picture("reauth")
    await home.spoil_api(None)
    await home.hand.type("api_key", "sk-ant-renewed")
    await home.hand.press("Submit")
    await home.done()
    await home.kept.wait_until("the new key is kept", lambda: home.kept.entry()["data"]["api_key"] == "sk-ant-renewed")
    await home.read(GAS)
    await home.expect(GAS, status="ok")


async def find_camera_again(home: Tended) -> None:
    """A meter gets its picture from a camera of Home Assistant, which is then removed."""
    client = home.demo.home.client
    flows = "/api/config/config_entries/flow"
    step = await client.post(flows, {"handler": "mjpeg"})
    stream = {"mjpeg_url": f"{home.simulator.cameras}/gas/stream.mjpeg", "name": _CAMERA, "verify_ssl": True}
    still = {"still_image_url": f"{home.simulator.cameras}/gas/snapshot.jpg", "username": "", "password": ""}
    added = await client.post(f"{flows}/{step['flow_id']}", stream | still)
    await home.reconfigure(GAS, "Name and camera")
    await home.hand.type("url", "")
    await home.hand.pick_entity("Camera or image", _CAMERA)
    await home.picture("camera-entity")
    await home.hand.press("Next")
    await home.hand.arrive("Is this your meter?")
    await home.hand.press("Next")
    await home.done()
    await home.kept.wait_until("the camera is kept", lambda: "entity_id" in home.kept.meter(GAS)["camera"])

    await client.delete(f"/api/config/config_entries/entry/{added['result']['entry_id']}")
    await home.read(GAS)
    await home.expect_issues("camera_gone")
    await home.open_repair(f"{GAS} has no camera")
    await home.picture("camera-gone")
    await home.hand.press("Submit")
    await home.hand.arrive("Reconfigure meter")
    await home.hand.choose("Name and camera")
    await home.hand.clear_entity("Camera or image")
    await home.hand.choose("Camera by address")
    await home.hand.type("url", f"{home.simulator.cameras}/gas/snapshot.jpg")
    await home.hand.press("Next")
    await home.hand.arrive("Is this your meter?")
    await home.hand.press("Next")
    await home.done()
    await home.read(GAS)
    await home.expect(GAS, status="ok")
    await home.expect_issues()


async def replace_model(home: Tended) -> None:
    """The model that reads every meter is offered no longer."""
    await home.spoil_api("model")
    await home.read(GAS)
    await home.expect_issues("model")
    await home.spoil_api(None)
    await home.open_repair("is gone")
    await home.picture("model-gone")
    await _choose_model(home, "model-chosen", "Claude Sonnet 5.5", "claude-sonnet-5-5")
    await home.read(GAS)
    await home.expect(GAS, status="ok")
    await home.expect_issues()


async def _choose_model(home: Tended, picture: str, name: str, model: str) -> None:
    await home.hand.pick("Model", name)
    await home.picture(picture)
    await home.hand.press("Submit")
    await home.kept.wait_until("the new model is kept", lambda: home.kept.entry()["data"].get("model") == model)


async def state_of(home: Tended, name: str, key: str) -> str:
    """Return the state of a meter's entity."""
    entity = (await meter_entities(home.demo.home.client))[name][key]
    state: str = (await home.demo.home.client.get(f"/api/states/{entity}"))["state"]
    return state


async def _standing(home: Tended, key: str) -> str:
    """Return what a person who goes to the meter sees."""
    async with aiohttp.ClientSession() as session, session.get(f"{home.simulator.cameras}/{key}/truth") as answer:
        return str((await answer.json())["shown"])
