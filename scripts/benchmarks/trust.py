"""What the judge makes of years of misreadings, beside what others would publish."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from custom_components.meter_vision.metering.models import MeterKind, Reading
from custom_components.meter_vision.metering.window import Rules

from .house.contenders import Baseline, Contender, Judge, fixed_limit, rising
from .house.demand import Demand, from_file, household
from .house.figures import Race, Run
from .row import Row

TITLE = "Years of misreadings: the judge | publish what rises | fixed limits"
INTERVAL = timedelta(minutes=15)


def options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen for this section."""
    parser.add_argument("--demand", type=Path, metavar="FILE.csv", help="trust: times and values of a meter")
    parser.add_argument("--seed", type=int, default=1, help="trust: which households")
    parser.add_argument("--years", type=float, default=1.0, help="trust: how long")


def rows(chosen: argparse.Namespace) -> Iterator[Row]:
    """Yield each figure for the three contenders, for each meter."""
    if chosen.demand is not None:
        demands = {chosen.demand.name: from_file(chosen.demand)}
    else:
        demands = {str(kind): household(kind, chosen.seed, chosen.years) for kind in (MeterKind.WATER, MeterKind.GAS)}
    for name, demand in demands.items():
        race = Race(demand, INTERVAL, chosen.seed)
        yield from _rows(name, [(contender, race.run(contender)) for contender in _contenders(demand)], race)


def _contenders(demand: Demand) -> list[Contender]:
    stands = Decimal(str(demand.values[0])).quantize(demand.register.resolution)
    first = Reading(value=stands, time=demand.times[0])
    rules = Rules(register=demand.register, ceiling=demand.ceiling, interval=INTERVAL)
    return [Judge(first, rules), Baseline(first, rules, rising), Baseline(first, rules, fixed_limit)]


def _rows(name: str, results: Sequence[tuple[Contender, Run]], race: Race) -> Iterator[Row]:
    runs = [run for _, run in results]

    def row(figure: str, values: list[str], target: str = "") -> Row:
        return Row(f"{name}: {figure}", " | ".join(f"{value:>8}" for value in values), target)

    yield row("intervals", [str(run.intervals) for run in runs])
    yield row("published that the house could not have used", [str(run.impossible) for run in runs], "0")
    yield row("contradicted values", [str(len(run.repairs) + (run.contradicted_at is not None)) for run in runs])
    yield row("of them not repaired within 2 intervals", [str(_late(run)) for run in runs], "0")
    yield row("right looks published with a wrong total", [str(run.inexact) for run in runs], "0")
    yield row("errors nobody could see", [str(len(_unseen(run, race))) for run in runs])
    yield row("of them above learnt flow x interval", [str(_too_large(run, race)) for run in runs], "0")
    yield row("from episodes, beyond the window", [str(_from_episodes(run)) for run in runs], "0")
    yield row("longest way back after an episode, intervals", [_longest(run) for run in runs], "6")
    yield row("right looks published within 2 intervals", [_share(run) for run in runs], "99.50 %")
    yield row("paid calls for each interval", [f"{run.calls / run.intervals:.3f}" for run in runs], "1.150")


def _late(run: Run) -> int:
    return sum(intervals > 2 for intervals in run.repairs) + (run.contradicted_at is not None)  # noqa: PLR2004


def _unseen(run: Run, race: Race) -> list[Decimal]:
    return [abs(one.error) for one in run.accepted if not one.taken_back and abs(one.error) > race.tolerance]


def _too_large(run: Run, race: Race) -> int:
    return sum(
        abs(one.error) > max(one.allowed, race.tolerance) + race.tolerance for one in run.accepted if not one.taken_back
    )


def _from_episodes(run: Run) -> int:
    return sum(one.beyond_window and not one.taken_back for one in run.accepted)


def _longest(run: Run) -> str:
    return "never" if run.episode_ended else str(max(run.recoveries, default=0))


def _share(run: Run) -> str:
    return f"{100 * (1 - run.published_late / max(1, run.right_looks)):.2f} %"
