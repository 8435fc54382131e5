"""Meter Vision."""
