"""The command by which people find out how well their meter is read."""

from collections.abc import Callable
import csv
from dataclasses import dataclass
from decimal import Decimal
import json
from pathlib import Path
import subprocess

import pytest

from scripts.evaluation.command import main
from scripts.evaluation.truth import COLUMNS, upright_crop

from .simulator.fixtures import WRONG_KEY, Simulator
from .simulator.meters import METERS
from .simulator.renderer import jpeg

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


def photographed(folder: Path) -> Path:
    """Take a picture of each simulated meter and return what they show."""
    shown = {"water": "530.0708", "electricity": "41873.4", "gas": "7312.486"}
    with (folder / "truth.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "rotation"])
        writer.writeheader()
        for key, value in shown.items():
            (folder / f"{key}.jpg").write_bytes(jpeg(METERS[key], Decimal(value)))
            described = METERS[key].description()
            register = {column: described["registers"][0].get(column, "") for column in COLUMNS}
            bounds = {
                "low": Decimal(value) - Decimal(1).scaleb(-METERS[key].places),
                "high": Decimal(value) + Decimal(1).scaleb(-METERS[key].places),
            }
            placed = {"file": f"{key}.jpg", "kind": key, "rotation": described["rotation"]}
            writer.writerow(register | bounds | placed)
    return folder / "truth.csv"


def test_photos_are_shown_to_the_reader(
    evaluate: Evaluate, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = photographed(tmp_path)
    (tmp_path / "gas.jpg").write_bytes(b"<html>not here</html>")
    monkeypatch.setenv("ANTHROPIC_API_KEY", simulator.api_key)
    kept = tmp_path / "answers.json"
    shown = ("--photos", tmp_path, "--base-url", simulator.api_url, "--out", kept)
    lines = evaluate("--truth", truth, *shown).stdout.splitlines()
    assert lines[-1] == "right=2 wrong=0 held=1 of=3"
    assert lines[1].startswith("calls=2 input_tokens=")
    assert "$0.00" in lines[1]
    assert simulator.paid_calls == 2
    assert json.loads(kept.read_text())["gas.jpg"]["scene"] == "not sent: web_page"
    again = evaluate("--truth", truth, "--answers", kept).stdout.splitlines()
    assert again == lines[2:]


def test_a_reader_that_cannot_be_asked_is_an_error(
    evaluate: Evaluate, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", WRONG_KEY)
    shown = ("--photos", tmp_path, "--base-url", simulator.api_url, "--out", tmp_path / "answers.json")
    result = evaluate("--truth", photographed(tmp_path), *shown)
    assert result.returncode == 2
    assert result.stderr.startswith("error: the reader gave no answer: reader_auth")
    assert WRONG_KEY not in result.stdout + result.stderr


def test_an_answer_of_the_wrong_kind_counts_as_not_readable(
    evaluate: Evaluate, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", simulator.api_key)
    simulator.api_fault("refusal", count=1)
    shown = ("--photos", tmp_path, "--base-url", simulator.api_url, "--out", tmp_path / "answers.json")
    lines = evaluate("--truth", photographed(tmp_path), *shown).stdout.splitlines()
    assert lines[-1] == "right=2 wrong=0 held=1 of=3"
    assert lines[1].startswith("calls=3 ")


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (0, (0.1, 0.2, 0.3, 0.1)),
        (180, (0.6, 0.7, 0.3, 0.1)),
        # Turned clockwise by 90 degrees, left becomes top and top becomes right.
        (90, (0.7, 0.1, 0.1, 0.3)),
        (270, (0.2, 0.6, 0.1, 0.3)),
    ],
)
def test_a_crop_of_the_picture_as_it_lies_is_turned_with_it(
    rotation: float, expected: tuple[float, float, float, float]
) -> None:
    crop = upright_crop((0.1, 0.2, 0.3, 0.1), rotation, 800, 600)
    assert (crop.x, crop.y, crop.width, crop.height) == pytest.approx(expected)
