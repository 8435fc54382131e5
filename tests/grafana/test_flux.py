"""Every Flux query passes InfluxData's own language server, and the check notices what is wrong."""

from pathlib import Path
import subprocess

import pytest

from scripts.dashboards.lint import lint, queries_of
from tests.repository import ROOT

from .conftest import PROVISIONING

MISSING_PROGRAM = 3


def flux_lint(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "scripts" / "flux_lint"), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="module", autouse=True)
def language_server() -> None:
    """Have the language server fetched, by npm from its registry."""
    ended = flux_lint()
    if ended.returncode == MISSING_PROGRAM or "npm" in ended.stderr:
        pytest.skip(f"the Flux language server is not here: {ended.stderr.strip()[-200:]}")


def test_every_query_is_right() -> None:
    ended = flux_lint()
    assert ended.stdout.endswith("queries checked, 0 findings\n"), ended.stdout
    assert ended.returncode == 0


def test_dashboards_rules_and_variables_are_checked() -> None:
    names = [name for name, _ in queries_of(PROVISIONING / "dashboards" / "flux" / "water.json")]
    assert any("meter" in name for name in names)
    assert any("Today" in name for name in names)
    assert len([name for name, _ in queries_of(PROVISIONING / "alerting" / "flux" / "rules.yaml")]) > 10


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("from(bucket: 3)\n  |> range(start: -1h)", "query, line 1:14", "expected string but found int"),
        (
            'import "date"\n\nfrom(bucket: v.defaultBucket)\n  |> range(start: -1d)\n  |> last(colum: "x")',
            "query, line 5:",
            "unexpected argument colum",
        ),
        ('import "nosuch/package"\nfrom(bucket: "x") |> range(start: -1h)', "query, line 1:1", "invalid import path"),
        ("from(bucket: v.defaultBucket", "query, line 1:", "expected RPAREN"),
        ('from(bucket: "${bucket}") |> range(start: -1h) |> rate()', "query, line 1:", "undefined identifier rate"),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(text: str, where: str, what: str) -> None:
    findings = lint({"query": text})
    assert any(finding.where.startswith(where) and what in finding.what for finding in findings), findings


def test_a_script_of_its_own_can_be_checked(tmp_path: Path) -> None:
    task = tmp_path / "task.flux"
    task.write_text(
        'option task = {name: "days", every: 1h}\nfrom(bucket: "a") |> range(start: -1h)\n', encoding="utf-8"
    )
    assert flux_lint(task).returncode == 0
    task.write_text('from(bucket: "a") |> range(begin: -1h)\n', encoding="utf-8")
    ended = flux_lint(task)
    assert ended.returncode == 1
    assert "task.flux, line 1:" in ended.stdout
