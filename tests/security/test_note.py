"""A note beside the meter that speaks to the model, and a model that does as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
import json
from typing import Any, override

from aiohttp import web
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.meter_vision.metering import claude

from ..house import House
from ..meters import API_KEY, account
from ..test_journal import rows
from .test_hostile_service import Endpoint, message
from .test_words_and_views import NOTE


class Obedient(Endpoint):
    """A model that reads out what the note wants, in the form that is asked for."""

    def __init__(self) -> None:
        """Begin with a note that wants a reading of 99,999 m³."""
        super().__init__()
        self.bodies: list[dict[str, Any]] = []
        self.wheels = [9, 9, 9, 9, 9]
        self.readable = True

    @override
    async def _answer(self, request: web.Request) -> web.Response:
        if not request.path.endswith("/messages"):
            return web.json_response({"data": [], "has_more": False, "first_id": None, "last_id": None})
        self.bodies.append(await request.json())
        seen = {"readable": self.readable, "wheels": self.wheels, "dials": [9, 9, 9, 9]}
        words = {"scene": NOTE * 50, "problems": [NOTE * 50], "reading": "99999", "verdict": "accepted"}
        return web.Response(**message(json.dumps({**seen, **words})))


@pytest.fixture
async def obedient(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Obedient]:
    """Yield somebody who answers in place of the API."""
    del socket_enabled
    monkeypatch.setattr(claude, "_PAUSES", (timedelta(), timedelta(), None))
    endpoint = Obedient()
    await endpoint.server.start_server()
    yield endpoint
    await endpoint.server.close()


async def test_what_a_note_dictates_is_held_and_its_words_are_no_text_of_ours(house: House, obedient: Obedient) -> None:
    """For a day, with every further look and the stronger model: then a person is asked, who sees the picture."""
    house.entry = account(house.meter("water"), base_url=obedient.url)
    house.entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    for _ in range(6):
        await house.pass_time(timedelta(hours=5))

    assert house.total() == "530.0708"
    assert house.status()[0] == "held"
    assert len(obedient.bodies) >= 7
    assert {row.entry.outcome for row in rows(house)} == {"held"}
    shown = str([state.as_dict() for state in house.hass.states.async_all()])
    issues = str(list(ir.async_get(house.hass).issues.values()))
    assert [word for word in ("IGNORE", "onerror", "192.0.2.7") if word in shown + issues] == []
    scenes = [json.dumps(row.entry.evidence) for row in rows(house)]
    assert all("IGNORE" in scene and len(scene) < 2000 for scene in scenes), "the journal keeps what was said, cut"


async def test_the_model_is_given_nothing_that_a_note_could_ask_for(house: House, obedient: Obedient) -> None:
    """One picture and one question: no tool, no key, no name, no address, no earlier reading."""
    meter = house.meter("water")
    named = {**meter, "title": "Rosenhain", "data": {**meter["data"], "name": "Rosenhain"}}
    house.entry = account(named, base_url=obedient.url)
    house.entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    await house.pass_time(timedelta(hours=1))

    for body in obedient.bodies:
        assert body.keys() <= {"model", "max_tokens", "messages", "output_config", "system", "thinking"}, body.keys()
        (question,) = body["messages"]
        assert question["role"] == "user"
        assert [part["type"] for part in question["content"]].count("image") == 1
        for part in question["content"]:
            if part["type"] == "image":
                part["source"]["data"] = ""
        text = json.dumps(body)
        secrets = (API_KEY, "Rosenhain", "127.0.0.1", "530", "0708", "99999", house.hass.config.location_name)
        assert [secret for secret in secrets if secret in text] == []
