"""Tests of the export, without Home Assistant."""
