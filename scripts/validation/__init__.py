"""Checks the files that people write or change: meters, environment, Grafana's provisioning."""
