"""Feeds what comes from outside with everything it might be."""
