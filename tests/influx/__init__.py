"""Tests of the commands that set up InfluxDB and move points into it."""
