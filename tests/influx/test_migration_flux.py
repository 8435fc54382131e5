"""scripts/migrate_influxdb and InfluxDB 2.x: what is asked in Flux, and what becomes of the CSV that is answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from pathlib import Path
import re
import subprocess
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest

from scripts.dashboards.lint import lint
from scripts.influx_migration.command import main
from scripts.influx_setup.downsampling import flux
from scripts.influx_setup.layout import buckets
from tests.repository import ROOT

NOW = (datetime.now(UTC) - timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
"""The end of the readings, in the afternoon: at midnight they would be of fewer days."""
RANGE = re.compile(r"range\(start: (\S+), stop: (\S+)\)")
HEADERS = ",result,table,_time,_value,confidence", ",result,table,_time", ",result,table,_time,_value"


@dataclass
class Fake:
    """InfluxDB 2.x with one series of readings, which writes down what it is told."""

    rows: list[tuple[datetime, float, str]]
    url: str = ""
    queries: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    broken: bool = False

    def answer(self, text: str) -> str:
        """Return the answer to a query as CSV, lines as the real server ends them."""
        self.queries.append(text)
        found = RANGE.search(text)
        assert found is not None
        start, end = (datetime.fromisoformat(moment) for moment in found.groups())
        if "count" in text:
            return self._counted(text, start, end)
        rows = [row for row in self.rows if start <= row[0] < end]
        if "|> first()" in text or "|> last()" in text:
            edge = rows[0 if "|> first()" in text else -1 :][:1]
            return _csv(HEADERS[1], [f",,0,{_nanoseconds(moment)}" for moment, _, _ in edge])
        answered = [f",,0,{_nanoseconds(moment)},{value},{told}" for moment, value, told in rows]
        error = (
            "\r\n\r\nerror,reference\r\nquery terminated: memory allocation limit reached,\r\n" if self.broken else ""
        )
        return _csv(HEADERS[0], answered) + error

    def _counted(self, text: str, start: datetime, end: datetime) -> str:
        name, value = (re.search(rf'r\._{kind} == "(\w+)"', text)[1] for kind in ("measurement", "field"))  # type: ignore[index]
        pattern = re.compile(rf"{name},.*\b{value}=.* (\d+)$")
        times = {int(found[1]) for line in self.lines if (found := pattern.match(line))}
        days: dict[str, int] = {}
        for time in times:
            moment = datetime.fromtimestamp(time / 1000, UTC)
            if start <= moment < end:
                days[f"{moment:%Y-%m-%d}"] = days.get(f"{moment:%Y-%m-%d}", 0) + 1
        return _csv(HEADERS[2], [f",,0,{day}T00:00:00Z,{count}" for day, count in days.items()])


def _csv(header: str, rows: list[str]) -> str:
    return "\r\n".join([header, *rows, ""]) if rows else "\r\n"


def _nanoseconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}789Z"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        self._say(204 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        asked = {"/api/v2/query": "Token reads", "/api/v2/write": "Token writes"}[parts.path]
        if self.headers["Authorization"] != asked:
            self._say(401, b'{"code": "unauthorized", "message": "unauthorized access"}')
        elif parts.path == "/api/v2/write":
            assert (query["org"], query["precision"]) == ("home", "ms")
            self.fake.lines += gzip.decompress(content).decode().splitlines()
            self._say(204, b"")
        else:
            body = json.loads(content)
            assert body["type"] == "flux"
            assert query == {"org": "home"}
            self._say(200, self.fake.answer(body["query"]).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Influxdb-Version", "v2.7.12")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def fake(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    del socket_enabled
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INFLUX_SOURCE_USER", raising=False)
    for name, token in (("SOURCE", "reads"), ("TARGET", "writes"), ("TARGET_READ", "reads")):
        monkeypatch.setenv(f"INFLUX_{name}_TOKEN", token)
    first = NOW - timedelta(hours=72) + timedelta(microseconds=123_456)
    rows = [(first + timedelta(hours=hours), 100 + hours / 4, "high") for hours in range(72)]
    state = Fake(rows)
    handler = type("Handler", (_Handler,), {"fake": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def language_server() -> None:
    """Have the language server fetched, by npm from its registry."""
    ended = subprocess.run([ROOT / "scripts" / "flux_lint"], capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode > 1:
        pytest.skip(f"the Flux language server is not here: {ended.stderr.strip()[-200:]}")


def arguments(fake: Fake, *more: str) -> list[str]:
    both = ["--source-url", fake.url, "--source-bucket", 'old "${x}"', "--target-url", fake.url]
    meter = ["--kind", "electricity", "--meter-id", "house", "--time-zone", "Europe/Berlin"]
    return ["meter_reading", *both, *meter, "--camera", "the camera", *more]


def test_flux_to_line_protocol(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(fake)) == 0
    readings = [line for line in fake.lines if line.startswith("electric_meter,")]
    assert len(readings) == 72
    tags = "meter_id=house,register=main,site=home,unit=kWh"
    first = int((NOW - timedelta(hours=72)).timestamp()) * 1000 + 123
    assert readings[0].startswith(f"electric_meter,{tags} ")
    assert readings[0].endswith(f" {first}")
    assert "power=250," in readings[1]
    assert [line.partition(",")[0] for line in fake.lines].count("electric_daily") == 4
    assert "0 differ" in capsys.readouterr().out


def test_names_are_quoted_and_types_cast_before_tables_are_joined(fake: Fake) -> None:
    main(arguments(fake, "--dry-run"))
    assert not fake.lines
    text = fake.queries[-1]
    assert 'from(bucket: "old \\"\\${x}\\"")' in text
    assert 'r["camera"] == "the camera"' in text
    assert text.index("toFloat()") < text.index("group()")


def test_an_answer_that_breaks_off_is_no_answer(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    fake.broken = True
    assert main(arguments(fake)) == 2
    assert "memory allocation limit reached" in capsys.readouterr().err
    assert not fake.lines


def test_a_token_that_only_writes_cannot_compare(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INFLUX_TARGET_READ_TOKEN")
    assert main(arguments(fake)) == 2
    assert "refuses INFLUX_TARGET_READ_TOKEN" in capsys.readouterr().err


@pytest.mark.usefixtures("language_server")
def test_flux_that_is_sent_is_right(fake: Fake) -> None:
    """The queries of the migration and the tasks of the set-up, by InfluxData's own language server."""
    assert main(arguments(fake)) == 0
    # The check takes ${x} for a variable of Grafana.
    found = {f"query {number}": text.replace("\\${x}", "x") for number, text in enumerate(dict.fromkeys(fake.queries))}
    found |= {f"task, shared {shared}": flux(buckets(shared=shared), 'the "home"') for shared in (True, False)}
    assert len(found) > 5
    assert lint(found) == []
    assert lint({"broken": flux(buckets(shared=True), "home").replace("createEmpty", "creatEmpty")})
