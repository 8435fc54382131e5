"""The command by which people find out how well their meter is read."""

from collections.abc import Callable
import csv
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess

import pytest

from scripts.evaluation.command import main

ROOT = Path(__file__).parent.parent
TRUTH = ROOT / "tests/fixtures/recorded_truth.csv"
ANSWERS = ROOT / "tests/fixtures/recorded_answers.json"


@dataclass(frozen=True)
class Result:
    """What the command left."""

    returncode: int
    stdout: str
    stderr: str


type Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Return the command as a function."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    def run(*arguments: str | Path) -> Result:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run


def altered(folder: Path, file: str, **changes: str) -> Path:
    """Return a truth file in which one row is changed."""
    with TRUTH.open(newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if row["file"] == file:
            row.update(changes)
    path = folder / "truth.csv"
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_recorded_answers(evaluate: Evaluate) -> None:
    lines = evaluate("--truth", TRUTH, "--answers", ANSWERS).stdout.splitlines()
    assert len(lines) == 61
    assert lines[-1] == "right=57 wrong=0 held=3 of=60"
    assert (
        lines[1]
        == "d02.jpg      right  5362.995 (5362.9945 to 5362.9955), margin 12.0, high; truth 5362.9940 to 5362.9960"
    )


def test_the_command_itself() -> None:
    command = [ROOT / "scripts/evaluate", "--truth", TRUTH, "--answers", ANSWERS]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  the project's own
    assert result.stdout.splitlines()[-1] == "right=57 wrong=0 held=3 of=60"


@pytest.mark.parametrize(
    ("file", "changes", "last"),
    [
        ("d02.jpg", {"low": "5362.9960", "high": "5362.9980"}, "right=56 wrong=1 held=3 of=60"),
        ("d02.jpg", {"low": "", "high": ""}, "right=56 wrong=1 held=3 of=60"),
        ("d02.jpg", {"whole_digits": "6"}, "right=56 wrong=0 held=4 of=60"),
        ("d08.jpg", {"low": "1", "high": "2"}, "right=56 wrong=0 held=4 of=60"),
    ],
)
def test_another_truth_gives_another_score(
    evaluate: Evaluate, tmp_path: Path, file: str, changes: dict[str, str], last: str
) -> None:
    result = evaluate("--truth", altered(tmp_path, file, **changes), "--answers", ANSWERS)
    assert result.stdout.splitlines()[-1] == last


def test_an_answer_that_is_missing_is_an_error(evaluate: Evaluate, tmp_path: Path) -> None:
    answers = json.loads(ANSWERS.read_text())
    del answers["d03.jpg"]
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(answers))
    result = evaluate("--truth", TRUTH, "--answers", path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == "error: no answer for d03.jpg\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "steam"}, "line 4: 'steam' is not a valid MeterKind"),
        ({"decimals": "one"}, "line 4: invalid literal for int() with base 10: 'one'"),
        ({"low": "x"}, "line 4:"),
        ({"low": ""}, "line 4: low and high"),
    ],
)
def test_a_truth_that_cannot_be_used_says_where(
    evaluate: Evaluate, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    result = evaluate("--truth", altered(tmp_path, "d03.jpg", **changes), "--answers", ANSWERS)
    assert result.returncode == 2
    assert message in result.stderr


def test_columns_must_be_there(evaluate: Evaluate, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("file,kind\nd01.jpg,gas\n")
    result = evaluate("--truth", path, "--answers", ANSWERS)
    assert (result.returncode, result.stderr) == (2, f"error: {path}: the column display is missing\n")


def test_photos_need_a_key(evaluate: Evaluate, tmp_path: Path) -> None:
    result = evaluate("--truth", TRUTH, "--photos", tmp_path)
    assert result.returncode == 2
    assert "ANTHROPIC_API_KEY" in result.stderr
