"""A meters.yaml: read with its line numbers, checked, and turned into what the integration stores."""
