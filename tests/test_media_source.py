"""The journal in the media browser, and who may see its pictures."""

from __future__ import annotations

from http import HTTPStatus
import sqlite3
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.meter_vision.const import DOMAIN

from .house import House
from .meters import NOWHERE, account
from .simulator.meters import METERS
from .test_journal import pictures, rows

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT = f"media-source://{DOMAIN}"
DAY = "2026-11-22"


class Browser:
    """The media browser over its WebSocket."""

    def __init__(self, client: Any) -> None:
        """Keep the open connection."""
        self._client = client

    async def _ask(self, command: str, identifier: str) -> dict[str, Any]:
        await self._client.send_json_auto_id(
            {"type": f"media_source/{command}", "media_content_id": f"{ROOT}/{identifier}" if identifier else ROOT}
        )
        answer: dict[str, Any] = await self._client.receive_json()
        return answer

    async def browse(self, identifier: str = "") -> dict[str, Any]:
        """Return the answer for one level."""
        return await self._ask("browse_media", identifier)

    async def children(self, identifier: str = "") -> dict[str, dict[str, Any]]:
        """Return what a level holds, by identifier."""
        answer = await self.browse(identifier)
        assert answer["success"], answer
        return {child["media_content_id"].removeprefix(f"{ROOT}/"): child for child in answer["result"]["children"]}

    async def titles(self, identifier: str = "") -> list[str]:
        """Return the titles of what a level holds."""
        return [child["title"] for child in (await self.children(identifier)).values()]

    async def resolve(self, identifier: str) -> dict[str, Any]:
        """Return the answer for one picture."""
        return await self._ask("resolve_media", identifier)


@pytest.fixture
async def browser(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Browser:
    """The media browser of a person who is logged in."""
    for component in ("media_source", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return Browser(await hass_ws_client(hass))


async def test_day_meter_picture(house: House, browser: Browser) -> None:
    entry = await house.set_up("water", "gas")
    house.show("water", "900.0000")
    await house.pass_time()
    water, gas = (f"{entry.entry_id}/{DAY}/{meter}" for meter in entry.subentries)

    # A single account needs no level of its own.
    assert list(await browser.children()) == list(await browser.children(entry.entry_id)) == [f"{entry.entry_id}/{DAY}"]
    assert await browser.titles(f"{entry.entry_id}/{DAY}") == ["Gas", "Water main"]
    # 12:00 UTC is 04:00 in the time zone of the tests; the surprise was looked at three times.
    assert await browser.titles(water) == [
        *["04:15 · 900.0000 m³ · held back"] * 3,
        "04:00 · 530.0708 m³ · accepted",
    ]
    assert await browser.titles(gas) == ["04:15 · 7312.486 m³ · accepted", "04:00 · 7312.486 m³ · accepted"]
    for identifier, child in (await browser.children(water)).items():
        assert (child["can_play"], child["can_expand"], child["media_class"]) == (True, False, "image")
        assert child["thumbnail"] == f"/api/{DOMAIN}/journal/{entry.entry_id}/{identifier.rpartition('/')[2]}.jpg"


async def test_a_picture_is_for_those_who_are_logged_in_or_hold_its_signed_address(
    house: House,
    browser: Browser,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    entry = await house.set_up("water")
    ((identifier, child),) = (await browser.children(f"{entry.entry_id}/{DAY}/{next(iter(entry.subentries))}")).items()
    (path,) = pictures(house)
    resolved = (await browser.resolve(identifier))["result"]
    assert resolved["mime_type"] == "image/jpeg"

    stranger, known = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(child["thumbnail"])).status == HTTPStatus.UNAUTHORIZED
    # The signature is that of one picture only.
    signature = resolved["url"].partition("?")[2]
    other = child["thumbnail"].replace("1.jpg", "2.jpg")
    assert (await stranger.get(f"{other}?{signature}")).status == HTTPStatus.UNAUTHORIZED
    for client, address in ((stranger, resolved["url"]), (known, child["thumbnail"])):
        answer = await client.get(address)
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "image/jpeg")
        assert answer.headers["Cache-Control"].startswith("private")
        assert await answer.read() == path.read_bytes()


async def test_no_identifier_leads_anywhere_else(
    house: House, browser: Browser, hass_client: ClientSessionGenerator
) -> None:
    entry = await house.set_up("water", "gas")
    account_id, (water, gas) = entry.entry_id, entry.subentries
    row = rows(house)[0].id
    for identifier in (
        "../../secrets.yaml",
        f"{account_id}/../..",
        f"{account_id}/{DAY}/..",
        f"{account_id}/{DAY}/{water}/..",
        f"{account_id}/{DAY}/{gas}/{row}",
        f"{account_id}/{DAY}/{water}/{row}/",
        f"{account_id}/{DAY}/{water}/-1",
        f"{account_id}/{DAY}/{water}/{'9' * 30}",
        f"{account_id}/{DAY}/{water}/\u0661",
        f"{account_id}/{DAY}/{water}/{row}.jpg",
        f"{account_id}/20261122",
        f"{account_id}/0001-01-01",
        f"{account_id}/9999-12-31",
        f"{account_id}/{DAY}/elsewhere",
        f"elsewhere/{DAY}/{water}/{row}",
        "",
    ):
        assert not (await browser.resolve(identifier))["success"], identifier
        if identifier:
            answer = await browser.browse(identifier)
            assert answer["error"]["code"] == "browse_media_failed", identifier
    client = await hass_client()
    for number in ("..%2f..%2fsecrets", "%2e%2e", "-1", "9" * 30, "%D9%A1", str(row + 1000), "1e0"):
        answer = await client.get(f"/api/{DOMAIN}/journal/{account_id}/{number}.jpg")
        # Home Assistant itself refuses what looks like a way out of a folder.
        assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST), number


