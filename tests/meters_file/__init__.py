"""Tests of what people write in a meters.yaml."""
