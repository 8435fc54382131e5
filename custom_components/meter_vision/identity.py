"""By what Home Assistant knows the entities of a meter again, and InfluxDB its points."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import slugify

from .const import CONF_METER_ID, SUBENTRY_METER
from .metering.models import MAIN
from .versions import is_too_new


def unique_id(meter: str, key: str, register: str = MAIN) -> str:
    """Return the unique id of an entity of a meter, or of one register of several."""
    return f"{meter}_{key}" if register == MAIN else f"{meter}_{register}_{key}"


@callback
def async_fix_meter_ids(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Give each new meter a short name that stays whatever it is called later: in InfluxDB it makes the series."""
    meters = entry.get_subentries_of_type(SUBENTRY_METER)
    taken = {meter.data[CONF_METER_ID] for meter in meters if CONF_METER_ID in meter.data}
    for meter in meters:
        if CONF_METER_ID not in meter.data and not is_too_new(meter):
            wanted = slugify(meter.title)
            names = (wanted, *(f"{wanted}_{number}" for number in range(2, len(meters) + 2)))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            hass.config_entries.async_update_subentry(entry, meter, data={**meter.data, CONF_METER_ID: name})
