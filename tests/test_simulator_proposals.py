"""The stand-in describes meters from their pixels: what it is not shown it cannot tell."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import anthropic
from PIL import Image
import pytest

from custom_components.meter_vision.metering.claude import ClaudeReader
from custom_components.meter_vision.metering.errors import AnswerError, ReaderRefusedError
from custom_components.meter_vision.metering.models import Crop, Meter, MeterKind, PreparedPhoto
from custom_components.meter_vision.metering.photo import prepare
from custom_components.meter_vision.metering.proposal import Proposal, parse_proposal

from .simulator.fixtures import Simulator
from .simulator.looking import encoded
from .simulator.meters import METERS
from .simulator.optics import Conditions
from .simulator.reader.propose import propose
from .simulator.renderer import jpeg

_UNKNOWN = Meter(name="", kind=MeterKind.WATER, registers=())


def whole(content: bytes) -> PreparedPhoto:
    return prepare(content, _UNKNOWN)


def proposal_of(content: bytes) -> Proposal:
    photo = whole(content)
    return parse_proposal(propose(photo.content), aspect=photo.width / photo.height)


def overlap(first: Crop, second: Crop) -> float:
    """Return the share of two boxes that they have in common."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    common = max(0.0, width) * max(0.0, height)
    return common / (first.width * first.height + second.width * second.height - common)


@pytest.mark.parametrize("key", METERS)
@pytest.mark.parametrize("value", ["530.0708", "88888.8", "99.99"])
def test_meters_are_described_as_they_are(key: str, value: str) -> None:
    simulated = METERS[key]
    meter = proposal_of(jpeg(simulated, Decimal(value) % simulated.capacity)).meter
    assert meter is not None
    register, described = meter.register, simulated.description()["registers"][0]
    whole_digits = None if simulated.lcd and value == "88888.8" else simulated.whole_digits
    assert (meter.kind, register.unit, register.display) == (key, described["unit"], described["display"])
    assert (register.whole_digits, register.decimals, register.dials) == (
        whole_digits, simulated.decimals, simulated.dials,
    )  # fmt: skip
    assert abs((meter.rotation - simulated.rotation + 180) % 360 - 180) <= 2
    assert meter.crop is not None
    assert overlap(meter.crop, Crop(*simulated.crop)) > 0.65


def test_picture_upside_down() -> None:
    with Image.open(BytesIO(jpeg(METERS["gas"], Decimal("7312.486")))) as image:
        turned = encoded(image.rotate(180))
    meter = proposal_of(turned).meter
    assert meter is not None
    assert (meter.rotation, meter.register.decimals) == (180, 3)


@pytest.mark.parametrize(("brightness", "problem"), [(0.02, "dark"), (1.0, "blurred")])
def test_nothing_to_be_seen(brightness: float, problem: str) -> None:
    blur = 40.0 if problem == "blurred" else 0.0
    picture = jpeg(METERS["water"], Decimal("530.07"), Conditions(brightness=brightness, blur=blur))
    proposal = proposal_of(picture)
    assert proposal.meter is None
    assert proposal.problems == (problem,)
    assert proposal.advice


async def test_over_http(simulator: Simulator) -> None:
    simulator.hold("water", value="530.0708")
    photo = whole(simulator.snapshot("water"))
    async with anthropic.AsyncAnthropic(api_key=simulator.api_key, base_url=simulator.api_url) as client:
        reader = ClaudeReader(client)
        meter = (await reader.propose(photo, "en")).meter
        assert meter is not None
        assert meter.kind is MeterKind.WATER
        assert simulator.paid_calls == 1
        for fault, error in (("schema", AnswerError), ("malformed", AnswerError), ("refusal", ReaderRefusedError)):
            simulator.api_fault(fault)
            with pytest.raises(error) as caught:
                await reader.propose(photo, "de")
            assert caught.value.usage is not None
            assert caught.value.usage.input_tokens > photo.tokens
        simulator.api_fault("count")
        meter = (await reader.propose(photo, "en")).meter
        assert meter is not None
        assert meter.register.whole_digits == 6
