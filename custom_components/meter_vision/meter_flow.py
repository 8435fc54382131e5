"""Sets up one meter: camera, what it is, where its register is, and a first reading that a person confirms."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, override

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import CONF_NAME

from .flow_base import Step
from .flow_reading import ReadingSteps
from .flow_tariff import TariffSteps
from .versions import is_too_new, told_of_newer

_CHANGES: Final = ("user", "look", "register", "reading", "settings", "tariff", "alarms", "proposal")


class MeterFlow(ReadingSteps, TariffSteps):
    """Walks through the steps of a new meter, or through those that a change makes necessary."""

    last_steps = frozenset(("confirm", "settings", "prices", "alarms"))

    @override
    def _steps(self) -> Mapping[str, Step]:
        return {
            "proposal": self.async_step_proposal,
            "register": self.async_step_register,
            "look": self.async_step_look,
            "reading": self.async_step_reading,
            "confirm": self.async_step_confirm,
        }

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what is to be changed."""
        if not self._loaded:
            return self.async_abort(reason="entry_not_loaded")
        if is_too_new(meter := self._get_reconfigure_subentry()):
            return self.async_abort(reason="meter_too_new", description_placeholders=told_of_newer(meter))
        # Home Assistant's own menu renames the title only.
        self._data = deepcopy(dict(meter.data)) | {CONF_NAME: meter.title}
        return self.async_show_menu(step_id="reconfigure", menu_options=list(_CHANGES))
