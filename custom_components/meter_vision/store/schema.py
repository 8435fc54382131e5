"""The tables, and how older files become today's."""

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x4D565354
"""`PRAGMA application_id`; what tells our file from any other SQLite file."""

_FIRST: Final = """
CREATE TABLE state (meter TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE reading (
  meter TEXT NOT NULL,
  register TEXT NOT NULL,
  time INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (meter, register, time)
) WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  meter TEXT NOT NULL,
  register TEXT NOT NULL,
  time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT,
  rule TEXT,
  confidence TEXT,
  value TEXT,
  detail TEXT NOT NULL,
  evidence TEXT,
  model TEXT,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost TEXT,
  picture TEXT,
  picture_size INTEGER NOT NULL
);
CREATE INDEX journal_of_meter ON journal (meter, time);
CREATE INDEX journal_by_age ON journal (recorded_at);
CREATE INDEX journal_pictures ON journal (picture) WHERE picture IS NOT NULL;
CREATE TABLE day (
  meter TEXT NOT NULL,
  register TEXT NOT NULL,
  first TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (meter, register, first)
) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket TEXT NOT NULL,
  line TEXT NOT NULL,
  queued_at INTEGER NOT NULL
);
CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket TEXT NOT NULL,
  line TEXT NOT NULL,
  message TEXT NOT NULL,
  failed_at INTEGER NOT NULL
);
CREATE TABLE missed (meter TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
"""
"""Times are microseconds since 1970 UTC, decimals text; AUTOINCREMENT keeps an id from being used twice."""

_SECOND: Final = """
CREATE TABLE account (name TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
"""
"""What belongs to no meter."""

_THIRD: Final = """
CREATE TABLE terms (meter TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
"""
"""How a meter's registers counted and were charged when its state was written last."""

MIGRATIONS: Final = (_FIRST, _SECOND, _THIRD)
"""What makes version n+1 of version n. A step that has been released is never changed."""

VERSION: Final = len(MIGRATIONS)
