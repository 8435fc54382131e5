"""Measurements, one section a module: `TITLE` and `rows()`."""
