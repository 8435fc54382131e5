"""What a check finds: where, what, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.where}: {self.what} ({self.mend})"
