"""The command: apply, diff or export the meters of a file."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
import os
from pathlib import Path
import sys
from types import MappingProxyType
from typing import Any

from scripts.meters_file.load import DescribedMeter, MetersFileError, load_meters

from .answers import NoSecretError, answers, register_answers
from .compare import TARIFF, Difference, differences
from .export import export
from .home import Home, HomeError
from .stored import StoredMeter, find_account, load_stored, load_texts
from .tariffs import tariff_answers
from .values import NoValueError, Values
from .walk import Answers, FlowError, Walk

_TOKEN = "HASS_TOKEN"  # noqa: S105  a name
_EPILOG = f"""environment:
  {_TOKEN}   a long-lived access token (Home Assistant, your profile, Security)
  HASS_URL     instead of --url
Exit status of diff: 0 nothing to do, 1 something; of apply: 0 all is as described, 1 a meter could not be set up.
2: the file is wrong or Home Assistant cannot be asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; return the exit status."""
    options = _options(arguments)
    if not (token := os.environ.get(_TOKEN)):
        print(f"error: set {_TOKEN} to a long-lived access token of Home Assistant", file=sys.stderr)
        return 2
    try:
        meters = () if options.action == "export" else load_meters(options.file)
        return asyncio.run(_run(options, token, meters))
    except MetersFileError as err:
        print(err, file=sys.stderr)
    except (HomeError, NoSecretError) as err:
        print(f"error: {err}", file=sys.stderr)
    return 2


async def _run(options: argparse.Namespace, token: str, meters: tuple[DescribedMeter, ...]) -> int:
    async with Home.connect(options.url, token) as home:
        account = await find_account(home, options.account)
        stored = await load_stored(home, account)
        if options.action == "export":
            text = export(stored.values())
            if options.file is None:
                print(text, end="")
            else:
                options.file.write_text(text, encoding="utf-8")
            return 0
        wanted = {meter.name.casefold(): meter for meter in meters}
        for name, meter in stored.items():
            if name not in wanted:
                print(f"  {meter.name}: only in Home Assistant, left alone")
        if options.action == "diff":
            return int(sum(_differs(meter, stored.get(name)) for name, meter in wanted.items()) > 0)
        work = _Work(home, account, await load_texts(home), options)
        return int(sum([not await work.apply(meter, stored.get(name)) for name, meter in wanted.items()]) > 0)


def _differs(meter: DescribedMeter, stored: StoredMeter | None) -> bool:
    if stored is None:
        print(f"+ {meter.name}: not there yet")
        return True
    found = differences(meter, stored.data, os.environ)
    for difference in found:
        print(f"~ {meter.name}: {difference}")
    if not found:
        print(f"  {meter.name}: as described")
    return bool(found)


class _Work:
    """Brings one meter after the other into Home Assistant."""

    def __init__(self, home: Home, account: str, texts: Mapping[str, str], options: argparse.Namespace) -> None:
        """Remember whom to ask."""
        self._home = home
        self._account = account
        self._texts = texts
        self._values = Values(given=options.value, trusted=options.trust_pictures, now=partial(datetime.now, UTC))
        self._force = options.force

    async def apply(self, meter: DescribedMeter, stored: StoredMeter | None) -> bool:
        """Make a meter as it is described; return whether it is."""
        try:
            if stored is None:
                await self._walk(meter).add(self._account)
                print(f"+ {meter.name}: added")
                await self._finish(meter)
                return True
            found = differences(meter, stored.data, os.environ)
            if not found and not self._force:
                print(f"  {meter.name}: as described")
                return True
            await self._change(meter, stored, found)
        except (FlowError, NoValueError) as err:
            print(f"! {meter.name}: {err}", file=sys.stderr)
            return False
        return True

    async def _change(self, meter: DescribedMeter, stored: StoredMeter, found: list[Difference]) -> None:
        forced = [("user", "camera")] if self._force else []
        for choices in dict.fromkeys([*forced, *(difference.choices for difference in found)]):
            needed = frozenset(each.field for each in found if each.choices == choices and each.field)
            for answered in self._passes(meter, stored, choices):
                await self._walk(meter, answered).change(self._account, stored.subentry_id, choices, needed)
        left = await self._left(meter)
        for difference in found:
            if difference not in left:
                print(f"~ {meter.name}: {difference}")
        if left:
            raise FlowError(f"the dialog has not taken up {'; '.join(map(str, left))}")

    async def _finish(self, meter: DescribedMeter) -> None:
        """Change what the dialog of a new meter does not ask for."""
        stored = (await load_stored(self._home, self._account))[meter.name.casefold()]
        if left := differences(meter, stored.data, os.environ):
            await self._change(meter, stored, left)

    async def _left(self, meter: DescribedMeter) -> list[Difference]:
        stored = (await load_stored(self._home, self._account))[meter.name.casefold()]
        return differences(meter, stored.data, os.environ)

    @staticmethod
    def _passes(meter: DescribedMeter, stored: StoredMeter, choices: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        """Yield what is answered beside the usual in each pass through one choice of the dialog."""
        if choices != TARIFF:
            yield {}
            return
        known = {kept["name"]: kept.get("tariff") for kept in stored.data["registers"]}
        for register in meter.meter.registers:
            yield from tariff_answers(register, known.get(register.name))

    def _walk(self, meter: DescribedMeter, answered: Mapping[str, Any] = MappingProxyType({})) -> Walk:
        known = Answers(
            general={**answers(meter, os.environ), **answered},
            register=partial(register_answers, meter),
            value=partial(self._values.choose, meter),
        )
        return Walk(self._home, known, self._texts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/meters",
        description="Brings the meters of a file into Home Assistant through its own dialogs, and back into a file.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="apply|diff|export")
    for name, purpose in (
        ("apply", "add what is not there, change what differs, leave the rest alone"),
        ("diff", "say what apply would do"),
        ("export", "write the meters that are there"),
    ):
        action = actions.add_parser(name, help=purpose)
        action.add_argument("file", type=Path, nargs="?" if name == "export" else None, metavar="METERS.yaml")
        url = os.environ.get("HASS_URL", "http://homeassistant.local:8123")
        action.add_argument("--url", default=url, help=f"of Home Assistant ({url})")
        action.add_argument("--account", metavar="TITLE", help="which account, if there are several")
        if name == "apply":
            action.add_argument(
                "--value", action=_Value, default={}, metavar="METER=VALUE", help="what stands on a meter now"
            )
            action.add_argument(
                "--trust-pictures", action="store_true", help="take first readings that nobody has confirmed"
            )
            action.add_argument("--force", action="store_true", help="enter cameras anew, for changed passwords")
    return parser.parse_args(arguments)


class _Value(argparse.Action):
    """Collects METER=VALUE and METER/REGISTER=VALUE."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Take up one."""
        name, separator, value = str(values).partition("=")
        if not separator:
            parser.error(f"{option_string} wants METER=VALUE")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name.strip(): value.strip()})
