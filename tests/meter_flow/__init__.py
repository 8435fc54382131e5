"""Tests of the dialog that adds or changes a meter."""
