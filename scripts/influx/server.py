"""One server: requests with credentials, and every way in which they fail as a sentence."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError as NoAnswerError

_TIMEOUT: Final = urllib3.Timeout(connect=10, read=60)
UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_ERRORS: Final = 400
_REDIRECTS: Final = 300
_LONGEST: Final = 300
"""Characters of a server's own message that are shown."""


class InfluxError(Exception):
    """A sentence that says what is wrong and, if known, how to mend it."""


class RefusedError(InfluxError):
    """The server has answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the HTTP status, for callers that expect it."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes into the Authorization header, and where it came from; nothing of it is ever shown."""

    header: str
    source: str

    @classmethod
    def token(cls, token: str, source: str, *, scheme: str = "Token") -> Credentials:
        """Return those of InfluxDB 2 (Token) or 3 (Bearer)."""
        return cls(f"{scheme} {token}", source)

    @classmethod
    def login(cls, user: str, password: str, source: str) -> Credentials:
        """Return those of InfluxDB 1.x."""
        return cls(urllib3.make_headers(basic_auth=f"{user}:{password}")["authorization"], source)

    def __repr__(self) -> str:
        """Name the source only."""
        return f"<credentials of {self.source}>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; raise InfluxError if it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise InfluxError("the answer is no JSON; is this the address of the server itself?") from None


@dataclass(frozen=True, slots=True)
class Server:
    """An address and the credentials for it."""

    url: str
    pool: urllib3.PoolManager
    credentials: Credentials | None = None

    @classmethod
    def at(cls, url: str, *, ca: Path | None = None) -> Server:
        """Return the server at an address, trusting an own certificate authority instead of the system's."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InfluxError(f"{url!r} is no address; write it like http://192.0.2.7:8086")
        if parts.username is not None or parts.password is not None:
            raise InfluxError("put no user or password into the address; they belong in the environment")
        if ca is not None and not ca.is_file():
            raise InfluxError(f"there is no file {ca}")
        pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False, ca_certs=None if ca is None else str(ca))
        return cls(url.rstrip("/"), pool)

    def with_credentials(self, credentials: Credentials | None) -> Server:
        """Return the same server for somebody else."""
        return replace(self, credentials=credentials)

    def get(self, path: str, **query: Any) -> Answer:
        """Return the answer to GET; raise InfluxError."""
        return self.checked(self.ask("GET", path, query=query))

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Return the answer to a request with a JSON body; raise InfluxError."""
        return self.checked(self.ask(method, path, body=json.dumps(body).encode()))

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        media_type: str = "application/json",
    ) -> Answer:
        """Return whatever the server answers; raise InfluxError if none comes."""
        headers = {"Accept": "application/json"}
        if self.credentials is not None:
            headers["Authorization"] = self.credentials.header
        if body is not None:
            headers["Content-Type"] = media_type
        url = f"{self.url}{path}?{urlencode(query)}" if query else self.url + path
        with self._explained():
            response = self.pool.request(method, url, headers=headers, body=body, redirect=False)
        return Answer(response.status, response.headers, response.data)

    def checked(self, answer: Answer) -> Answer:
        """Return a good answer; raise RefusedError for any other."""
        if answer.status < _REDIRECTS:
            return answer
        if answer.status < _ERRORS:
            place = answer.headers.get("Location", "another address")
            raise RefusedError(answer.status, f"{self.url} sends on to {place}; give the address of the server itself")
        said = message_of(answer)
        if answer.status == UNAUTHORIZED and self.credentials is None:
            raise RefusedError(answer.status, f"{self.url} wants credentials (401: {said})")
        used = "nobody" if self.credentials is None else self.credentials.source
        if answer.status == _FORBIDDEN or lacks_right(answer):
            raise RefusedError(answer.status, f"{used} may not do this at {self.url} ({answer.status}: {said})")
        if answer.status == UNAUTHORIZED:
            raise RefusedError(answer.status, f"{self.url} refuses {used} (401: {said})")
        raise RefusedError(answer.status, f"{self.url} answers {answer.status}: {said}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the connection throws into sentences."""
        try:
            yield
        except SSLError as err:
            raise InfluxError(_tls_sentence(self.url, str(err))) from None
        except NewConnectionError as err:
            reason = str(err).rpartition(": ")[2]
            raise InfluxError(
                f"nothing answers at {self.url} ({reason}); is the server running, the port right?"
            ) from None
        except NoAnswerError:
            raise InfluxError(f"{self.url} took too long to answer") from None
        except ProtocolError:
            raise InfluxError(
                f"{self.url} broke off; is it the port of the HTTP API, and http or https right?"
            ) from None
        except HTTPError as err:
            raise InfluxError(f"{self.url}: {err}") from None


def lacks_right(answer: Answer) -> bool:
    """Whether a good token lacks a right, for which InfluxDB 2 answers 401 as it does for a wrong one."""
    return answer.status == UNAUTHORIZED and message_of(answer).endswith("is unauthorized")


def message_of(answer: Answer) -> str:
    """Return the server's own words, which stand in different places for each kind of server."""
    text = answer.content.decode(errors="replace").strip()
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if isinstance(data, dict):
        text = str(data.get("message") or data.get("error") or text)
    return " ".join(text.split())[:_LONGEST] or "no reason given"


def _tls_sentence(url: str, reason: str) -> str:
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason:
        return f"{url} does not speak TLS; write http:// instead of https://"
    if "Hostname mismatch" in reason or "IP address mismatch" in reason:
        return f"the certificate at {url} is for another name; use the name it was made for"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return f"the certificate at {url} is not trusted; give the one of its authority with --ca FILE"
    return f"no TLS connection to {url}: {reason}"
