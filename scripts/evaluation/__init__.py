"""Scores readings against what the meters really show."""
