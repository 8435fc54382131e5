"""What is wrong with a meters.yaml, and on which line."""

from pathlib import Path

import pytest

from scripts.meters_file.check import problems
from scripts.meters_file.document import DocumentError, load
from scripts.meters_file.keys import CAMERA, INITIAL, INTERVAL, LIGHT, METER, REGISTER
from scripts.meters_file.load import MetersFileError, load_meters
from tests.repository import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
GOOD = """\
meters:
  - name: Water
    kind: water
    camera: camera.cellar
    light: {entity: light.cellar, warm_up: 3}
    rotation: 0
    crop: [0.3, 0.4, 0.3, 0.2]
    registers:
      - name: main
        unit: m³
        display: drums
        whole_digits: 5
        decimals: 3
        hard_ceiling: 5
        initial: {value: "530.070", time: "2026-11-01T08:00:00+01:00"}
        tariff: {currency: EUR, price: 4.35}
    interval: {normal: "00:15:00", shortest: "00:05:00", longest: "01:00:00"}
    quiet_hours: ["23:00", "05:00"]
"""
ADDRESS = "{url: 'http://192.0.2.7/a.jpg', username: me, password_env: NAME}"


def check(tmp_path: Path, text: str) -> list[str]:
    """Return each problem with its line."""
    path = tmp_path / "meters.yaml"
    path.write_text(text, encoding="utf-8")
    document = load(path)
    return [f"{document.line(found.place)}: {found.what} ({found.mend})" for found in problems(document)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_right(path: Path) -> None:
    meters = load_meters(path)
    assert meters[0].meter.kind == path.stem


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs" / "many_meters.md").read_text(encoding="utf-8")
    for level in (METER, CAMERA, LIGHT, REGISTER, INITIAL, INTERVAL):
        assert not [key for key in level.all if key not in page]


def test_there_is_an_example_of_every_kind() -> None:
    assert [path.stem for path in EXAMPLES] == ["electricity", "gas", "water"]


def test_a_good_file(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD) == []


def test_times_may_stand_unquoted(tmp_path: Path) -> None:
    """YAML reads them as numbers to the base of sixty."""
    assert check(tmp_path, GOOD.replace('"', "").replace("value: 530.070", "value: '530.070'")) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("name: Water", "name: ''", 2, "the name is empty"),
        ("  - name: Water\n    kind: water", "  - kind: water", 2, "`name` is missing (add `name: ...`)"),
        ("kind: water", "kind: heat", 3, "this is no kind of meter (write water, electricity or gas)"),
        ("rotation: 0", "rotaton: 0", 6, "`rotaton` is not known here (is it `rotation`?)"),
        ("rotation: 0", "rotation: upright", 6, "`rotation` is not right (write degrees clockwise"),
        ("rotation: 0", "rotation: 0\n    rotation: 90", 7, "`rotation` stands here twice"),
        ("0.4, 0.3, 0.2]", "0.4, 0.9, 0.2]", 7, "`crop` is not right (The box lies outside of the picture"),
        ("camera.cellar", "sensor.cellar", 4, "this is no camera"),
        ("camera.cellar", "{username: me}", 4, "it does not say where the camera is"),
        ("camera.cellar", "{host: a, url: 'http://a/b'}", 4, "it does not say where the camera is"),
        ("camera.cellar", "{host: a, auth: form}", 4, "this is no way to log in"),
        ("camera.cellar", "{host: a, username: me, password_env: $NAME}", 4, "this is no name of a variable"),
        ("camera.cellar", "{host: a, password_env: NAME}", 4, "there is a password for nobody"),
        ("light.cellar", "lamp.cellar", 5, "this is no lamp"),
        ("warm_up: 3", "warm_up: 300", 5, "this is no number of seconds (write 0 to 60)"),
        ("unit: m³", "unit: kWh", 10, "`unit` is not right (write one of m³"),
        (
            "display: drums",
            "display: drum",
            11,
            "`display` is not right (write one of drums, drums and dials",
        ),
        ("decimals: 3", "decimals: three", 13, "`decimals` is not right"),
        ("whole_digits: 5", "whole_digits: 15", 12, "`whole_digits` is not right (Enter how many digits"),
        ("hard_ceiling: 5", "hard_ceiling: -5", 14, "`hard_ceiling` is not right (The highest use per hour"),
        ("hard_ceiling: 5", "digits: 5", 14, "`digits` is not known here (is it `whole_digits`?)"),
        ('"530.070"', '"5300701"', 15, "the register cannot show this value"),
        ("08:00:00+01:00", "08:00:00", 15, "this is no time with an offset"),
        ("currency: EUR, ", "", 16, "the tariff is wrong: currency"),
        ("price: 4.35", "price: cheap", 16, "the tariff is wrong: number price"),
        ('"00:15:00"', '"00:00:15"', 17, "this is no interval"),
        ('"00:15:00"', "often", 17, "this is no interval"),
        ('"00:05:00"', '"00:30:00"', 17, "shortest, normal and longest are out of order"),
        ('["23:00", "05:00"]', '"23:00"', 18, "these are no two times of day"),
        ('["23:00", "05:00"]', '["23:00", "23:00"]', 18, "the quiet hours begin when they end"),
        ('["23:00", "05:00"]', '["23:00", "25:00"]', 18, "these are no two times of day"),
        ("registers:", "register:", 8, "`register` is not known here (is it `registers`?)"),
        ("meters:", "metres:", 1, "no meters are described"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, old: str, new: str, line: int, expected: str) -> None:
    assert old in GOOD
    found = check(tmp_path, GOOD.replace(old, new, 1))
    assert [problem for problem in found if problem.startswith(f"{line}: {expected}")], found


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        ("{host: a, username: me, password: hunter2}", "`password` holds a secret itself"),
        ("{url: 'http://me:hunter2@192.0.2.7/a.jpg'}", "the address holds a password"),
        ("{url: 'http://192.0.2.7/a.jpg?user=me&pwd=hunter2'}", "the address holds a secret"),
        ("{host: a}\n    api_key: sk-ant-hunter2", "`api_key` holds a secret itself"),
        ("{host: a}\n    reader: {model: sk-ant-hunter2}", "this looks like a key"),
    ],
)
def test_secrets_are_refused_and_not_repeated(tmp_path: Path, camera: str, expected: str) -> None:
    found = check(tmp_path, GOOD.replace("camera.cellar", camera))
    (problem,) = [problem for problem in found if expected in problem]
    assert "_env: NAME`" in problem
    assert "hunter2" not in "".join(found)


def test_a_secret_may_be_named(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD.replace("camera.cellar", ADDRESS)) == []


def test_names_tell_meters_apart(tmp_path: Path) -> None:
    second = GOOD.removeprefix("meters:\n").replace("name: Water", "name: WATER")
    assert check(tmp_path, GOOD + second) == ["19: another meter has this name (names tell meters apart)"]


@pytest.mark.parametrize(
    ("text", "line"), [("meters:\n  - name: [unclosed\n", 3), ("a: b\n\tc: d\n", 2), ("a: *nowhere\n", 1)]
)
def test_what_is_no_yaml(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "meters.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert caught.value.line == line
    with pytest.raises(MetersFileError, match=f"meters.yaml:{line}: this is no YAML"):
        load_meters(path)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "meters.yaml"
    path.write_text(GOOD.replace("warm_up: 3", "warm_up: x").replace("EUR", "euros"), encoding="utf-8")
    with pytest.raises(MetersFileError) as caught:
        load_meters(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["5", "16"]
