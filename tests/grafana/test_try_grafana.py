"""What asks a running Grafana: it says what fails, with a server that answers as Grafana's API is documented."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from threading import Thread
from typing import Any, ClassVar

import pytest

from scripts.dashboards.language import Language
from scripts.dashboards.rules import RULES
from scripts.dashboards.try_grafana import main

ALL_RULES = [{"uid": Language.FLUX.uid(rule.name)} for rule in RULES]
FRAME = {"schema": {"fields": [{"name": "Time"}, {"name": "_value"}]}}


class Api(BaseHTTPRequestHandler):
    """Answers what its class says, and keeps the queries it was asked."""

    asked: ClassVar[list[dict[str, Any]]] = []
    broken: ClassVar[set[str]] = set()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer for datasources, dashboards and rules."""
        if "datasources" in self.path:
            uid = self.path.split("/")[-2]
            self._say({"status": "ERROR", "message": "unauthorized"} if uid in self.broken else {"status": "OK"})
        elif "alert-rules" in self.path:
            self._say(ALL_RULES[1:] if "rules" in self.broken else ALL_RULES)
        else:
            self._say({"dashboard": {}}, 404 if self.path.split("/")[-1] in self.broken else 200)

    def do_POST(self) -> None:
        """Answer a query."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        (query,) = body["queries"]
        result = (
            {"error": "bad syntax"} if "price" in query["query"] and "query" in self.broken else {"frames": [FRAME]}
        )
        self._say({"results": {query["refId"]: result}})

    def _say(self, answer: Any, status: int = 200) -> None:
        text = json.dumps(answer if status == 200 else {"message": "Dashboard not found"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def address(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    del socket_enabled
    monkeypatch.setenv("GRAFANA_USERNAME", "admin")
    monkeypatch.setenv("GRAFANA_PASSWORD", "secret")
    Api.asked.clear()
    Api.broken.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_grafana_in_which_all_is_well(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([address, "flux", "2026-11-02T12:00:00+01:00"]) == 0
    assert capsys.readouterr().out == "0 findings\n"
    assert len(Api.asked) > 100
    sent = json.dumps(Api.asked)
    assert "${" not in sent, "no variable is left"
    assert '"uid": "meter-vision-flux-water"' in sent


def test_dates_are_filled_in(address: str) -> None:
    assert main([address, "influxql", "2026-11-02T12:00:00+00:00"]) == 1, "its rules are not those of the stand-in"
    queries = [body["queries"][0]["query"] for body in Api.asked]
    assert any("'2026-11-01' - 12h" in query and "tz('Etc/UTC')" in query for query in queries)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("meter-vision-flux-gas", "meter-vision-flux-gas: is not healthy: unauthorized"),
        ("meter-vision-flux-costs", "meter-vision-flux-costs: is not there"),
        ("rules", "meter-vision-flux-leak: is not there"),
        ("query", "costs: Price of one unit: query A fails: bad syntax"),
    ],
)
def test_what_fails_is_said(address: str, broken: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Api.broken.add(broken)
    assert main([address, "flux"]) == 1
    assert said in capsys.readouterr().out


def test_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err
