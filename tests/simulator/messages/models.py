"""The models on offer, as /v1/models lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One model and what it can do."""

    id: str
    name: str
    line: str
    created: str
    lifecycle: str = "active"
    deprecated: str | None = None
    retires: str | None = None
    structured: bool = True
    images: bool = True
    thinking: tuple[str, ...] = ("adaptive",)
    effort: bool = True
    high_resolution: bool = True
    max_output: int = 128_000

    @property
    def longest_edge(self) -> int:
        """Longest edge of a picture in pixels before it is scaled down."""
        return 2576 if self.high_resolution else 1568

    @property
    def picture_budget(self) -> int:
        """Most tokens of one picture."""
        return 4784 if self.high_resolution else 1568

    def as_json(self) -> dict[str, Any]:
        """Return the model as the SDK's ModelInfo expects it."""
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.name,
            "created_at": f"{self.created}T00:00:00Z",
            "lifecycle": self.lifecycle,
            "deprecated_at": self.deprecated and f"{self.deprecated}T00:00:00Z",
            "retires_at": self.retires and f"{self.retires}T00:00:00Z",
            "line": self.line,
            "max_input_tokens": 1_000_000 if self.high_resolution else 200_000,
            "max_tokens": self.max_output,
            "capabilities": self._capabilities(),
        }

    def _capabilities(self) -> dict[str, Any]:
        kinds = ("adaptive", "between_tools", "disabled", "enabled")
        levels = ("low", "medium", "high", "max", "xhigh")
        return {
            "batch": _able(),
            "citations": _able(),
            "code_execution": _able(),
            "context_management": _able(),
            "effort": {**_able(able=self.effort), **{level: _able(able=self.effort) for level in levels}},
            "image_input": _able(able=self.images),
            "pdf_input": _able(able=self.images),
            "server_tools": {**_able(), "code_execution": _able(), "web_search": _able()},
            "structured_outputs": _able(able=self.structured),
            "thinking": {**_able(), "types": {kind: _able(able=kind in self.thinking) for kind in kinds}},
        }


def _able(*, able: bool = True) -> dict[str, bool]:
    return {"supported": able}


_OLD: Final = ("enabled", "disabled")
_ENTRIES: Final = (
    ModelEntry(
        id="claude-haiku-5-5",
        name="Claude Haiku 5.5",
        line="haiku",
        created="2026-10-07",
        thinking=("adaptive", "disabled"),
    ),
    ModelEntry(
        id="claude-sonnet-5-5",
        name="Claude Sonnet 5.5",
        line="sonnet",
        created="2026-09-28",
        thinking=("adaptive", "between_tools"),
    ),
    ModelEntry(id="claude-opus-5-5", name="Claude Opus 5.5", line="opus", created="2026-09-22"),
    ModelEntry(id="claude-fable-5-1", name="Claude Fable 5.1", line="fable", created="2026-08-18"),
    ModelEntry(id="claude-opus-5", name="Claude Opus 5", line="opus", created="2026-05-20"),
    ModelEntry(
        id="claude-sonnet-4-6",
        name="Claude Sonnet 4.6",
        line="sonnet",
        created="2026-02-17",
        thinking=("adaptive", *_OLD),
        high_resolution=False,
        max_output=64_000,
    ),
    ModelEntry(
        id="claude-haiku-4-5-20251001",
        name="Claude Haiku 4.5",
        line="haiku",
        created="2025-10-01",
        thinking=_OLD,
        effort=False,
        high_resolution=False,
        max_output=64_000,
    ),
    ModelEntry(
        id="claude-sonnet-4-5-20250929",
        name="Claude Sonnet 4.5",
        line="sonnet",
        created="2025-09-29",
        lifecycle="deprecated",
        deprecated="2026-05-30",
        retires="2026-11-30",
        thinking=_OLD,
        effort=False,
        high_resolution=False,
        max_output=64_000,
    ),
    ModelEntry(
        id="claude-sonnet-4-20250514",
        name="Claude Sonnet 4",
        line="sonnet",
        created="2025-05-14",
        lifecycle="retired",
        deprecated="2026-01-10",
        retires="2026-06-15",
        structured=False,
        thinking=_OLD,
        effort=False,
        high_resolution=False,
        max_output=64_000,
    ),
)
_ALIASES: Final = {"claude-haiku-4-5": "claude-haiku-4-5-20251001", "claude-sonnet-4-5": "claude-sonnet-4-5-20250929"}
_BY_ID: Final = {entry.id: entry for entry in _ENTRIES}


def find_model(name: str) -> ModelEntry | None:
    """Return the model of that name or alias, None if it does not exist or is retired."""
    entry = _BY_ID.get(_ALIASES.get(name, name))
    return None if entry is None or entry.lifecycle == "retired" else entry


def list_models(lifecycle: Iterable[str]) -> list[dict[str, Any]]:
    """Return the models in those stages (none: all but the retired), newest first."""
    wanted = set(lifecycle) or {"active", "deprecated"}
    return [entry.as_json() for entry in _ENTRIES if entry.lifecycle in wanted]
