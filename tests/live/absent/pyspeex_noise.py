"""Stands in for the noise filter, which would have to be compiled and hears nothing here."""


class AudioProcessor:
    """A filter that is imported and never used."""
