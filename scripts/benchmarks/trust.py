"""What the judge makes of years of misreadings, beside what others would publish."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from custom_components.meter_vision.metering.catalogue import rules_for
from custom_components.meter_vision.metering.models import MeterKind, Reading

from .house.contenders import Baseline, Contender, Judge, fixed_limit, rising
from .house.demand import Demand, household
from .house.demand_file import from_file
from .house.figures import Race, Run
from .house.idle import further_looks
from .house.looks import House
from .row import Row

TITLE = "Years of misreadings: the judge | publish what rises | fixed limits"
SOON = 2
"""Intervals within which a mistake is repaired and a right look published."""
BACK = 6
"""Intervals after an episode until the total is right again."""
PUBLISHED = Decimal("99.5")
CALLS = Decimal("1.15")
IDLE = Decimal(1)


def options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen for this section."""
    parser.add_argument("--years", type=float, default=1.0, help="trust: how long a household is watched")
    parser.add_argument("--minutes", type=float, default=15.0, help="trust: how often the meter is read")


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield each figure for the three contenders, for each meter."""
    interval = timedelta(minutes=chosen.minutes)
    if chosen.demand is not None:
        demands = {chosen.demand.name: from_file(chosen.demand)}
    else:
        demands = {str(kind): household(kind, chosen.seed, chosen.years, with_peculiarities=True) for kind in MeterKind}
    for name, demand in demands.items():
        race = Race(House(demand, interval, chosen.seed))
        if not race.house.intervals:
            raise SystemExit(f"{name} is shorter than three intervals")
        yield from _rows(name, [race.run(contender) for contender in _contenders(demand, interval)], race)
    idle = further_looks(chosen.seed)
    yield Row("idle meter: further looks", f"{idle:.2f} %", f"below {IDLE} %", reached=idle < IDLE)


def _contenders(demand: Demand, interval: timedelta) -> list[Contender]:
    stands = Decimal(str(demand.values[0])).quantize(demand.register.resolution)
    first = Reading(value=stands, time=demand.times[0])
    rules = rules_for(demand.kind, demand.register, interval)
    return [Judge(first, rules), Baseline(first, rules, rising), Baseline(first, rules, fixed_limit)]


def _rows(name: str, runs: Sequence[Run], race: Race) -> Iterator[Row]:
    def row(
        figure: str, measured: Callable[[Run], Decimal], target: str = "", *, decimals: int = 0, **bounds: float
    ) -> Row:
        values = [measured(run) for run in runs]
        reached = bounds.get("least", -1.0) <= values[0] <= bounds.get("most", float("inf")) if bounds else None
        text = " | ".join(f"{'never' if value.is_infinite() else f'{value:.{decimals}f}':>8}" for value in values)
        return Row(f"{name}: {figure}", text, target, reached)

    register, kind = race.house.demand.register, race.house.demand.kind
    yield Row(f"{name}: read as", f"{kind} in {register.unit}, {register.display}")
    yield row("intervals", lambda run: Decimal(run.intervals))
    yield row("published that the house could not have used", lambda run: Decimal(run.impossible), "0", most=0)
    yield row("contradicted values", lambda run: Decimal(len(run.repairs) + (run.contradicted_at is not None)))
    yield row(f"of them not repaired within {SOON} intervals", _late, "0", most=0)
    yield row("right looks published with a wrong total", lambda run: Decimal(run.inexact), "0", most=0)
    yield row("errors nobody could see", lambda run: Decimal(len(_unseen(run, race))))
    yield row("of them adding more than learnt flow x time", lambda run: _too_large(run, race), "0", most=0)
    yield row("from episodes, beyond the window, up or down", lambda run: _count(run, "beyond_window"), "0", most=0)
    yield row("from episodes, lower as the truth is after a false high", lambda run: _count(run, "lower"))
    yield row("of them not taken back", lambda run: _count(run, "lower", stays=True))
    yield row("longest way back after an episode, intervals", _longest, f"at most {BACK}", most=BACK)
    yield row(
        f"right looks published within {SOON} intervals, %", _share, f"at least {PUBLISHED}", decimals=2, least=99.5
    )
    yield row(
        "paid calls for each interval",
        lambda run: Decimal(run.calls) / run.intervals,
        f"at most {CALLS}",
        decimals=3,
        most=1.15,
    )


def _late(run: Run) -> Decimal:
    """Count what was repaired too late, or was not although there was time before the end."""
    open_for = 0 if run.contradicted_at is None else run.intervals - run.contradicted_at
    return Decimal(sum(intervals > SOON for intervals in (*run.repairs, open_for)))


def _unseen(run: Run, race: Race) -> list[Decimal]:
    return [abs(one.error) for one in run.accepted if not one.taken_back and abs(one.error) > race.house.tolerance]


def _too_large(run: Run, race: Race) -> Decimal:
    tolerance = race.house.tolerance
    return Decimal(sum(one.added > one.allowed + tolerance for one in run.accepted if not one.taken_back))


def _count(run: Run, what: str, *, stays: bool = False) -> Decimal:
    return Decimal(sum(getattr(one, what) and not (stays and one.taken_back) for one in run.accepted))


def _longest(run: Run) -> Decimal:
    open_for = 0 if run.episode_ended is None else run.intervals - run.episode_ended
    return Decimal("Infinity") if open_for > BACK else Decimal(max(run.recoveries, default=0))


def _share(run: Run) -> Decimal:
    return 100 * (1 - Decimal(run.published_late) / max(1, run.right_looks))
