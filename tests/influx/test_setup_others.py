"""scripts/setup_influxdb and real servers: InfluxDB 1.x and VictoriaMetrics; InfluxDB 3 Core as it is documented."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.influx.influxql import query
from scripts.influx.server import Credentials, RefusedError, Server
from scripts.influx_setup.command import main

from .servers import influxd, victoria_metrics

PASSWORD = 'it\'s "long" \\ enough'


@pytest.fixture(autouse=True)
def environment(socket_enabled: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    del socket_enabled
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "ORG", "ADMIN_TOKEN", "ADMIN_USER", "ADMIN_PASSWORD"):
        monkeypatch.delenv(f"INFLUX_{name}", raising=False)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Credentials:
    monkeypatch.setenv("INFLUX_ADMIN_USER", "admin")
    monkeypatch.setenv("INFLUX_ADMIN_PASSWORD", PASSWORD)
    return Credentials.login("admin", PASSWORD, "admin")


def test_1_x_that_asks_who_is_there(
    tmp_path: Path, admin: Credentials, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with influxd(tmp_path, auth=True) as url:
        assert main(["--url", url, "--check"]) == 1
        assert main(["--url", url]) == 0
        assert main(["--url", url, "--check"]) == 0
        server = Server.at(url)
        policies = query(server.with_credentials(admin), 'SHOW RETENTION POLICIES ON "gas_meter"')[0].rows()
        assert [(row["name"], row["duration"], row["default"]) for row in policies] == [("autogen", "8760h0m0s", True)]
        writer, reader = (_login(name) for name in ("WRITE", "READ"))
        _write(server.with_credentials(writer))
        with pytest.raises(RefusedError, match="may not do this"):
            _write(server.with_credentials(reader))
        found = query(server.with_credentials(reader), 'SELECT count(v) FROM "m"', db="water_meter")
        assert found[0].values[0][1] == 1
        capsys.readouterr()
        monkeypatch.setenv("INFLUX_ADMIN_PASSWORD", "another")
        assert main(["--url", url]) == 2
    said = capsys.readouterr()
    assert "refuses INFLUX_ADMIN_USER (401" in said.err
    assert "another" not in said.out + said.err


def _login(right: str) -> Credentials:
    lines = Path("influx_tokens.env").read_text(encoding="utf-8").splitlines()
    kept = next(line for line in lines if line.startswith(f"INFLUX_{right}_TOKEN="))
    user, password = kept.partition("=")[2].split(":")
    return Credentials.login(user, password, user)


def _write(server: Server) -> None:
    server.checked(server.ask("POST", "/write", query={"db": "water_meter"}, body=b"m v=1.0", media_type="text/plain"))


def test_1_x_that_lets_everybody_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with influxd(tmp_path) as url:
        server = Server.at(url)
        query(server, 'CREATE DATABASE "utility" WITH DURATION 30d')
        query(server, 'CREATE DATABASE "utility_daily" WITH DURATION 30d')
        assert main(["--url", url, "--shared", "--check"]) == 1
        assert main(["--url", url, "--shared"]) == 0
        said = capsys.readouterr().out
        assert "made   bucket utility, kept for 365 days (kept for 30 days only)" in said
        assert "the server lets everybody in" in said
        assert main(["--url", url, "--shared", "--check"]) == 0
        daily = query(server, 'SHOW RETENTION POLICIES ON "utility_daily"')[0].rows()
        assert [row["duration"] for row in daily] == ["0s"]
        assert main(["--url", url, "--downsampling"]) == 2


def test_1_x_and_a_lost_password(tmp_path: Path, admin: Credentials) -> None:
    del admin
    with influxd(tmp_path, auth=True) as url:
        main(["--url", url])
        Path("influx_tokens.env").unlink()
        assert main(["--url", url]) == 1
        assert main(["--url", url, "--renew"]) == 0
        _write(Server.at(url).with_credentials(_login("WRITE")))
        # Buckets of another layout need rights of their own.
        assert main(["--url", url, "--shared", "--check"]) == 1
        assert main(["--url", url, "--shared"]) == 0
        assert main(["--url", url, "--shared", "--check"]) == 0


@pytest.mark.parametrize(
    ("flags", "status", "expected"),
    [
        ((), 1, "LACKS  points kept for 31 days"),
        (("-retentionPeriod=100d",), 1, "LACKS  points kept for 100 days"),
        (("-retentionPeriod=5y",), 0, "ok     points kept for 1825 days"),
    ],
)
def test_victoria_metrics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], status: int, expected: str
) -> None:
    with victoria_metrics(tmp_path, *flags) as url:
        assert main(["--url", url]) == status
    said = capsys.readouterr().out
    assert "nothing to do" in said
    assert expected in said


class _Core(BaseHTTPRequestHandler):
    """The part of InfluxDB 3 Core that makes databases; every answer needs the token, /ping too."""

    databases: dict[str, str | None]

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._say(200, {"version": "3.10.1", "revision": "x", "process_id": "y"})
        elif self.path == "/api/v3/configure/database?format=json":
            self._say(200, [{"iox::database": name, "deleted": False} for name in self.databases])
        else:
            self._say(404, {"error": self.path})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/api/v3/configure/database"
        assert set(body) <= {"db", "retention_period"}
        if len(self.databases) > 5:
            self._say(422, {"error": "too many databases"})
            return
        self.databases[body["db"]] = body.get("retention_period")
        self._say(200, {})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _say(self, status: int, body: Any) -> None:
        if self.headers.get("Authorization") not in {"Bearer apiv3_x", "Token apiv3_x"}:
            status, body = 401, {"error": "the request was not authenticated"}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def core() -> Iterator[tuple[str, dict[str, str | None]]]:
    databases: dict[str, str | None] = {"_internal": None}
    handler = type("Core", (_Core,), {"databases": databases})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", databases
        server.shutdown()
        thread.join()


def test_3_core(
    core: tuple[str, dict[str, str | None]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, databases = core
    assert main(["--url", url]) == 2
    assert "wants credentials" in capsys.readouterr().err
    monkeypatch.setenv("INFLUX_ADMIN_TOKEN", "apiv3_x")
    assert main(["--url", url, "--check"]) == 1
    assert main(["--url", url, "--shared"]) == 0
    assert databases == {"_internal": None, "utility": "365d", "utility_daily": None}
    assert main(["--url", url, "--shared", "--check"]) == 0


def test_3_core_has_no_room_for_more_than_five(
    core: tuple[str, dict[str, str | None]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, databases = core
    databases["mine"] = None
    monkeypatch.setenv("INFLUX_ADMIN_TOKEN", "apiv3_x")
    assert main(["--url", url]) == 1
    assert "--shared needs two only" in capsys.readouterr().out
    assert set(databases) == {"_internal", "mine"}
