"""Everything that can go wrong in the domain, each with the key of its translated message."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Usage


class MeteringError(Exception):
    """Base of all errors of the domain."""

    translation_key = "metering_error"
    usage: Usage | None = None
    """What was paid before it went wrong."""

    def __init__(self, **placeholders: str) -> None:
        """Keep the placeholders of the message; they never hold a secret."""
        super().__init__(self.translation_key, placeholders)
        self.placeholders = placeholders


class LayoutError(MeteringError):
    """A register description that no meter can have; placeholder `reason`."""

    translation_key = "layout_invalid"


class PhotoError(MeteringError):
    """A picture that cannot be used; placeholder `reason`."""

    translation_key = "photo_unusable"


class PictureRefusedError(PhotoError):
    """A picture that nobody could read, and that is not paid for; placeholders `reason` and the numbers."""


class AnswerError(MeteringError):
    """An answer that breaks the schema; placeholder `reason`."""

    translation_key = "answer_invalid"


class PositionCountError(AnswerError):
    """An answer whose digits do not fit the layout; placeholders `expected`, `found`."""

    translation_key = "answer_position_count"


class ReaderError(MeteringError):
    """The reader gave no answer."""

    translation_key = "reader_failed"


class ReaderRefusedError(ReaderError):
    """The model refused to answer."""

    translation_key = "reader_refused"


class ReaderCutOffError(ReaderError):
    """The answer was cut off; placeholder `reason`."""

    translation_key = "reader_cut_off"


class ReaderAuthError(ReaderError):
    """The key is wrong, expired or withdrawn."""

    translation_key = "reader_auth"


class ReaderBillingError(ReaderError):
    """The account has no credit or has reached its spending limit."""

    translation_key = "reader_billing"


class ReaderBudgetError(ReaderError):
    """The monthly limit that a person has set is reached; placeholder `limit` in US dollars."""

    translation_key = "reader_budget"


class ReaderPermissionError(ReaderError):
    """The key may not use this model; placeholder `model`."""

    translation_key = "reader_permission"


class ReaderModelError(ReaderError):
    """The model does not exist or is retired; placeholder `model`."""

    translation_key = "reader_model"


class ReaderRequestError(ReaderError):
    """The service refused the request itself; placeholders `status`, `request_id`."""

    translation_key = "reader_request"


class AiTaskError(ReaderError):
    """An AI Task entity could not be asked, or failed; placeholders `entity`, `reason`."""

    translation_key = "ai_task_failed"


class ReaderTooLargeError(ReaderError):
    """What came is packed, or larger than any answer of the service."""

    translation_key = "reader_too_large"


class ReaderBusyError(ReaderError):
    """The service asks to wait or is overloaded; placeholder `status`."""

    translation_key = "reader_busy"

    def __init__(self, *, retry_after: timedelta | None = None, **placeholders: str) -> None:
        """Keep how long the service asked to wait, if it did."""
        super().__init__(**placeholders)
        self.retry_after = retry_after


class ReaderConnectionError(ReaderError):
    """The service could not be reached in time."""

    translation_key = "reader_connection"

    def __init__(self, *, retry_after: timedelta | None = None) -> None:
        """Keep how long it is not going to be asked, if that is known."""
        super().__init__()
        self.retry_after = retry_after
