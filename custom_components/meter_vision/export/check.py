"""Finds out whether points could be written, without writing one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http import HTTPStatus
import json
import re
import ssl
from typing import Final

from .answers import said
from .client import network_errors
from .errors import (
    ExportBucketError,
    ExportCertificateError,
    ExportCertificateNameError,
    ExportHostError,
    ExportHungUpError,
    ExportKindError,
    ExportNotInfluxError,
    ExportPlainError,
    ExportReadOnlyError,
    ExportRedirectError,
    ExportServerError,
    ExportTimeoutError,
    ExportTlsError,
    ExportTokenError,
    ExportUnreachableError,
    ExportVersionError,
)
from .server import Reply, Server
from .settings import ExportSettings, ServerKind

CHECK_TIMEOUT: Final = timedelta(seconds=10)
NAMES: Final = {
    ServerKind.INFLUXDB_1: "InfluxDB 1",
    ServerKind.INFLUXDB_2: "InfluxDB 2",
    ServerKind.INFLUXDB_3: "InfluxDB 3",
    ServerKind.VICTORIA_METRICS: "VictoriaMetrics",
}
_FAMILIES: Final = {"1": ServerKind.INFLUXDB_1, "2": ServerKind.INFLUXDB_2, "3": ServerKind.INFLUXDB_3}
_FIRST_WITH_TOKENS: Final = (1, 8)
"""InfluxDB 1 takes points in the way of InfluxDB 2 since then."""
_OTHER_NAME: Final = {62, 64}
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_SPEAKS_TLS: Final = re.compile(r"HTTPS server|plain HTTP request was sent to HTTPS port")
_SPEAKS_NO_TLS: Final = re.compile(r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|HTTP_REQUEST|UNEXPECTED_MESSAGE")


def check(settings: ExportSettings, *, timeout: timedelta = CHECK_TIMEOUT) -> str:
    """Return which server it is and its version, or raise ExportError. Blocks, so it belongs into an executor."""
    with closing(Server(settings, timeout=timeout)) as server, translated():
        ping = server.ask("GET", "/ping")
        kind, version = _identified(server, ping)
        if kind is not settings.kind:
            raise ExportKindError(found=NAMES[kind])
        if kind is ServerKind.INFLUXDB_1 and _numbers(version) < _FIRST_WITH_TOKENS:
            raise ExportVersionError(version=version)
        if kind is ServerKind.INFLUXDB_3:
            _check_databases(server, settings)
        else:
            _check_by_empty_writes(server, settings)
        return f"{NAMES[kind]} {version}".strip()


def _identified(server: Server, ping: Reply) -> tuple[ServerKind, str]:
    _check_reply(ping)
    if version := ping.headers.get("X-Influxdb-Version", "").removeprefix("v") or _version_in(ping.text):
        if (kind := _FAMILIES.get(version.partition(".")[0])) is None:
            raise ExportVersionError(version=version)
        return kind, version
    if ping.status == HTTPStatus.NO_CONTENT:  # nothing but VictoriaMetrics keeps its name to itself
        metrics = server.ask("GET", "/metrics")
        if metrics.status == HTTPStatus.UNAUTHORIZED:
            raise ExportTokenError
        if "vm_app_version" in metrics.text:
            found = re.search(r'short_version="v?([^"]*)"', metrics.text)
            return ServerKind.VICTORIA_METRICS, found[1] if found else ""
    raise ExportNotInfluxError


def _check_reply(reply: Reply) -> None:
    """Raise what a reply says about the server as a whole."""
    if _SPEAKS_TLS.search(reply.text):
        raise ExportTlsError
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        raise ExportRedirectError(target=reply.headers.get("Location", "?").partition("?")[0])
    if reply.status == HTTPStatus.UNAUTHORIZED:
        raise ExportTokenError
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ExportServerError(status=str(reply.status))


def _check_by_empty_writes(server: Server, settings: ExportSettings) -> None:
    """Send nothing to each bucket: token, bucket and right to write are checked before that is noticed."""
    missing = []
    for bucket in settings.buckets:
        query = {"bucket": bucket, "org": settings.org or "-", "precision": "ms"}
        reply = server.ask("POST", "/api/v2/write", query)
        _check_reply(reply)
        if reply.status == HTTPStatus.FORBIDDEN:
            raise ExportReadOnlyError(bucket=bucket)
        if reply.status == HTTPStatus.NOT_FOUND:
            if re.search("organi[sz]ation", message := said(reply.text)):
                raise ExportBucketError(buckets=message)
            missing.append(bucket)
    if missing:
        raise ExportBucketError(buckets=", ".join(missing))


def _check_databases(server: Server, settings: ExportSettings) -> None:
    """Ask InfluxDB 3 for its databases: a write, even of nothing, could make one that keeps everything for ever."""
    reply = server.ask("GET", "/api/v3/configure/database", {"format": "json"})
    _check_reply(reply)
    if reply.status == HTTPStatus.FORBIDDEN:
        raise ExportReadOnlyError(bucket=settings.buckets[0])
    try:
        names = {name for row in json.loads(reply.text) for name in row.values()}
    except (ValueError, AttributeError, TypeError) as err:
        raise ExportNotInfluxError from err
    if missing := [bucket for bucket in settings.buckets if bucket not in names]:
        raise ExportBucketError(buckets=", ".join(missing))


def _version_in(text: str) -> str:
    """Return the version that InfluxDB 3 says in JSON."""
    try:
        return str(json.loads(text)["version"])
    except ValueError, TypeError, KeyError:
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the network throws into the errors of this package."""
    errors = network_errors()
    try:
        yield
    except errors.NameResolutionError as err:
        raise ExportHostError from err
    except errors.NewConnectionError as err:  # counts among the timeouts
        raise ExportUnreachableError from err
    except errors.TimeoutError as err:
        raise ExportTimeoutError from err
    except errors.SSLError as err:
        raise _tls_error(err) from err
    except errors.ProtocolError as err:
        raise ExportHungUpError from err
    except (errors.HTTPError, OSError) as err:
        raise ExportUnreachableError from err


def _tls_error(err: Exception) -> Exception:
    reasons = [reason for reason in err.args if isinstance(reason, ssl.SSLCertVerificationError)]
    if any(reason.verify_code in _OTHER_NAME for reason in reasons):
        return ExportCertificateNameError()
    if reasons or "CERTIFICATE_VERIFY_FAILED" in str(err):
        return ExportCertificateError()
    return ExportPlainError() if _SPEAKS_NO_TLS.search(str(err)) else ExportUnreachableError()
