"""The command: score recorded answers, or ask the reader first."""

import argparse
import asyncio
from collections.abc import Sequence
import json
from pathlib import Path
import sys
from typing import Any

from custom_components.meter_vision.metering.claude import DEFAULT_MODEL
from custom_components.meter_vision.metering.errors import MeteringError

from .ask import NoKeyError, ask_reader
from .score import score_answer, summary
from .truth import Truth, TruthError, check_complete, load_truths


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line for each photo and the sums; return the exit code."""
    options = _options(arguments)
    try:
        truths = load_truths(options.truth)
        if options.answers:
            answers = json.loads(options.answers.read_text(encoding="utf-8"))
        else:
            answers = asyncio.run(ask_reader(truths, options))
        check_complete(truths, answers)
    except (TruthError, NoKeyError, OSError, ValueError) as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    except MeteringError as err:
        print(f"error: the reader gave no answer: {err.translation_key} {err.placeholders}", file=sys.stderr)
        return 2
    _print_scores(truths, answers)
    return 0


def _print_scores(truths: list[Truth], answers: dict[str, Any]) -> None:
    scored = [score_answer(truth, answers[truth.file]) for truth in truths]
    for item in scored:
        print(f"{item.file:<12} {item.score:<6} {item.reason}")
    print(summary(scored))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/evaluate", description="Scores how well meters are read.")
    parser.add_argument("--truth", type=Path, required=True, metavar="T.csv", help="what the meters really show")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--answers", type=Path, metavar="A.json", help="recorded answers, by file name")
    source.add_argument("--photos", type=Path, metavar="FOLDER", help="show these photos to the reader; costs money")
    parser.add_argument("--base-url", help="address of the Messages API, if it is not Anthropic's")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--out", type=Path, default=Path("answers.json"), help="where to keep the reader's answers")
    return parser.parse_args(arguments)
