"""The picture of a meter as it was sent to be read."""

from __future__ import annotations

from datetime import datetime
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import MeterCoordinator
from .entity import MeterEntity, async_add_for_each_meter
from .runtime import MeterVisionConfigEntry

PARALLEL_UPDATES = 0

PICTURE: Final = ImageEntityDescription(key="picture", translation_key="picture")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeterVisionConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the picture of every meter."""
    await async_add_for_each_meter(entry, async_add_entities, lambda coordinator: [MeterPicture(hass, coordinator)])


class MeterPicture(MeterEntity, ImageEntity):
    """The latest picture, cut and turned."""

    _attr_content_type = "image/jpeg"

    def __init__(self, hass: HomeAssistant, coordinator: MeterCoordinator) -> None:
        """Give the image its access tokens."""
        MeterEntity.__init__(self, coordinator, PICTURE)
        ImageEntity.__init__(self, hass)

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the picture was taken."""
        return self.coordinator.data.picture_taken_at

    @override
    async def async_image(self) -> bytes | None:
        """Return the JPEG, None before the first picture; where there are very many, the journal's small one."""
        state = self.coordinator.data
        if state.picture is not None or state.picture_taken_at is None:
            return None if state.picture is None else state.picture.content
        store, meter = self.coordinator.config_entry.runtime_data.store, self.coordinator.subentry.subentry_id
        return await store.async_kept_picture(meter, state.picture_taken_at)
