"""The account's one SQLite file: verdicts, judge state, journal and outbox in one transaction. No Home Assistant."""
