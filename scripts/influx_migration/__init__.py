"""Copies readings from other schemas in InfluxDB into that of Meter Vision, day by day."""
