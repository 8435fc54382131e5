"""Constants of the integration."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "meter_vision"
PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.IMAGE, Platform.SENSOR)

CONF_AI_TASK: Final = "ai_task"
CONF_BASE_URL: Final = "base_url"
CONF_CAMERA: Final = "camera"
CONF_ESCALATE_TO: Final = "escalate_to"
CONF_EXPORT: Final = "export"
CONF_FORMAT: Final = "format"
"""In the data of a meter: which version of it this is; see versions.py."""
CONF_INITIAL: Final = "initial"
CONF_INTERVAL: Final = "interval"
CONF_JOURNAL_DAYS: Final = "journal_days"
CONF_JOURNAL_MEGABYTES: Final = "journal_megabytes"
CONF_MODEL: Final = "model"
CONF_COST_BUDGET: Final = "cost_budget"
CONF_MONTHLY_LIMIT: Final = "monthly_limit"
CONF_NORMAL: Final = "normal"
CONF_PAY_FOR_UNCHANGED: Final = "pay_for_unchanged"
CONF_PICTURES_IN_BACKUP: Final = "pictures_in_backup"
CONF_PRICES: Final = "prices"
CONF_QUIET_HOURS: Final = "quiet_hours"
CONF_READER: Final = "reader"
CONF_METER_ID: Final = "meter_id"
CONF_REFUSED: Final = "refused"
"""In the data of a re-authentication: what was refused, if it was not the key."""
CONF_STRONGER: Final = "stronger"
SUBENTRY_METER: Final = "meter"

PAUSE: Final = timedelta(seconds=20)
"""Before a further look, so that what passed through the picture is gone."""
READ_TIMEOUT: Final = timedelta(minutes=3)
"""For one paid read with the reader's own retries."""
MODELS_INTERVAL: Final = timedelta(hours=12)
"""How often the free list of models is asked for."""
SHORTEST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(days=1)
"""Bounds of what is waited when the service asks to wait."""
AT_ONCE: Final = 2
"""Entities; Home Assistant takes a good quarter of a millisecond to add one, and little less to write its state."""
