"""Connected dark areas of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Area:
    """A connected area by its outline, in pixels."""

    left: int
    right: int
    top: int
    bottom: int
    highest: Ints
    """For each column from left to right, the highest row of the area."""
    lowest: Ints
    leftmost: Ints
    """For each row from top to bottom, the leftmost column of the area."""
    rightmost: Ints


def areas(mask: NDArray[np.bool_], *, least_width: int, least_height: int) -> Iterator[Area]:
    """Yield the connected areas of a mask that are at least that wide and high."""
    rows, starts, stops = _runs(mask)
    if not len(rows):
        return
    labels = _connect(*_neighbours(rows, starts, stops, mask.shape[1]), len(rows))
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    for group in groups:
        if rows[group[-1]] - rows[group[0]] + 1 < least_height:
            continue
        area = _outline(rows[group], starts[group], stops[group])
        if area.right - area.left + 1 >= least_width:
            yield area


def _runs(mask: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Return row, first and last column of every horizontal run, in reading order."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1] - 1
    return rows, starts, stops


def _neighbours(rows: Ints, starts: Ints, stops: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the pairs of runs that touch from one row to the next."""
    stride = width + 2
    below = (rows + 1) * stride
    first = np.searchsorted(rows * stride + stops, below + starts)
    last = np.searchsorted(rows * stride + starts, below + stops, side="right")
    count = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), count)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(count) - count, count)
    return upper, np.repeat(first, count) + within


def _connect(upper: Ints, lower: Ints, count: int) -> Ints:
    """Return for every run the smallest run it is connected with."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[upper], labels[lower])
        joined = labels.copy()
        for ends in (upper, lower):
            np.minimum.at(joined, ends, least)
            np.minimum.at(joined, labels[ends], least)
        joined = joined[joined]
        if np.array_equal(joined, labels):
            return labels
        labels = joined


def _outline(rows: Ints, starts: Ints, stops: Ints) -> Area:
    left, right, top, bottom = int(starts.min()), int(stops.max()), int(rows.min()), int(rows.max())
    lengths = stops - starts + 1
    columns = np.repeat(starts - left, lengths) + (
        np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    )
    of_column = np.repeat(rows, lengths)
    highest, lowest = np.full(right - left + 1, bottom), np.full(right - left + 1, top)
    np.minimum.at(highest, columns, of_column)
    np.maximum.at(lowest, columns, of_column)
    leftmost, rightmost = np.full(bottom - top + 1, right), np.full(bottom - top + 1, left)
    np.minimum.at(leftmost, rows - top, starts)
    np.maximum.at(rightmost, rows - top, stops)
    return Area(left, right, top, bottom, highest, lowest, leftmost, rightmost)
