"""`scripts/replay`: a meter's history through the judge."""

import csv
from pathlib import Path

import pytest

from scripts.replaying.command import COLUMNS, main

METER = """
meters:
  - name: Water main
    kind: water
    camera: camera.cellar
    registers:
      - name: main
        unit: m³
        whole_digits: 5
        dials: 4
        dial_decimals: 4
        display: drums and dials
        hard_ceiling: 5
        {initial}
    interval: {{normal: "00:15:00"}}
"""
INITIAL = 'initial: {value: "530.0708", time: "2026-11-01T08:00:00+01:00"}'
HISTORY = """time,value,truth
2026-11-01T08:15:00+01:00,530.0810,530.0810
2026-11-01T08:30:00+01:00,538.0810,530.0810
2026-11-01T08:31:00+01:00,530.0811,530.0811
2026-11-01T08:45:00+01:00,530.3811,530.0811
2026-11-01T09:00:00+01:00,530.0911,530.0911
2026-11-01T09:01:00+01:00,530.0911,530.0911
2026-11-01T09:15:00+01:00,?,530.0911
"""
STANDING = """time,value,truth
2026-11-01T08:15:00+01:00,530.0714,530.0710
2026-11-01T08:30:00+01:00,530.0712,530.0710
2026-11-01T08:45:00+01:00,530.0714,530.0710
"""
POSITIONS = """time,wheels,dials
2026-11-01T08:15:00+01:00,0 0 5 3 0.1,0.8 8.1 1.0 0.0
2026-11-01T08:16:00+01:00,0 0 5 3 0.1,0.8 8.1 1.0 0.0
2026-11-01T08:30:00+01:00,0 0 5 ? 0.1,0.9 8.5 5.0 0.0
2026-11-01T08:45:00+01:00,0 5 3 0.1,0.9 8.5 5.0 0.0
"""


@pytest.mark.parametrize(
    ("initial", "history", "last_line", "rules"),
    [
        pytest.param(
            INITIAL,
            HISTORY,
            "observations=7 accepted=4 held=2 rejected=0 unreadable=1 corrected=1 asked=3 decreases=0 wrong=0"
            " final=530.0911",
            "in_window rate_too_high in_window in_window below_last false_high_corrected unreadable",
            id="values",
        ),
        pytest.param(
            INITIAL,
            STANDING,
            "observations=3 accepted=3 held=0 rejected=0 unreadable=0 corrected=0 asked=0 decreases=0 wrong=2"
            " final=530.0714",
            "in_window confirmed confirmed",
            id="a right look that leaves the total as it is, between two that are wrong",
        ),
        pytest.param(
            "",
            POSITIONS,
            "observations=4 accepted=2 held=1 rejected=0 unreadable=1 corrected=0 asked=2 decreases=0 wrong=-"
            " final=530.0850",
            "no_reference first_reading resolved_by_history unreadable",
            id="positions, with a drum unreadable and a drum missing",
        ),
        pytest.param(
            INITIAL,
            "time,value\n",
            "observations=0 accepted=0 held=0 rejected=0 unreadable=0 corrected=0 asked=0 decreases=0 wrong=-"
            " final=530.0708",
            "",
            id="nothing",
        ),
    ],
)
def test_replay(  # noqa: PLR0917  one for each part of a case
    tmp_path: Path, capsys: pytest.CaptureFixture[str], initial: str, history: str, last_line: str, rules: str
) -> None:
    (tmp_path / "meter.yaml").write_text(METER.format(initial=initial), encoding="utf-8")
    (tmp_path / "observations.csv").write_text(history, encoding="utf-8")
    out = tmp_path / "verdicts.csv"

    assert main([str(tmp_path / "meter.yaml"), str(tmp_path / "observations.csv"), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last_line
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rule"] for row in rows] == rules.split()
    assert not rows or tuple(rows[0]) == COLUMNS
    if rows:
        assert f"final={rows[-1]['published']}" in last_line


@pytest.mark.parametrize(
    ("meter", "history", "reason"),
    [
        ("meters: []", HISTORY, "one meter"),
        ("- a", HISTORY, "no description"),
        (METER.format(initial="initial: {value: x, time: 1}"), HISTORY, "`initial`"),
        (METER.format(initial="").replace("water", "steam"), HISTORY, "kind"),
        (
            METER.format(initial="").replace("drums and dials", "rollers"),
            HISTORY,
            "write one of drums, drums and",
        ),
        (METER.format(initial="").replace("00:15:00", "15 min"), HISTORY, 'write "00:15:00"'),
        (METER.format(initial=""), "when,value\n", "columns"),
        (METER.format(initial=""), "time,value\n2026-11-01T08:15:00,1\n", "offset"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], meter: str, history: str, reason: str
) -> None:
    (tmp_path / "meter.yaml").write_text(meter, encoding="utf-8")
    (tmp_path / "observations.csv").write_text(history, encoding="utf-8")
    assert main([str(tmp_path / "meter.yaml"), str(tmp_path / "observations.csv")]) == 2
    assert reason in capsys.readouterr().err
