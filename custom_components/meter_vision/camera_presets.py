"""Where cameras keep their snapshot, by firmware: a table, and the addresses it makes of a host name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yarl import URL

SEARCH: Final = "search"
"""The choice that tries every preset."""


@dataclass(frozen=True, slots=True)
class Preset:
    """The ways to a picture of cameras with one firmware."""

    key: str
    name: str
    places: tuple[str, ...]
    """Port and path of each, the likeliest first; https where the place says so."""


PRESETS: Final = (
    Preset("thingino", "Thingino", ("/x/image.cgi", "/image.jpg", "/mjpeg")),
    Preset("dafang", "Dafang Hacks", ("https:/cgi-bin/currentpic.cgi", "/cgi-bin/currentpic.cgi")),
    Preset("openmiko", "OpenMiko", (":8080/snapshot.jpg", ":8080/?action=snapshot")),
    Preset("esphome", "ESPHome", (":8081/", ":8080/")),
    Preset("tasmota", "Tasmota", ("/wc.jpg", "/snapshot.jpg", ":81/cam.jpg", ":81/stream")),
    Preset("mjpeg", "MJPEG", (":81/stream", "/stream", "/video.mjpg", "/mjpg/video.mjpg", ":8080/video")),
    Preset("generic", "JPEG", ("/snapshot.jpg", "/snapshot", "/capture", "/jpg", "/cgi-bin/snapshot.cgi")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One address that may show a picture, and the preset it comes from, empty for one that was typed."""

    preset: str
    address: URL


def web_address(text: str) -> URL | None:
    """Return an http address, None for what is none."""
    try:
        address = URL(text.strip())
    except ValueError:
        return None
    return address if address.scheme in ("http", "https") and address.host else None


def address_of(text: str) -> URL | None:
    """Return the address that a person has typed, a bare host name or IP address included; None for what is none."""
    typed = text.strip()
    if "://" in typed:
        return web_address(typed)
    return None if " " in typed else web_address(f"http://{typed}")


def places(address: URL, preset: str) -> tuple[Place, ...]:
    """Return where to look for a picture: an address with a path is meant as it is, a host by its presets."""
    if address.path not in ("", "/") or address.query_string:
        return (Place("", address),)
    chosen = [each for each in PRESETS if preset in (SEARCH, each.key)]
    found: dict[URL, Place] = {}
    if not address.is_default_port() or preset == SEARCH:
        found[address] = Place("", address)
    for each in chosen:
        for place in each.places:
            found.setdefault(_at(address, place), Place(each.name, _at(address, place)))
    return tuple(found.values())


def _at(host: URL, place: str) -> URL:
    """Return the address of a place on a host; a port that was typed stays, and so does https."""
    scheme = "https" if place.startswith("https:") or host.scheme == "https" else "http"
    port, slash, path = place.removeprefix("https:").partition("/")
    base = host if host.explicit_port else host.with_scheme(scheme).with_port(int(port[1:]) if port else None)
    return URL(f"{base.origin()}{slash}{path}")
