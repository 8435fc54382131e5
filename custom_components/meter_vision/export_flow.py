"""The part of the account's flow that says where readings go: InfluxDB, or what takes points in its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector
import voluptuous as vol

from .export.check import check
from .export.errors import (
    ExportAddressError,
    ExportCaFileError,
    ExportError,
    ExportKindError,
    ExportReadOnlyError,
    ExportTokenError,
)
from .export.schema import BucketMode
from .export.settings import ExportSettings, ServerKind

CONF_KIND: Final = "kind"
CONF_ORG: Final = "org"
CONF_SITE: Final = "site"
CONF_BUCKET_MODE: Final = "bucket_mode"
CONF_VERIFY: Final = "verify"
CONF_CA_FILE: Final = "ca_file"
TLS: Final = "tls"

_FIELDS: Final[tuple[tuple[type[ExportError], str], ...]] = (
    (ExportAddressError, CONF_URL),
    (ExportKindError, CONF_KIND),
    (ExportTokenError, CONF_TOKEN),
    (ExportReadOnlyError, CONF_TOKEN),
    (ExportCaFileError, "base"),
)
"""Beside which field an error stands; all others stand above the form."""
_TEXT: Final = selector.TextSelector()
_PASSWORD: Final = selector.TextSelector(
    selector.TextSelectorConfig(type=selector.TextSelectorType.PASSWORD, autocomplete="off")
)


def _choice(kind: type[ServerKind | BucketMode], key: str) -> selector.SelectSelector:
    options = [choice.value for choice in kind]
    return selector.SelectSelector(selector.SelectSelectorConfig(options=options, translation_key=key))


def export_schema(*, tls_open: bool) -> vol.Schema:
    """Return the form that asks where points go."""
    tls = vol.Schema(
        {
            vol.Required(CONF_VERIFY, default=True): selector.BooleanSelector(),
            vol.Optional(CONF_CA_FILE): _TEXT,
        }
    )
    return vol.Schema(
        {
            vol.Required(CONF_KIND, default=ServerKind.INFLUXDB_2.value): _choice(ServerKind, "export_kind"),
            vol.Required(CONF_URL): selector.TextSelector(
                selector.TextSelectorConfig(type=selector.TextSelectorType.URL)
            ),
            vol.Optional(CONF_ORG): _TEXT,
            vol.Optional(CONF_TOKEN): _PASSWORD,
            vol.Required(CONF_BUCKET_MODE, default=BucketMode.SEPARATE.value): _choice(BucketMode, "bucket_mode"),
            vol.Required(CONF_SITE, default="home"): _TEXT,
            vol.Required(TLS): section(tls, {"collapsed": not tls_open}),
        }
    )


def token_schema() -> vol.Schema:
    """Return the form that asks for another token."""
    return vol.Schema({vol.Required(CONF_TOKEN): _PASSWORD})


def export_data(form: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a filled-in form; a token left empty stays, if it is for the same server."""
    token = form.get(CONF_TOKEN, "").strip()
    url = form[CONF_URL].strip().rstrip("/")
    if not token and url == stored.get(CONF_URL):
        token = stored.get(CONF_TOKEN, "")
    return {
        CONF_KIND: form[CONF_KIND],
        CONF_URL: url,
        CONF_ORG: form.get(CONF_ORG, "").strip(),
        CONF_TOKEN: token,
        CONF_BUCKET_MODE: form[CONF_BUCKET_MODE],
        CONF_SITE: form[CONF_SITE].strip(),
        CONF_VERIFY: form[TLS][CONF_VERIFY],
        CONF_CA_FILE: (form[TLS].get(CONF_CA_FILE) or "").strip() or None,
    }


def shown(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form as what is stored fills it in; never the token."""
    form = {key: stored[key] for key in (CONF_KIND, CONF_URL, CONF_ORG, CONF_BUCKET_MODE, CONF_SITE) if key in stored}
    return {**form, TLS: {key: stored[key] for key in (CONF_VERIFY, CONF_CA_FILE) if stored.get(key) is not None}}


async def async_check_export(hass: HomeAssistant, data: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is wrong with an export by field, and the placeholders of the message; writes nothing."""
    try:
        settings = ExportSettings.from_data(data)
        await hass.async_add_executor_job(check, settings)
    except ExportError as err:
        field = next((field for kind, field in _FIELDS if isinstance(err, kind)), "base")
        return {field: err.translation_key}, err.placeholders
    return {}, {}
