"""Literal secrets in a meters.yaml: refused, wherever they stand."""

from collections.abc import Iterator
import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from .document import Place, Problem

_SECRET: Final = re.compile(r"pass(word|wd)?|pwd|secret|token|api_?key|credential", re.IGNORECASE)
_KEY: Final = re.compile(r"sk-ant-|^Bearer |^Basic ", re.IGNORECASE)
_MEND: Final = "remove it, change it, and name an environment variable: "


def literal_secrets(data: Any, place: Place = ()) -> Iterator[Problem]:
    """Yield every secret that stands in the data itself."""
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*place, key)
            if _SECRET.search(str(key)) and not str(key).endswith("_env") and value not in (None, ""):
                yield Problem(here, f"`{key}` holds a secret itself", f"{_MEND}`{key}_env: NAME`")
            else:
                yield from literal_secrets(value, here)
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from literal_secrets(item, (*place, number))
    elif isinstance(data, str):
        yield from _in_text(data, place)


def _in_text(text: str, place: Place) -> Iterator[Problem]:
    if _KEY.search(text):
        yield Problem(place, "this looks like a key", f"{_MEND}`..._env: NAME`")
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if parts.password is not None:
        yield Problem(place, "the address holds a password", f"{_MEND}`username: ...` and `password_env: NAME`")
    if any(_SECRET.search(name) for name, _ in parse_qsl(parts.query)):
        yield Problem(place, "the address holds a secret", f"{_MEND}`url_env: NAME`")
