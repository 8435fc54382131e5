"""Walks through a dialog of the integration, whatever its steps are and in whatever order they come."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .form import Filled, MissingAnswerError, fields, fill, suggested
from .home import Home, HomeError

FLOWS: Final = "/api/config/config_entries/subentries/flow"
_KIND: Final = "meter"
_PAUSE: Final = 0.3
_PATIENCE: Final = 240.0
"""Seconds: a reading with the reader's own repetitions takes up to three minutes."""
_MOST_STEPS: Final = 60
_TRIES: Final = 3
_BUSY: Final = frozenset({"camera_timeout"})
"""What a second attempt may mend."""
_VALUE: Final = "value"
_NEXT: Final = "next"
_WISHES: Final = ("confirm", "register")
"""Where to go on after a step that failed, as far as it is offered."""


class FlowError(Exception):
    """The dialog does not go on; says why, in its own words where there are some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who answers what."""

    general: Mapping[str, Any]
    register: Callable[[int], Mapping[str, Any]]
    """The answers about the first, second ... register."""
    value: Callable[[int, Any], str]
    """The value of a register, given what the dialog suggests."""


@dataclass(slots=True)
class Walk:
    """One dialog, from its first step to its end."""

    home: Home
    answers: Answers
    texts: Mapping[str, str]
    """The dialog's messages by their keys."""
    used: set[str] = field(default_factory=set)
    """Every answer that was asked for."""
    _path: str = ""
    _step: Mapping[str, Any] = field(default_factory=dict)
    _place: int = 0
    _corrected: bool = False

    async def add(self, entry_id: str) -> None:
        """Go through the dialog of a new meter."""
        await self._open({"handler": [entry_id, _KIND]})
        await self._to_the_end("create_entry")

    async def change(
        self, entry_id: str, subentry_id: str, wanted: tuple[str, ...], needed: frozenset[str] = frozenset()
    ) -> None:
        """Go through the dialog of a change, by the first of these choices that it offers.

        `needed`: fields that its first form must have, or going through it, which may cost a reading, is in vain.
        """
        await self._open({"handler": [entry_id, _KIND], "subentry_id": subentry_id})
        if self._step["type"] == "menu":
            await self._choose(wanted)
        if self._step["type"] == "form" and (missing := needed - fields(self._step["data_schema"]).keys()):
            await self.home.delete(self._path)
            raise FlowError(f"Home Assistant's dialog does not ask for {', '.join(sorted(missing))} yet")
        await self._to_the_end("abort", reason="reconfigure_successful")

    async def look_into(self, entry_id: str, subentry_id: str, wanted: tuple[str, ...]) -> Mapping[str, Any]:
        """Return what a form of the change is filled in with, and close the dialog again."""
        await self._open({"handler": [entry_id, _KIND], "subentry_id": subentry_id})
        try:
            if self._step["type"] == "menu":
                await self._choose(wanted)
            found = fields(self._step["data_schema"]) if self._step["type"] == "form" else {}
        finally:
            await self.home.delete(self._path)
        return {name: suggested(described) for name, described in found.items()}

    async def _open(self, body: Mapping[str, Any]) -> None:
        """Begin, as soon as the account has taken up the change before."""
        for _ in range(int(_PATIENCE / _PAUSE)):
            self._step = await self.home.post(FLOWS, body)
            if self._step.get("reason") != "entry_not_loaded":
                break
            await asyncio.sleep(_PAUSE)
        if self._step["type"] == "abort":
            raise FlowError(self._told("abort", self._step["reason"]))
        self._path = f"{FLOWS}/{self._step['flow_id']}"

    async def _choose(self, wanted: tuple[str, ...]) -> None:
        options = self._step["menu_options"]
        chosen = next((option for option in wanted if option in options), None)
        if chosen is None:
            await self.home.delete(self._path)
            raise FlowError(f"the dialog offers {', '.join(options)}, but not {' or '.join(wanted)}")
        await self._post({"next_step_id": chosen})

    async def _to_the_end(self, end: str, *, reason: str | None = None) -> None:
        """Answer step after step; close the dialog if it does not come to a good end."""
        try:
            for _ in range(_MOST_STEPS):
                if self._step["type"] != "form":
                    break
                await self._answer()
        except FlowError, HomeError:
            await self.home.delete(self._path)
            raise
        if self._step["type"] == end and reason in (None, self._step.get("reason")):
            return
        if self._step["type"] == "abort":
            raise FlowError(self._told("abort", self._step["reason"]))
        await self.home.delete(self._path)
        raise FlowError(f"the dialog stays at {self._step.get('step_id')}")

    async def _answer(self) -> None:
        """Answer one form; where it is refused for what may pass, try again."""
        step_id, is_register = self._step["step_id"], "display" in fields(self._step["data_schema"])
        postponed: set[str] = set()
        for attempt in range(1, _TRIES + 1):
            filled = self._fill(is_register=is_register)
            await self._post(filled.data)
            again = self._step["type"] == "form" and self._step["step_id"] == step_id
            errors = set((self._step.get("errors") or {}).values())
            if again and errors and (attempt == _TRIES or not errors <= _BUSY):
                raise FlowError(f"{step_id}: {'; '.join(self._told('error', key) for key in sorted(errors))}")
            if again and filled.postponed:
                if filled.postponed == postponed:
                    raise FlowError(f"{step_id}: the dialog does not offer this {', '.join(sorted(postponed))}")
                postponed = filled.postponed
                continue
            if not (again and errors):
                break
        if is_register:
            self._place += 1

    def _fill(self, *, is_register: bool) -> Filled:
        schema = self._step["data_schema"]
        answers = {**self.answers.general, "otherwise": not self._corrected}
        if is_register:
            answers |= self.answers.register(self._place)
        for name, described in fields(schema).items():
            if name == _VALUE or name.startswith(f"{_VALUE}_"):
                place = 0 if name == _VALUE else int(name.removeprefix(f"{_VALUE}_")) - 1
                answers[name] = self.answers.value(place, suggested(described))
            elif name == _NEXT:
                offered = described["selector"]["select"]["options"]
                answers[name] = next((wish for wish in _WISHES if wish in offered), offered[-1])
            elif name == "otherwise":
                self._corrected = True
        try:
            filled = fill(schema, answers)
        except MissingAnswerError as err:
            raise FlowError(
                f"{self._step['step_id']}: the dialog asks for {err}, which the file does not say"
            ) from None
        self.used |= filled.used
        return filled

    async def _post(self, body: Mapping[str, Any]) -> None:
        """Submit, and wait for what takes time."""
        self._step = await self.home.post(self._path, body)
        for _ in range(int(_PATIENCE / _PAUSE)):
            if self._step["type"] != "progress":
                return
            await asyncio.sleep(_PAUSE)
            self._step = await self.home.get(self._path)

    def _told(self, kind: str, key: str) -> str:
        """Return a message in words, filled in with what the step knows."""
        text = self.texts.get(f"{kind}.{key}", key)
        for name, value in (self._step.get("description_placeholders") or {}).items():
            if name != "picture":
                text = text.replace(f"{{{name}}}", str(value))
        return text
