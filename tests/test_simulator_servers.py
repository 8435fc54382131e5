"""The simulator's two servers as programs on loopback: cameras, the API through the real SDK, and every fault."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from io import BytesIO
import json
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any
from urllib.request import urlopen

import aiohttp
import anthropic
from PIL import Image
import pytest

from custom_components.meter_vision.metering.catalogue import CATALOGUE
from custom_components.meter_vision.metering.models import MeterKind
from custom_components.meter_vision.metering.prompt import schema
from tests.simulator import looking
from tests.simulator.fixtures import WRONG_KEY, Simulator
from tests.simulator.meters import METERS
from tests.simulator.reader.read import read

ANSWER = schema([CATALOGUE[MeterKind.WATER].default_register])

DAY = "2026-11-20T12:00:00+00:00"
VALUE = "38071.50427"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def client(simulator: Simulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key=simulator.api_key, base_url=simulator.api_url, max_retries=0) as client:
        yield client


def ask(simulator: Simulator, client: anthropic.Anthropic, **changes: Any) -> anthropic.types.Message:
    """Have the water meter's picture read."""
    simulator.hold("water", value=VALUE)
    content = looking.prepared(METERS["water"], Decimal(VALUE))
    return client.messages.create(**(request(content) | changes))


def request(content: bytes) -> dict[str, Any]:
    source = {"type": "base64", "media_type": "image/jpeg", "data": b64encode(content).decode()}
    text = "wheels: 5 drums, 5 for whole m³\ndials: 4 pointers, x0.1 x0.01 x0.001 x0.0001 m³"
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 1500,
        "messages": [
            {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": text}]}
        ],
        "output_config": {"format": {"type": "json_schema", "schema": ANSWER}},
    }


def test_a_held_meter_is_photographed_and_read_through_the_sdk(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    message = ask(simulator, client)
    answer = json.loads(message.content[-1].text)
    assert list(answer) == list(ANSWER["properties"])
    assert answer["wheels"] == [3.0, 8.0, 0.0, 7.0, 1.0]
    assert answer["dials"] == pytest.approx([5.0, 0.4, 4.3, 2.7], abs=0.25)
    assert message.stop_reason == "end_turn"
    assert message._request_id.startswith("req_")
    calls = simulator.calls()
    assert (calls["messages"], calls["errors"]) == (1, 0)
    assert simulator.last_picture()[:3] == b"\xff\xd8\xff"
    counted = client.messages.count_tokens(
        **{key: value for key, value in request(simulator.last_picture()).items() if key != "max_tokens"}
    )
    assert counted.input_tokens == message.usage.input_tokens == calls["log"][0]["usage"]["input_tokens"]


def test_models_are_listed_as_the_sdk_expects(client: anthropic.Anthropic) -> None:
    active = list(client.models.list(lifecycle=["active"]))
    assert active[0].id == "claude-haiku-5-5"
    assert active[0].capabilities.structured_outputs.supported
    assert active[0].capabilities.thinking.types.disabled.supported
    assert {model.lifecycle for model in active} == {"active"}
    retired = list(client.models.list(lifecycle=["retired"]))
    assert retired
    assert not retired[0].capabilities.structured_outputs.supported
    assert client.models.retrieve("claude-sonnet-4-5").lifecycle == "deprecated"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("authentication", 401),
        ("billing", 402),
        ("permission", 403),
        ("model", 404),
        ("rate_limit", 429),
        ("server_error", 500),
        ("overloaded", 529),
    ],
)
def test_a_planned_error_is_met_once(
    simulator: Simulator, client: anthropic.Anthropic, fault: str, status: int
) -> None:
    simulator.api_fault(fault, count=1, retry_after=17)
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(simulator, client)
    assert caught.value.status_code == status
    assert caught.value.body["type"] == "error"
    assert caught.value.response.headers.get("retry-after") == ("17" if status == 429 else None)
    assert simulator.paid_calls == 0
    ask(simulator, client)
    assert simulator.paid_calls == 1