@pytest.mark.parametrize("name", ["../../configuration.yaml", "/etc/hostname", "x.jpg/../../configuration.yaml"])
async def test_a_name_in_the_database_is_not_trusted(
    hass: HomeAssistant, house: House, browser: Browser, hass_client: ClientSessionGenerator, name: str
) -> None:
    entry = await house.set_up("water")
    file = hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}.db")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE journal SET picture = ?", (name,))
    connection.close()
    row = rows(house)[0]
    assert not (await browser.resolve(f"{entry.entry_id}/{DAY}/{row.meter}/{row.id}"))["success"]
    client = await hass_client()
    answer = await client.get(f"/api/{DOMAIN}/journal/{entry.entry_id}/{row.id}.jpg")
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_picture_that_is_gone_is_said_to_be(house: House, browser: Browser) -> None:
    entry = await house.set_up("water")
    row = rows(house)[0]
    house.entry.runtime_data.store.pictures.delete([row.entry.picture])
    answer = await browser.resolve(f"{entry.entry_id}/{DAY}/{row.meter}/{row.id}")
    assert answer["error"]["message"] == "There is no such picture any more"


async def test_accounts_that_are_not_set_up_show_nothing(
    hass: HomeAssistant, house: House, browser: Browser, hass_client: ClientSessionGenerator
) -> None:
    entry = await house.set_up("water")
    row = rows(house)[0]
    other = account(base_url=NOWHERE, api_key="another")
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    assert list(await browser.children()) == [entry.entry_id, other.entry_id]

    assert await hass.config_entries.async_unload(other.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await browser.titles() == []
    assert not (await browser.browse(entry.entry_id))["success"]
    assert not (await browser.resolve(f"{entry.entry_id}/{DAY}/{row.meter}/{row.id}"))["success"]
    client = await hass_client()
    answer = await client.get(f"/api/{DOMAIN}/journal/{entry.entry_id}/{row.id}.jpg")
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_registers_share_a_picture(house: House, browser: Browser) -> None:
    described = METERS["electricity"].description()["registers"][0]
    initial = {"value": "41873.4", "time": "2026-11-22T08:00:00+00:00"}
    registers = [{**described, "name": name, "initial": initial} for name in ("day", "night")]
    entry = await house.set_up()
    await house.add(house.meter("electricity", registers=registers))
    (identifier,) = await browser.children(f"{entry.entry_id}/{DAY}")
    titles = await browser.titles(identifier)
    assert len(titles) == len(pictures(house))
    assert all(" · day " in title and " · night " in title for title in titles)
