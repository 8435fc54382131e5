"""The points of a meter: of readings, of verdicts and of days and months."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from ..metering.cost_changes import CostFigures
from ..metering.models import Confidence, MeterKind, Outcome
from ..metering.rate import watts
from ..store.models import OutgoingPoint
from .points import Series, Value, build
from .rollups import Period, midnight
from .schema import CONFIDENCE, COSTS, DAILY, MONTHLY, QUALITY, READINGS, BucketMode, Measurement
from .stands import Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFigures:
    """What a look tells beside its reading."""

    time: datetime
    outcome: Outcome
    rule: str
    confidence: Confidence | None = None
    margin: float | None = None
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    api_cost: Decimal | None = None
    """US dollars; None where no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPoints:
    """Makes the points of one register; imports influxdb-client, so its methods belong into an executor."""

    series: Series
    mode: BucketMode
    camera: str | None = None

    def reading(
        self, stand: Stand, *, source: str = "camera", confidence: Confidence | None = None
    ) -> Iterator[OutgoingPoint]:
        """Yield the point of a stand; what a correction does not know of an older point stays as it is."""
        electricity = self._kind is MeterKind.ELECTRICITY
        rate = stand.rate
        if electricity and rate is not None:
            rate = watts(rate, self.series.unit)
        fields: dict[str, Value] = {
            "reading": stand.reading,
            "consumption": stand.consumption,
            "delta": stand.delta,
            "power" if electricity else "flow_rate": rate,
            "confidence": None if confidence is None else CONFIDENCE[confidence],
            "estimated": float(stand.estimated),
            "camera": self.camera,
            "source": "interpolated" if stand.estimated else source,
        }
        yield from self._built(READINGS[self._kind], stand.time, fields)

    def costs(self, figures: CostFigures, currency: str) -> Iterator[OutgoingPoint]:
        """Yield the point of the costs at a reading; a forecast that is no longer known stays as it is."""
        fields: dict[str, Value] = {
            "cost": figures.cost,
            "delta": figures.delta,
            "price": figures.price,
            "standing": figures.standing,
            "month_to_date": figures.month_to_date,
            "forecast": figures.forecast,
        }
        point = build(COSTS, replace(self.series, unit=currency), figures.time, fields, self.mode)
        if point is not None:
            yield point

    def verdict(self, look: LookFigures) -> Iterator[OutgoingPoint]:
        """Yield the point of a look, whatever became of it."""
        fields: dict[str, Value] = {
            **{outcome.value: float(outcome is look.outcome) for outcome in Outcome},
            "confidence": None if look.confidence is None else CONFIDENCE[look.confidence],
            "margin": look.margin,
            "input_tokens": look.input_tokens,
            "output_tokens": look.output_tokens,
            "api_cost": look.api_cost,
            "rule": look.rule,
            "model": look.model,
        }
        yield from self._built(QUALITY, look.time, fields)

    def days(self, periods: Iterable[Period], zone: tzinfo) -> Iterator[OutgoingPoint]:
        """Yield the points of days."""
        return self._periods(DAILY[self._kind], periods, zone)

    def months(self, periods: Iterable[Period], zone: tzinfo) -> Iterator[OutgoingPoint]:
        """Yield the points of months."""
        return self._periods(MONTHLY[self._kind], periods, zone)

    @property
    def _kind(self) -> MeterKind:
        if self.series.kind is None:
            message = "only a meter has readings"
            raise ValueError(message)
        return self.series.kind

    def _periods(self, measurement: Measurement, periods: Iterable[Period], zone: tzinfo) -> Iterator[OutgoingPoint]:
        for period in periods:
            fields: dict[str, Value] = {
                "consumption": period.consumption,
                "total": period.total,
                "cost": period.cost,
                "readings": period.readings,
                "estimated": float(period.estimated),
                "minimum_rate": period.minimum_rate,
                "maximum_rate": period.maximum_rate,
            }
            yield from self._built(measurement, midnight(period.first, zone), fields)

    def _built(self, measurement: Measurement, time: datetime, fields: dict[str, Value]) -> Iterator[OutgoingPoint]:
        if (point := build(measurement, self.series, time, fields, self.mode)) is not None:
            yield point
