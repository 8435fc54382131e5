"""The dialog behind points that the server refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
import homeassistant.util.dt as dt_util

if TYPE_CHECKING:
    from .runtime import MeterVisionConfigEntry


class DeadLettersFlow(RepairsFlow):
    """Asks whether points that the server refused are to be sent again or forgotten."""

    def __init__(self, entry: MeterVisionConfigEntry) -> None:
        """Keep the account."""
        self._entry = entry

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show what was refused, and ask."""
        database = self._entry.runtime_data.store.database
        letters = await self.hass.async_add_executor_job(database.dead_letters, 1)
        latest = letters[0] if letters else None
        return self.async_show_menu(
            step_id="init",
            menu_options=["retry", "drop"],
            description_placeholders={
                "message": latest.message if latest else "-",
                "line": latest.line if latest else "-",
            },
        )

    async def async_step_retry(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Send them again."""
        database = self._entry.runtime_data.store.database
        await self.hass.async_add_executor_job(database.retry_dead_letters, dt_util.utcnow())
        return self._done()

    async def async_step_drop(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Forget them."""
        await self.hass.async_add_executor_job(self._entry.runtime_data.store.database.drop_dead_letters)
        return self._done()

    def _done(self) -> RepairsFlowResult:
        if (exporter := self._entry.runtime_data.exporter) is not None:
            exporter.wake()
        return self.async_create_entry(data={})
