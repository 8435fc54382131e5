"""One server through influxdb-client: synchronous, without retries of its own, so that every answer is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from .answers import Answer, Problem, retry_after, said
from .bounded import BoundedPool
from .client import client_library, network_errors
from .errors import ExportCaFileError
from .settings import ExportSettings

if TYPE_CHECKING:
    from .bounded import Response

TIMEOUT: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to a question that is no write."""

    status: int
    headers: Mapping[str, str]
    text: str


class Server:
    """Writes lines and asks questions. Blocks, so it belongs into an executor; one thread at a time."""

    def __init__(self, settings: ExportSettings, *, timeout: timedelta = TIMEOUT) -> None:
        """Prepare the client, raise ExportCaFileError; nothing is sent yet."""
        self._settings = settings
        self._timeout = timeout
        self._library = client_library()
        self._errors = network_errors()
        self._client = self._library.InfluxDBClient(
            url=settings.url,
            token=settings.token or None,
            org=settings.org or "-",
            timeout=timeout // timedelta(milliseconds=1),
            enable_gzip=True,
            verify_ssl=settings.verify,
            ssl_context=_ssl_context(settings),
        )
        rest = self._client.api_client.rest_client
        rest.pool_manager = BoundedPool(rest.pool_manager, 2 * timeout)
        self._headers = {} if settings.authorization is None else {"Authorization": settings.authorization}
        self._client.api_client.default_headers.pop("Authorization", None)
        self._client.api_client.default_headers.update(self._headers)
        self._writer = self._client.write_api(write_options=self._library.client.write_api.SYNCHRONOUS)

    def write(self, bucket: str, lines: Sequence[str], now: datetime) -> Answer:
        """Send lines with timestamps in milliseconds and return what the server made of them."""
        try:
            self._writer.write(bucket=bucket, record="\n".join(lines).encode(), write_precision="ms")
        except self._library.rest.ApiException as err:
            if not err.status:  # how the library reports trouble with TLS
                return Answer(status=None, problem=Problem.CERTIFICATE, message=said(str(err.reason)))
            asked = retry_after((err.headers or {}).get("Retry-After"), now)
            return Answer(status=err.status, message=said(err.body), retry_after=asked)
        except UnicodeDecodeError:  # the library expects text
            return Answer(status=None, problem=Problem.NOT_INFLUX)
        except (self._errors.HTTPError, OSError) as err:
            return Answer(status=None, problem=self._problem(err), message=type(err).__name__)
        return Answer(status=204)

    def _problem(self, err: Exception) -> Problem:
        """Return why there was no answer; the library counts a refused connection among the timeouts."""
        refused = isinstance(err, self._errors.NewConnectionError)
        timed_out = isinstance(err, self._errors.TimeoutError) and not refused
        return Problem.TIMEOUT if timed_out else Problem.UNREACHABLE

    def is_up(self) -> bool:
        """Return whether the server answers a ping."""
        try:
            return self.ask("GET", "/ping").status < HTTPStatus.MULTIPLE_CHOICES
        except self._errors.HTTPError, OSError:
            return False

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """Send a request without a body and return the answer; raises what urllib3 raises."""
        address = f"{self._settings.url}{path}" + (f"?{urlencode(query)}" if query else "")
        answer: Response = self._client.api_client.rest_client.pool_manager.request(
            method, address, headers=self._headers, timeout=self._timeout.total_seconds(), redirect=False, retries=False
        )
        return Reply(status=answer.status, headers=answer.headers, text=answer.data.decode(errors="replace"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class LateServer:
    """A server whose client is not made before there is something to send; the file it needs may come later too."""

    def __init__(self, settings: ExportSettings) -> None:
        """Keep the settings; nothing is imported yet."""
        self._settings = settings
        self._server: Server | None = None

    def write(self, bucket: str, lines: Sequence[str], now: datetime) -> Answer:
        """Send lines and return what the server made of them."""
        try:
            self._server = self._server or Server(self._settings)
        except ExportCaFileError:
            return Answer(status=None, problem=Problem.CERTIFICATE, message=self._settings.ca_file or "")
        return self._server.write(bucket, lines, now)

    def is_up(self) -> bool:
        """Return whether the server answers a ping."""
        return self._server is not None and self._server.is_up()

    def close(self) -> None:
        """Close the connections."""
        if self._server is not None:
            self._server.close()


def _ssl_context(settings: ExportSettings) -> ssl.SSLContext | None:
    if not settings.url.startswith("https:"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as err:
        raise ExportCaFileError from err
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
