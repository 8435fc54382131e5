"""The script for the dialogs reaches Home Assistant's pages."""

from __future__ import annotations

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.meter_vision.const import DOMAIN
from custom_components.meter_vision.flow_selectors import PageSelector, ViewSelector


@pytest.mark.usefixtures("socket_enabled")
async def test_script_is_served_and_named_in_every_page(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, DOMAIN, {})
    (url,) = (url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if DOMAIN in url)
    answer = await (await hass_client_no_auth()).get(url)
    assert (answer.status, answer.content_type) == (200, "text/javascript")
    script = await answer.text()
    for selector in (PageSelector, ViewSelector):
        assert f'customElements.define("ha-selector-{selector.selector_type}"' in script


def test_page_counts_only_if_it_says_so() -> None:
    assert [PageSelector()(value) for value in (True, False, None, "yes")] == [True, False, False, False]
