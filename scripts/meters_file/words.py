"""Times as people write them, and as YAML has read them already."""

from datetime import datetime, time, timedelta
from typing import Final

_DAY_MINUTES: Final = 24 * 60


def parse_interval(text: object) -> timedelta:
    """Return a time written as hours:minutes:seconds, or as seconds, which is also how YAML reads it unquoted."""
    try:
        parts = [float(part) for part in str(text).split(":")]
    except ValueError:
        raise ValueError(f'{text} is no interval; write "00:15:00"') from None
    seconds = sum(part * 60**place for place, part in enumerate(reversed(parts)))
    return timedelta(seconds=seconds)


def parse_time(text: object) -> datetime:
    """Return a time with offset, from ISO 8601 or as YAML has read it; raise ValueError."""
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset from UTC")
    return moment


def parse_clock(text: object) -> time:
    """Return a time of day like 23:00, which YAML reads as 1380 where it is unquoted; raise ValueError."""
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text < _DAY_MINUTES:
        return time(*divmod(text, 60))
    clock = time.fromisoformat(str(text))
    if clock.tzinfo is not None:
        raise ValueError(f"{text} is no time of day")
    return clock
