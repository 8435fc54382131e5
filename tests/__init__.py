"""Tests of Meter Vision."""
