"""scripts/validate_config with files that are right and files that are broken in one way each."""

from collections.abc import Callable
import json
from pathlib import Path
import shutil

import pytest
import yaml

from scripts.validation.command import main
from tests.repository import ROOT

PROVISIONING = ROOT / "grafana-provisioning"
ENV = """\
# as docker compose reads it
INFLUX_URL=http://192.0.2.7:8086
INFLUX_TOKEN=0123456789abcdef
export GRAFANA_PASSWORD="correct horse"
"""
METERS = (ROOT / "docs" / "examples" / "water.yaml").read_text(encoding="utf-8")


def said(path: Path, capsys: pytest.CaptureFixture[str], status: int = 1) -> list[str]:
    """Return what is said about a path, without the last line."""
    assert main([str(path)]) == status
    return [line.replace(f"{path.parent}/", "") for line in capsys.readouterr().out.splitlines()[:-1]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the provisioning folder, ready to be broken."""
    copy = tmp_path / "provisioning"
    shutil.copytree(PROVISIONING, copy, ignore=shutil.ignore_patterns(".env"))
    return copy


def test_the_repositorys_own_files_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    examples = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
    assert main([str(PROVISIONING), *map(str, examples)]) == 0
    assert capsys.readouterr().out == f"{len(examples) + 1} checked, 0 to mend\n"


def test_without_arguments_the_usual_places_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    Path("meters.yaml").write_text("meters: []\n", encoding="utf-8")
    assert main([]) == 1
    assert "meters.yaml:1: no meters are described" in capsys.readouterr().out


def test_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing.yaml")]) == 2
    assert "there is no" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("INFLUX_URL=", "INFLUX URL=", ".env:2: this is no NAME=value"),
        ("# as", "as", ".env:1: this is no NAME=value"),
        ("GRAFANA_PASSWORD", "INFLUX_TOKEN", ".env:4: INFLUX_TOKEN stands here twice (keep this line or line 3)"),
        ('horse"', "horse", ".env:4: GRAFANA_PASSWORD has a quotation mark too few"),
        ('"correct horse"', "", ".env:4: GRAFANA_PASSWORD is empty"),
        ('"correct horse"', "short", ".env:4: GRAFANA_PASSWORD is short"),
        ("0123456789abcdef", "your-token-here", ".env:3: INFLUX_TOKEN is that of an example"),
    ],
)
def test_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, expected: str) -> None:
    path = tmp_path / ".env"
    path.write_text(ENV, encoding="utf-8")
    path.chmod(0o600)
    assert said(path, capsys, 0) == []
    path.write_text(ENV.replace(old, new, 1), encoding="utf-8")
    (line,) = said(path, capsys)
    assert line.startswith(expected)


def test_secrets_are_hidden_from_others_and_from_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / ".env"
    path.write_text(ENV, encoding="utf-8")
    path.chmod(0o644)
    (line,) = said(path, capsys)
    assert "others on this machine can read the secrets" in line
    assert "0123456789abcdef" not in line


def test_an_example_names_what_there_is_and_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example, path = tmp_path / ".env.example", tmp_path / ".env"
    example.write_text("INFLUX_TOKEN=0123456789abcdef\nGRAFANA_PORT=3000\n", encoding="utf-8")
    path.write_text(ENV, encoding="utf-8")
    path.chmod(0o600)
    assert said(path, capsys) == [".env: GRAFANA_PORT is missing (copy its line from .env.example)"]
    assert said(example, capsys) == [
        ".env.example:1: INFLUX_TOKEN holds a secret in a file that everybody gets (leave it empty)"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("whole_digits: 5", "whole_digits: 50", "meters.yaml:12: `whole_digits` is not right"),
        ("kind: water", "kind: [water", "meters.yaml:5: this is no YAML"),
        ("camera.cellar", "{host: a, username: b, password: c}", "meters.yaml:5: `password` holds a secret itself"),
    ],
)
def test_meters(tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, expected: str) -> None:
    path = tmp_path / "meters.yaml"
    path.write_text(METERS.replace(old, new, 1), encoding="utf-8")
    lines = said(path, capsys)
    assert [line for line in lines if line.startswith(expected)], lines


def break_datasource(folder: Path) -> str:
    path = next(path for path in sorted((folder / "datasources").rglob("*.y*ml")) if "token" in path.read_text())
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    source = next(source for source in document["datasources"] if source.get("secureJsonData"))
    source["secureJsonData"] = dict.fromkeys(source["secureJsonData"], "a-literal-secret")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return "holds a secret itself"


def break_query(folder: Path) -> str:
    path = min((folder / "dashboards").rglob("*.json"))
    text = path.read_text(encoding="utf-8")
    assert "month_to_date" in text
    path.write_text(text.replace("month_to_date", "to_date"), encoding="utf-8")
    return "to_date is neither a field of utility_costs nor a tag"


def break_overlap(folder: Path) -> str:
    path = min((folder / "dashboards").rglob("*.json"))
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    for panel in dashboard["panels"][:2]:
        panel["gridPos"] = {"x": 0, "y": 0, "w": 12, "h": 4}
    path.write_text(json.dumps(dashboard), encoding="utf-8")
    return "lies over"


def break_json(folder: Path) -> str:
    min((folder / "dashboards").rglob("*.json")).write_text("{", encoding="utf-8")
    return "cannot be read"


def break_rule(folder: Path) -> str:
    path = min((folder / "alerting").rglob("rules.yaml"))
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["groups"][0]["rules"][0]["condition"] = "Z"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return "condition"


@pytest.mark.parametrize("breaking", [break_datasource, break_query, break_overlap, break_json, break_rule])
def test_provisioning(folder: Path, capsys: pytest.CaptureFixture[str], breaking: Callable[[Path], str]) -> None:
    assert said(folder, capsys, 0) == []
    expected = breaking(folder)
    lines = said(folder, capsys)
    assert [line for line in lines if expected in line and line.startswith("provisioning/")], lines
    assert "a-literal-secret" not in "".join(lines)


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("TZ=Mars/Base", "write a name of the IANA list, like Europe/Berlin"),
        ("TZ=../etc/passwd", "write a name of the IANA list, like Europe/Berlin"),
        ("QUERY_LANGUAGE=sql", "write flux or influxql"),
        ("RETENTION=1year", "write a duration like 365d, or 0 for ever"),
        ("GRAFANA_PORT=70000", "write 1 to 65535"),
        ("INFLUXDB_ADDRESS=localhost", "write an address of this machine, like 127.0.0.1, or 0.0.0.0 for all"),
    ],
)
def test_values_that_the_provisioning_cannot_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, mend: str
) -> None:
    path = tmp_path / ".env"
    path.write_text(f"{line}\nOTHER=sql\n", encoding="utf-8")
    name, _, value = line.partition("=")
    assert said(path, capsys) == [f".env:1: {name} cannot be {value} ({mend})"]


def test_the_environment_of_the_provisioning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = folder / ".env"
    lines = (folder / ".env.example").read_text(encoding="utf-8").splitlines()
    env.write_text(
        "\n".join(f"{line}a long secret" if line.endswith("=") else line for line in lines), encoding="utf-8"
    )
    env.chmod(0o600)
    assert said(folder, capsys, 0) == []
    env.write_text("\n".join(lines), encoding="utf-8")
    found = said(folder, capsys)
    assert len(found) == len(set(found)) == sum(line.endswith("=") for line in lines)
    assert all("is empty" in line for line in found)
