"""The status page: the three pictures, what the meters really show, and how often the reader was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from .state import CameraState

_STYLE = """
body { font: 16px system-ui, sans-serif; margin: 2rem; background: #f4f4f2; color: #222 }
main { display: flex; flex-wrap: wrap; gap: 1.5rem }
figure { margin: 0; padding: 1rem; background: #fff; border-radius: .6rem; box-shadow: 0 1px 4px #0003 }
img { width: 26rem; max-width: 100%; border-radius: .3rem }
code { background: #eee; padding: .1rem .3rem }
"""


def status_page(cameras: Iterable[tuple[CameraState, Mapping[str, str]]], calls: Mapping[str, int] | None) -> str:
    """Return the page for cameras with their truth, and the stand-in's call counts by kind."""
    figures = "".join(_figure(camera, truth) for camera, truth in cameras)
    counted = "not connected"
    if calls is not None:
        counted = ", ".join(f"{escape(kind)} <b>{count}</b>" for kind, count in calls.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
        f"<title>Simulated meters</title><style>{_STYLE}</style>"
        f"<h1>Simulated meters</h1><main>{figures}</main><p>Reader's calls: {counted}</p></html>"
    )


def _figure(camera: CameraState, truth: Mapping[str, str]) -> str:
    meter = camera.meter
    return (
        f'<figure><img src="/{meter.key}/preview.jpg" alt="{escape(meter.name)}">'
        f"<figcaption><h2>{escape(meter.name)}</h2>"
        f"<p>Shows <b>{truth['shown']} {escape(meter.unit)}</b> at {truth['time']}</p>"
        f"<p>Snapshot <code>/{meter.key}/snapshot.jpg</code>, turned by {meter.rotation}°, "
        f"fault: {camera.fault or 'none'}, pictures served: {len(camera.served)}</p></figcaption></figure>"
    )