def test_a_wrong_key_lists_no_models(simulator: Simulator) -> None:
    client = anthropic.Anthropic(api_key=WRONG_KEY, base_url=simulator.api_url, max_retries=0)
    with client, pytest.raises(anthropic.AuthenticationError):
        client.models.list()
    assert simulator.calls()["errors"] == 1


def test_a_silent_server_times_out(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.api_fault("timeout", count=1, seconds=3)
    with pytest.raises(anthropic.APITimeoutError):
        ask(simulator, client.with_options(timeout=1))


def test_refusal_cut_off_and_thinking_are_told_by_the_message(
    simulator: Simulator, client: anthropic.Anthropic
) -> None:
    for fault in ("refusal", "max_tokens", "thinking"):
        simulator.api_fault(fault, count=1)
    refused, cut, thought = (ask(simulator, client) for _ in range(3))
    assert (refused.stop_reason, refused.content) == ("refusal", [])
    assert cut.stop_reason == "max_tokens"
    with pytest.raises(ValueError, match=r"."):
        json.loads(cut.content[0].text)
    assert [block.type for block in thought.content] == ["thinking", "text"]
    assert thought.usage.output_tokens_details.thinking_tokens > 0
    assert ask(simulator, client, max_tokens=20).stop_reason == "max_tokens"


@pytest.mark.parametrize(
    ("fault", "more", "wheels"),
    [
        ("schema", {}, ["eight"] * 5),
        ("count", {}, [3, 8, 0, 7, 1, 0]),
        ("misread", {"confusion": "0/8"}, [3, 0, 0, 7, 1]),
        ("misread", {"confusion": "1/7"}, [3, 8, 0, 1, 1]),
        ("misread", {"confusion": "3/5"}, [5, 8, 0, 7, 1]),
        ("misread", {"confusion": "dropped"}, [3, 8, 0, 1]),
        ("misread", {"confusion": "neighbour"}, [3, 8, 0, 7, 1]),
    ],
)
def test_answers_can_be_spoiled(
    simulator: Simulator, client: anthropic.Anthropic, fault: str, more: dict[str, Any], wheels: list[Any]
) -> None:
    simulator.api_fault(fault, **more)
    answer = json.loads(ask(simulator, client).content[-1].text)
    assert answer["wheels"] == wheels
    assert (answer["dials"][0] > 5.5) == (more.get("confusion") == "neighbour")


def test_an_answer_can_be_malformed(simulator: Simulator, client: anthropic.Anthropic) -> None:
    simulator.api_fault("malformed")
    message = ask(simulator, client)
    assert message.stop_reason == "end_turn"
    with pytest.raises(ValueError, match=r"."):
        json.loads(message.content[-1].text)
    simulator.clear_api_faults()
    json.loads(ask(simulator, client).content[-1].text)


async def test_logins(simulator: Simulator) -> None:
    basic = {"Authorization": aiohttp.encode_basic_auth(simulator.username, simulator.password)}
    digest = aiohttp.DigestAuthMiddleware(simulator.username, simulator.password)
    wrong = aiohttp.DigestAuthMiddleware(simulator.username, "wrong")
    async with aiohttp.ClientSession() as session:

        async def status(kind: str, **login: Any) -> int:
            async with session.get(simulator.snapshot_url("gas", kind), **login) as response:
                return response.status

        assert await status("none") == 200
        assert await status("basic") == 401
        assert await status("basic", headers=basic) == 200
        assert await status("digest", headers=basic) == 401
        assert await status("digest", middlewares=(digest,)) == 200
        assert await status("digest", middlewares=(wrong,)) == 401


async def test_a_stream_delivers_frames(simulator: Simulator) -> None:
    async with aiohttp.ClientSession() as session, session.get(simulator.stream_url("gas")) as response:
        reader = aiohttp.MultipartReader.from_response(response)
        part = await reader.next()
        content = bytes(await part.read())
    assert Image.open(BytesIO(content)).size == (1920, 1080)


async def test_camera_faults(simulator: Simulator) -> None:
    async with aiohttp.ClientSession() as session:

        async def get(**options: Any) -> tuple[int, str, bytes]:
            async with session.get(simulator.snapshot_url("gas"), **options) as response:
                return response.status, response.content_type, await response.read()

        async def with_fault(fault: str) -> tuple[int, str, bytes]:
            simulator.camera_fault("gas", fault, count=1)
            return await get()

        simulator.hold("gas", value="7312.486")
        assert (await with_fault("status_500"))[0] == 500
        assert (await with_fault("status_404"))[0] == 404
        assert (await with_fault("html"))[:2] == (200, "text/html")
        cut = (await with_fault("truncated"))[2]
        with pytest.raises(OSError, match="truncated"):
            Image.open(BytesIO(cut)).load()
        assert max(Image.open(BytesIO((await with_fault("black"))[2])).convert("L").tobytes()) < 10
        assert len((await with_fault("huge"))[2]) > 50 * 1024 * 1024
        simulator.camera_fault("gas", "redirect_loop")
        with pytest.raises(aiohttp.TooManyRedirects):
            await get()
        simulator.camera_fault("gas", "slow", seconds=3)
        with pytest.raises(TimeoutError):
            await get(timeout=aiohttp.ClientTimeout(total=0.5))
        simulator.camera_fault("gas", None)
        assert (await get())[0] == 200


def test_a_frozen_camera_repeats_its_last_picture(simulator: Simulator) -> None:
    simulator.hold("gas", value="7312.486", time=datetime.fromisoformat(DAY))
    last = simulator.snapshot("gas")
    simulator.camera_fault("gas", "frozen")
    simulator.hold("gas", value="7399.999", time=datetime.fromisoformat(DAY))
    assert simulator.snapshot("gas") == last
    simulator.camera_fault("gas", None)
    assert simulator.snapshot("gas") != last


@pytest.mark.parametrize("meter", METERS)
def test_glare_hides_the_register(simulator: Simulator, meter: str) -> None:
    simulator.camera_fault(meter, "glare")
    content = looking.prepared_from(METERS[meter], Image.open(BytesIO(simulator.snapshot(meter))))
    answer = read(content, looking.question(METERS[meter]))
    assert not answer.readable or None in answer.wheels


def test_truth_is_what_the_pictures_show(simulator: Simulator) -> None:
    time = datetime.fromisoformat(DAY)
    simulator.hold("electricity", time=time)
    truth = simulator.truth("electricity")
    assert truth == simulator.truth("electricity", time)
    content = looking.prepared_from(METERS["electricity"], Image.open(BytesIO(simulator.snapshot("electricity"))))
    answer = read(content, looking.question(METERS["electricity"]))
    assert looking.compare(answer, METERS["electricity"], Decimal(truth["value"])).perfect
    assert simulator.served("electricity") == [truth]
    page = urlopen(simulator.camera_url, timeout=10).read().decode()  # noqa: S310  our own server
    assert truth["shown"] in page
    assert "messages <b>0</b>" in page


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_command_stops_with_its_children(socket_enabled: None, number: signal.Signals) -> None:
    del socket_enabled
    with subprocess.Popen(
        [sys.executable, "-m", "tests.simulator"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        urls = [process.stdout.readline().split()[-1] for _ in range(2)]
        for url, path in zip(urls, ("/gas/truth", "/control/calls"), strict=True):
            assert urlopen(url + path, timeout=10).status == 200  # noqa: S310  our own server
        process.send_signal(number)
        assert process.wait(15) == (-9 if number is signal.SIGKILL else 0)
    for url in urls:
        assert _gone(url)


def _gone(url: str) -> bool:
    """Return whether nobody answers any more; a killed starter cannot wait for its children."""
    for _ in range(50):
        try:
            urlopen(url, timeout=1).close()  # noqa: S310  our own server
        except OSError as err:
            if "refused" in str(err):
                return True
        signal.sigtimedwait([], 0.1)
    return False
