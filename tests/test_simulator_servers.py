"""The simulator's two servers, as programs on loopback."""

from __future__ import annotations

import anthropic

from tests.simulator.fixtures import Simulator


def test_smoke(simulator: Simulator) -> None:
    simulator.hold("water", value="530.94862")
    assert simulator.snapshot("water")[:2] == b"\xff\xd8"
    client = anthropic.Anthropic(api_key=simulator.api_key, base_url=simulator.api_url, max_retries=0)
    assert [m.id for m in client.models.list(lifecycle=["active"])][0] == "claude-haiku-5-5"
    print(simulator.truth("gas"), simulator.served("water"), simulator.calls())
