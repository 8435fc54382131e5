"""Points for InfluxDB: what they look like, and how they get there without one being lost. No Home Assistant."""
