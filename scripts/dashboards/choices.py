"""The choices at the top of a dashboard."""

from .model import Source, Variable


def choices(source: Source, measurements: tuple[str, ...]) -> tuple[Variable, ...]:
    """Return the choices of site, meter and register, each narrowed by those before it."""
    common = {"source": source, "measurements": measurements}
    return (
        Variable(name="site", label="Site", **common),
        Variable(name="meter", label="Meter", within=("site",), **common),
        Variable(name="register", label="Register", within=("site", "meter"), **common),
    )
