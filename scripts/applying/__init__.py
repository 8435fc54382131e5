"""Brings the meters of a file into Home Assistant through its own dialogs, and back into a file."""
