"""What every answer of a server means for the points that were sent, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
import json
import re
from typing import Final

LONGEST_RETRY_AFTER: Final = timedelta(minutes=15)
_LONGEST_MESSAGE: Final = 300


class Problem(StrEnum):
    """Why points wait."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    TOKEN = "token"  # noqa: S105  a word
    READ_ONLY = "read_only"
    BUCKET_MISSING = "bucket_missing"
    NOT_INFLUX = "not_influx"
    REFUSED = "refused"


class Step(StrEnum):
    """What to do with the points."""

    DELIVERED = "delivered"
    """They are there: delete them."""
    WAIT = "wait"
    """Keep them all and try again later."""
    SKIP_BUCKET = "skip bucket"
    """Keep those of this bucket and look again much later; the others go on."""
    ASK = "ask"
    """Keep them all; a person has to give another token."""
    SPLIT = "split"
    """Send them in two halves; a single one is refused for what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, or why nothing did."""

    status: int | None
    """None: no answer at all, see `problem`."""
    message: str = ""
    """What the server said, without anything we sent as credentials."""
    retry_after: timedelta | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What follows from an answer."""

    step: Step
    problem: Problem | None = None


_DELIVERED: Final = Meaning(Step.DELIVERED)
_SPLIT: Final = Meaning(Step.SPLIT)
_SKIP: Final = Meaning(Step.SKIP_BUCKET, Problem.BUCKET_MISSING)
_BUSY: Final = Meaning(Step.WAIT, Problem.BUSY)
_OTHER: Final = Meaning(Step.WAIT, Problem.NOT_INFLUX)
_TROUBLE: Final = Meaning(Step.WAIT, Problem.SERVER_ERROR)

MEANINGS: Final[Mapping[int, Meaning]] = {
    HTTPStatus.OK: _DELIVERED,
    HTTPStatus.CREATED: _DELIVERED,
    HTTPStatus.NO_CONTENT: _DELIVERED,
    # "partial write: ..." stored the rest, any other 400 nothing; writing again does no harm either way.
    HTTPStatus.BAD_REQUEST: _SPLIT,
    HTTPStatus.UNAUTHORIZED: Meaning(Step.ASK, Problem.TOKEN),
    HTTPStatus.FORBIDDEN: Meaning(Step.ASK, Problem.READ_ONLY),
    HTTPStatus.NOT_FOUND: _SKIP,
    HTTPStatus.CONTENT_TOO_LARGE: _SPLIT,
    HTTPStatus.UNPROCESSABLE_CONTENT: _SPLIT,
    HTTPStatus.TOO_MANY_REQUESTS: _BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: _BUSY,
}
_ABSENT: Final = re.compile("bucket|database|organi[sz]ation|retention policy", re.IGNORECASE)
"""What a 404 of InfluxDB is about; any other one comes from something else."""


def meaning(answer: Answer) -> Meaning:
    """Return what an answer means."""
    if answer.status is None:
        return Meaning(Step.WAIT, answer.problem or Problem.UNREACHABLE)
    if answer.status == HTTPStatus.NOT_FOUND and not _ABSENT.search(answer.message):
        return _OTHER
    return MEANINGS.get(answer.status, _TROUBLE if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else _OTHER)


def is_suspicious(answer: Answer) -> bool:
    """Return whether one line may be what the server stumbles over: it fails, and does not say that it is busy."""
    return answer.status is not None and meaning(answer) == _TROUBLE


def said(body: bytes | str | None) -> str:
    """Return what a server says in its JSON or its text, shortened."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    try:
        content = json.loads(text)
        text = str(content.get("message") or content.get("error") or text)
    except ValueError, AttributeError, RecursionError:
        pass
    return " ".join(text.split())[:_LONGEST_MESSAGE]


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Return how long a server asks to wait, in seconds or until a date, within reason; None if it does not say."""
    if not header:
        return None
    try:
        asked = timedelta(seconds=float(header))
    except ValueError, OverflowError:
        try:
            until = parsedate_to_datetime(header)
        except ValueError:
            return None
        asked = until.replace(tzinfo=until.tzinfo or UTC) - now
    return min(max(asked, timedelta(0)), LONGEST_RETRY_AFTER)
