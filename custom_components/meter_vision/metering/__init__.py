"""The domain of meter reading; imports nothing of Home Assistant."""
