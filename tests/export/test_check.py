"""The connection test: each thing that can be wrong has its own answer, and nothing is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
import json
from pathlib import Path
import socket

import pytest

from custom_components.meter_vision.export import errors
from custom_components.meter_vision.export.check import check
from custom_components.meter_vision.export.schema import BucketMode
from custom_components.meter_vision.export.settings import ExportSettings, ServerKind

from .authority import authority
from .conftest import settings
from .sink import READ_TOKEN, Sink, serving


def checked(wanted: ExportSettings) -> str:
    return check(wanted, timeout=timedelta(seconds=2))


def refused(error: type[errors.ExportError], wanted: ExportSettings) -> dict[str, str]:
    """Check settings that cannot work and return the placeholders of the message."""
    with pytest.raises(errors.ExportError) as raised:
        checked(wanted)
    assert type(raised.value) is error
    return raised.value.placeholders


def test_a_server_that_will_do_is_named_and_nothing_is_written(sink: Sink) -> None:
    assert checked(settings(sink.url)) == "InfluxDB 2 2.7.12"
    assert (sink.accepted, len(sink.requests)) == (0, 5)


def test_one_shared_bucket_needs_no_other(sink: Sink) -> None:
    sink.buckets = {"utility", "utility_daily"}
    assert checked(settings(sink.url, bucket_mode=BucketMode.SHARED))


def test_a_token_that_is_wrong_or_may_only_read(sink: Sink) -> None:
    refused(errors.ExportTokenError, settings(sink.url, token="wrong"))
    refused(errors.ExportTokenError, settings(sink.url, token=""))
    assert refused(errors.ExportReadOnlyError, settings(sink.url, token=READ_TOKEN)) == {"bucket": "water_meter"}


def test_missing_buckets_are_all_named(sink: Sink) -> None:
    sink.buckets -= {"gas_meter", "utility_daily"}
    assert refused(errors.ExportBucketError, settings(sink.url)) == {"buckets": "gas_meter, utility_daily"}


def test_another_server_than_was_chosen(sink: Sink) -> None:
    sink.version = "v1.8.10"
    assert refused(errors.ExportKindError, settings(sink.url)) == {"found": "InfluxDB 1"}
    assert checked(settings(sink.url, kind=ServerKind.INFLUXDB_1)) == "InfluxDB 1 1.8.10"
    sink.version = "1.6.7~rc0"
    old = settings(sink.url, kind=ServerKind.INFLUXDB_1)
    assert refused(errors.ExportVersionError, old) == {"version": "1.6.7~rc0"}
    sink.version = "4.0"
    assert refused(errors.ExportVersionError, settings(sink.url)) == {"version": "4.0"}


def test_a_server_that_is_something_else(sink: Sink) -> None:
    sink.version = None
    refused(errors.ExportNotInfluxError, settings(sink.url))


def test_nobody_and_nowhere(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del socket_enabled
    refused(errors.ExportUnreachableError, settings("http://127.0.0.1:9"))

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    refused(errors.ExportHostError, settings("http://no-such-host.invalid:8086"))


class Web(BaseHTTPRequestHandler):
    """Answers every request alike."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, tuple[int, str, dict[str, str]]]

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer by path."""
        status, text, headers = self.answers.get(self.path.partition("?")[0], self.answers[""])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def web(status: int, text: str, /, headers: dict[str, str] | None = None, **more: tuple[int, str]) -> Iterator[str]:
    """Run a web server with one answer for everything, and others for some paths."""
    answers = {"": (status, text, headers or {})} | {
        f"/{path.replace('__', '/')}": (*answer, {}) for path, answer in more.items()
    }
    with serving(Sink(), handler=type("Handler", (Web,), {"answers": answers})) as running:
        yield running.url


@pytest.mark.parametrize(
    ("status", "text", "headers", "error"),
    [
        (200, "<html>Welcome to the printer", {}, errors.ExportNotInfluxError),
        (404, "not here", {}, errors.ExportNotInfluxError),
        (302, "", {"Location": "https://login.example/?token=secret"}, errors.ExportRedirectError),
        (401, "", {}, errors.ExportTokenError),
        (502, "Bad Gateway", {}, errors.ExportServerError),
        (400, "Client sent an HTTP request to an HTTPS server.", {}, errors.ExportTlsError),
    ],
)
def test_what_other_servers_answer(
    socket_enabled: None, status: int, text: str, headers: dict[str, str], error: type[errors.ExportError]
) -> None:
    del socket_enabled
    with web(status, text, headers) as url:
        placeholders = refused(error, settings(url))
    assert "secret" not in str(placeholders)


def test_influxdb_3_is_asked_for_its_databases(socket_enabled: None) -> None:
    del socket_enabled
    three = {"kind": ServerKind.INFLUXDB_3, "bucket_mode": BucketMode.SHARED}
    ping = (200, json.dumps({"version": "3.10.1", "revision": "x"}))
    both = json.dumps([{"iox::database": name} for name in ("_internal", "utility", "utility_daily")])
    with web(404, "", ping=ping, api__v3__configure__database=(200, both)) as url:
        assert checked(settings(url, **three)) == "InfluxDB 3 3.10.1"
        assert refused(errors.ExportBucketError, settings(url, kind=ServerKind.INFLUXDB_3))
    with web(404, "", ping=ping, api__v3__configure__database=(403, "")) as url:
        refused(errors.ExportReadOnlyError, settings(url, **three))
    with web(404, "", ping=ping, api__v3__configure__database=(200, "what?")) as url:
        refused(errors.ExportNotInfluxError, settings(url, **three))


def test_an_own_authority_and_everything_that_can_be_wrong_about_it(socket_enabled: None, tmp_path: Path) -> None:
    del socket_enabled
    own, tls = authority(tmp_path, "own", "127.0.0.1")
    other, _ = authority(tmp_path, "other", "127.0.0.1")
    (tmp_path / "broken.pem").write_text("no certificate")
    with serving(Sink(), tls=tls) as sink:
        assert checked(settings(sink.url, ca_file=str(own)))
        assert checked(settings(sink.url, verify=False))
        refused(errors.ExportCertificateError, settings(sink.url))
        refused(errors.ExportCertificateError, settings(sink.url, ca_file=str(other)))
        refused(errors.ExportCaFileError, settings(sink.url, ca_file=str(tmp_path / "missing.pem")))
        refused(errors.ExportCaFileError, settings(sink.url, ca_file=str(tmp_path / "broken.pem")))
        refused(errors.ExportHungUpError, settings(sink.url.replace("https", "http")))


def test_a_certificate_for_another_name(socket_enabled: None, tmp_path: Path) -> None:
    del socket_enabled
    own, tls = authority(tmp_path, "own", "influx.example", "10.0.0.1")
    with serving(Sink(), tls=tls) as sink:
        refused(errors.ExportCertificateNameError, settings(sink.url, ca_file=str(own)))


def test_tls_where_the_server_speaks_none(sink: Sink) -> None:
    refused(errors.ExportPlainError, settings(sink.url.replace("http", "https")))


def test_a_server_that_is_too_slow(socket_enabled: None) -> None:
    del socket_enabled
    with serving(Sink(slow=2.5)) as sink:
        refused(errors.ExportTimeoutError, settings(sink.url))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "influx",
        "influx:8086",
        "ftp://influx",
        "http://",
        "http://user:password@influx:8086",
        "http://influx:8086?token=1",
        "http://influx:port",
        "http://influx#x",
        "http://[1",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(errors.ExportAddressError):
        settings(address)


def test_settings_say_no_secrets_and_know_how_to_prove_themselves() -> None:
    assert "write-token" not in repr(settings("http://influx:8086/"))
    assert settings("http://influx:8086/").url == "http://influx:8086"
    assert settings("http://influx:8086").authorization == "Token write-token"
    victoria = settings("http://victoria:8428", kind=ServerKind.VICTORIA_METRICS, token="user:password")
    assert victoria.authorization == "Basic dXNlcjpwYXNzd29yZA=="
    assert settings("http://victoria:8428", token="").authorization is None
