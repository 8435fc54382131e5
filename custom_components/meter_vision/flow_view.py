"""The steps that find out what the meter is and where its register is: proposed, looked at, and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import SubentryFlowResult

from .const import CONF_INITIAL
from .flow_base import REGISTERS, layout_errors
from .flow_camera import CameraSteps
from .flow_fields import KIND
from .flow_picture import async_offer_photo, async_show_picture
from .flow_selectors import UI
from .flow_words import async_words
from .metering.catalogue import CATALOGUE
from .metering.description import describe_register, parse_meter, parse_register
from .metering.errors import LayoutError, MeteringError, ReaderAuthError
from .metering.models import Display, Meter, MeterKind, Register
from .metering.photo import has_colours
from .metering.proposal import Proposal
from .register_form import ANOTHER, ASKED, register_data, register_form, register_schema, slug
from .trial import async_prepare
from .view_form import (
    MOVE,
    OTHERWISE,
    VIEW,
    look_data,
    look_form,
    look_schema,
    picture_data,
    picture_form,
    picture_schema,
)

_AFTER_NO_PROPOSAL: Final = ("proposal", "register")
_UNKNOWN: Final = Meter(name="", kind=MeterKind.WATER, registers=())
"""A meter of which the whole picture is sent."""


class ViewSteps(CameraSteps):
    """From the picture to the layout."""

    def __init__(self) -> None:
        """Begin without a proposal."""
        super().__init__()
        self._proposal: Proposal | None = None
        self._place = 0
        """Which of the registers is asked for."""

    # Proposal

    async def async_step_proposal(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Have the picture looked at by somebody who knows nothing of the meter."""
        if self._task is None:
            if lacking := await self._photo_lacking("proposal"):
                return lacking
            if not self._loaded:
                return self.async_abort(reason="entry_not_loaded")
            self._task = self.hass.async_create_task(self._async_propose())
        if not self._task.done():
            return self.async_show_progress(step_id="proposal", progress_action="proposal", progress_task=self._task)
        self._task = None
        found = self._proposal is not None and self._proposal.meter is not None
        return self.async_show_progress_done(next_step_id="look" if found else "proposal_failed")

    async def _async_propose(self) -> None:
        self._proposal = self._failure = None
        try:
            whole = await async_prepare(self.hass, self._taken, _UNKNOWN)
            account = self._entry.runtime_data.account
            self._proposal = await account.propose(whole, self.hass.config.language)
        except MeteringError as err:
            self._failure = err
            if isinstance(err, ReaderAuthError):
                self._entry.async_start_reauth(self.hass)
            return
        if (meter := self._proposal.meter) is not None:
            self._ahead.add("reading")
            crop = meter.crop
            self._data |= {
                KIND: meter.kind.value,
                "rotation": meter.rotation,
                "crop": None if crop is None else [crop.x, crop.y, crop.width, crop.height],
                REGISTERS: [describe_register(register) for register in meter.registers],
            }

    async def async_step_proposal_failed(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say why there is no proposal, and ask how to go on."""
        if user_input is not None:
            if user_input["next"] == "register":
                self._ahead.add("look")
            return await self._follow(user_input, "proposal")
        await self._draw(upright=False)
        errors = await self._advice("no_meter_found") if self._failure is None else self._explain(self._failure)
        return self._show_failure("proposal_failed", _AFTER_NO_PROPOSAL, errors)

    async def _warnings(self) -> dict[str, str]:
        """Return what a person should know of the picture that was described."""
        if self._proposal is None or self._proposal.meter is None:
            return {}
        if self._proposal.problems:
            return await self._advice("picture_poor")
        drums = (register for register in self._proposal.meter.registers if register.display is Display.DRUMS)
        if all(register.decimals for register in drums):
            return {}
        coloured = await self.hass.async_add_executor_job(has_colours, self._taken.content)
        return {} if coloured else {"base": "picture_grey"}

    async def _advice(self, key: str) -> dict[str, str]:
        """Return what a proposal says about the picture as the message above the next form."""
        proposal = self._proposal
        assert proposal is not None  # noqa: S101  it is what the step is about
        words = await async_words(self.hass, "problem")
        problems = ", ".join(words.get(problem, problem) for problem in proposal.problems)
        self._placeholders = {"problems": problems or "-", "advice": proposal.advice}
        return {"base": key}

    # Rotation and box

    async def async_step_look(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the picture with the box, to be turned and drawn anew by mouse, touch or keys."""
        if self._page is False:
            return await self.async_step_picture()
        if lacking := await self._photo_lacking("look"):
            return lacking
        errors: dict[str, str] = {}
        if user_input is not None:
            if not user_input[VIEW].get(UI):
                # The page was opened before it could know our selector, so nobody has seen the box.
                self._page = False
                return await self.async_step_picture()
            if not (errors := self._accept_view(look_data(user_input))):
                return await self._leave_view(user_input)
        else:
            errors = await self._warnings()
        await self._draw(upright=False)
        image = async_show_picture(self.hass, self.flow_id, self._picture)
        schema = look_schema(image, async_offer_photo(self.hass, self.flow_id, self._taken.content))
        shown = look_form(self._data) if user_input is None else user_input
        return self._show("look", schema, shown, errors, found=await self._found())

    async def async_step_picture(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask the same with numbers, drawing the picture again until they stay as they are."""
        if lacking := await self._photo_lacking("picture"):
            return lacking
        errors: dict[str, str] = {}
        moved = user_input is not None and user_input[MOVE] != picture_form(self._data)[MOVE]
        if user_input is not None:
            if moved:
                errors = self._accept_view(picture_data(user_input))
            if not errors and (not moved or user_input[OTHERWISE]):
                return await self._leave_view(user_input)
        if user_input is None:
            errors = await self._warnings()
        await self._draw()
        shown = picture_form(self._data) if user_input is None else user_input
        return self._show("picture", picture_schema(open_=moved), shown, errors, found=await self._found())

    def _accept_view(self, new: Mapping[str, Any]) -> dict[str, str]:
        """Take over rotation and box; return what is wrong."""
        try:
            parse_meter({**self._data, **new})
        except LayoutError as err:
            return layout_errors(err, {})
        if any(self._data.get(key) != value for key, value in new.items()):
            self._ahead.add("reading")
        self._data |= new
        return {}

    async def _leave_view(self, user_input: Mapping[str, Any]) -> SubentryFlowResult:
        if user_input[OTHERWISE]:
            self._ahead.add("register")
        return await self._async_go_on()

    async def _found(self) -> str:
        """Return in words and signs how the registers are built, as text for a page."""
        kinds, displays = await async_words(self.hass, KIND), await async_words(self.hass, "display")
        meter = self._meter
        lines = [
            f"**{displays.get(slug(register.display), register.display)}** {_pattern(register)} **{register.unit}**"
            for register in meter.registers
        ]
        return f"**{kinds.get(meter.kind, meter.kind)}** · {' · '.join(lines)}"

    # Register

    async def async_step_register(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how each register is built."""
        if lacking := await self._photo_lacking("register"):
            return lacking
        errors: dict[str, str] = {}
        kind = MeterKind(self._data.get(KIND, MeterKind.WATER))
        if user_input is not None:
            kind = MeterKind(user_input[KIND])
            self._data[KIND] = kind.value
            if user_input["unit"] not in CATALOGUE[kind].units:
                # Another kind counts in other units, which are to be seen before they are taken.
                user_input = {**user_input, "unit": CATALOGUE[kind].units[0]}
            elif not (errors := self._accept_register(user_input, kind)):
                self._place = self._place + 1 if user_input.get(ANOTHER) else 0
                return await (self.async_step_register() if self._place else self._async_go_on())
        await self._draw(upright=bool(self._data.get("crop")))
        shown = self._register_shown(kind) if user_input is None else user_input
        return self._show("register", register_schema(kind, self._place), shown, errors, number=str(self._place + 1))

    def _register_shown(self, kind: MeterKind) -> dict[str, Any]:
        registers = self._data.get(REGISTERS, [])
        stored = registers[self._place] if self._place < len(registers) else {}
        return register_form(stored, kind, self._place) | {ANOTHER: self._place + 1 < len(registers)}

    def _accept_register(self, user_input: Mapping[str, Any], kind: MeterKind) -> dict[str, str]:
        """Take over one register; return what is wrong."""
        registers = self._data.get(REGISTERS, [])
        before, after = registers[: self._place], registers[self._place + 1 :]
        old = registers[self._place] if self._place < len(registers) else {}
        try:
            new = describe_register(parse_register({**_kept(old), **register_data(user_input)}, kind))
            parse_meter({KIND: kind, REGISTERS: [*before, new]})
        except LayoutError as err:
            return layout_errors(err, user_input)
        if any(old.get(key) != value for key, value in new.items()) or bool(after) != bool(user_input.get(ANOTHER)):
            self._ahead.add("reading")
        initial = {CONF_INITIAL: old[CONF_INITIAL]} if CONF_INITIAL in old else {}
        self._data[REGISTERS] = [*before, {**old, **new, **initial}, *(after if user_input.get(ANOTHER) else ())]
        return {}


def _kept(register: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form does not ask for, so that other dialogs' parts of a register survive."""
    return {key: value for key, value in register.items() if key not in ASKED}


def _pattern(register: Register) -> str:
    """Return a register in signs: a 0 for each drum or digit, a circle for each dial."""
    whole = "…0" if register.whole_digits is None else "0" * register.whole_digits
    point = "." + "0" * register.decimals if register.decimals else ""
    return ("" if register.display is Display.DIALS else whole + point) + "◔" * register.dials
