"""Tests of scripts/meters without a Home Assistant."""
