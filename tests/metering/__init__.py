"""Tests of the domain; none of them starts Home Assistant."""
