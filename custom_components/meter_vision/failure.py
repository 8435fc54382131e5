"""What becomes of a look that failed: the status shown, the error that Home Assistant gets, the row of the journal."""

from __future__ import annotations

from datetime import datetime

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .capture import CaptureError
from .const import DOMAIN
from .errors import translation_of
from .meter_state import MeterState
from .metering.errors import (
    MeteringError,
    PhotoError,
    PictureRefusedError,
    ReaderAuthError,
    ReaderBusyError,
    ReaderConnectionError,
)
from .record import entry_of_failure
from .register_state import Status
from .state_store import StateStore
from .store.models import JournalEntry


def status_of(err: CaptureError | MeteringError) -> Status:
    """Return whose fault it was, or why a picture was not sent."""
    if isinstance(err, PictureRefusedError):
        return Status(err.placeholders["reason"])
    return Status.CAMERA_ERROR if isinstance(err, CaptureError | PhotoError) else Status.READER_ERROR


def home_assistant_error(err: CaptureError | MeteringError) -> HomeAssistantError:
    """Return what the base class of the coordinator makes log lines, a new key or a longer wait of."""
    key, placeholders = translation_of(err)
    if isinstance(err, ReaderAuthError):
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
        )
    wait = err.retry_after if isinstance(err, ReaderBusyError | ReaderConnectionError) else None
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
        retry_after=None if wait is None else wait.total_seconds(),
    )


def entry_of_failed_look(
    store: StateStore, meter: str, state: MeterState, err: CaptureError | MeteringError, now: datetime
) -> JournalEntry:
    """Return the row of a failed look, and keep the picture of one that was paid for. Blocks."""
    key, placeholders = translation_of(err)
    usage, picture = (err.usage if isinstance(err, MeteringError) else None), None
    if usage is not None and state.picture is not None and state.picture_taken_at is not None:
        picture = store.keep_picture(meter, state.picture_taken_at, state.picture)
    return entry_of_failure(
        next(iter(state.registers)),
        status_of(err),
        {**placeholders, "error": key},
        usage=usage,
        picture=picture,
        time=state.attempted_at or now,
        now=now,
    )
