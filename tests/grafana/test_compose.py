"""The compose project: no secret in it, every file there, and a set-up step that makes nothing twice."""

import os
from pathlib import Path
import re
import stat
import subprocess
from typing import Any

import pytest
import yaml

from .conftest import PROVISIONING

COMPOSE: dict[str, Any] = yaml.safe_load((PROVISIONING / "docker-compose.yml").read_text(encoding="utf-8"))
EXAMPLE = (PROVISIONING / ".env.example").read_text(encoding="utf-8")
INFLUX = """#!/usr/bin/env bash
# Answers as the command of InfluxDB 2.x is documented to, for buckets and tokens.
echo "$*" >>calls
case "$1 $2" in
  "bucket list") cat buckets ;;
  "bucket create") printf '%016d\\t%s\\t%s\\n' "$(wc -l <buckets)" "$4" "$6" >>buckets ;;
  "auth create") printf '{\\n\\t"id": "1",\\n\\t"description": "%s",\\n\\t"token": "made-%s=="\\n}\\n' "$4" "$RANDOM" ;;
  *) exit 1 ;;
esac
"""


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_every_service_is_pinned_and_watched(service: str) -> None:
    found = COMPOSE["services"][service]
    assert re.fullmatch(r"[\w/]+:\$\{\w+_VERSION:-[\d.]+\}", found["image"])
    assert ("healthcheck" in found) != (service == "setup")


def test_credentials_come_from_the_environment_only() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|TOKEN|USER", name) and name != "GF_USERS_ALLOW_SIGN_UP":
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name


def test_every_variable_is_explained_and_no_password_has_a_default() -> None:
    for block in EXAMPLE.split("\n\n")[1:]:
        assert block.startswith("#"), block
    empty = set(re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE))
    assert empty == {"INFLUXDB_PASSWORD", "INFLUXDB_ADMIN_TOKEN", "GRAFANA_PASSWORD"}


@pytest.mark.parametrize("language", ["flux", "influxql"])
def test_every_mounted_file_is_there(language: str) -> None:
    mounts = [mount for service in COMPOSE["services"].values() for mount in service["volumes"]]
    for mount in mounts:
        source = re.sub(r"\$\{QUERY_LANGUAGE[^}]*\}", language, mount).split(":")[0]
        if source.startswith("./"):
            assert (PROVISIONING / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


def test_the_start_page_and_the_provider_agree() -> None:
    environment = COMPOSE["services"]["grafana"]["environment"]
    provider = yaml.safe_load((PROVISIONING / "dashboards" / "provider.yaml").read_text(encoding="utf-8"))
    folder = provider["providers"][0]["options"]["path"].replace("$QUERY_LANGUAGE", "flux")
    start = re.sub(r"\$\{QUERY_LANGUAGE[^}]*\}", "flux", environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert start == f"{folder}/overview.json"
    assert f"./dashboards:{folder.removesuffix('/flux')}:ro" in COMPOSE["services"]["grafana"]["volumes"]


@pytest.fixture
def run_setup(tmp_path: Path) -> Any:
    """Return what runs the set-up step against a stand-in for InfluxDB's command, which is not in the distribution."""
    influx = tmp_path / "influx"
    influx.write_text(INFLUX, encoding="utf-8")
    influx.chmod(influx.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "buckets").write_text("0\t_monitoring\t168h\n1\twater_meter\t8760h\n", encoding="utf-8")
    buckets = dict(re.findall(r"^(BUCKET_\w+|RETENTION)=(\w+)$", EXAMPLE, re.MULTILINE))

    def run(**changes: str) -> list[str]:
        (tmp_path / "calls").write_text("", encoding="utf-8")
        environment = {**os.environ, **buckets, **changes, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        environment["TOKENS"] = str(tmp_path / "tokens")
        command = ["bash", str(PROVISIONING / "setup" / "buckets.sh")]
        subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True)  # noqa: S603
        return (tmp_path / "calls").read_text(encoding="utf-8").splitlines()

    return run


def test_the_setup_makes_what_is_missing_and_nothing_twice(tmp_path: Path, run_setup: Any) -> None:
    calls = run_setup()
    created = [call for call in calls if "create" in call]
    assert [call.split()[3:] for call in created[:4]] == [
        ["electric_meter", "--retention", "365d"],
        ["gas_meter", "--retention", "365d"],
        ["utility_costs", "--retention", "365d"],
        ["utility_daily", "--retention", "0"],
    ]
    grafana, home_assistant = created[4:]
    assert (grafana.count("--read-bucket"), grafana.count("--write-bucket")) == (5, 0)
    assert (home_assistant.count("--read-bucket"), home_assistant.count("--write-bucket")) == (0, 5)
    tokens = {name: (tmp_path / "tokens" / name).read_text(encoding="utf-8") for name in ("grafana", "home-assistant")}
    assert all(re.fullmatch(r"made-\d+==", token) for token in tokens.values())
    assert not [call for call in run_setup() if "create" in call]
    assert tokens["grafana"] == (tmp_path / "tokens" / "grafana").read_text(encoding="utf-8")


def test_the_shared_bucket_is_made_once(run_setup: Any) -> None:
    shared = {f"BUCKET_{name}": "utility" for name in ("WATER", "ELECTRICITY", "GAS", "COSTS")}
    created = [call for call in run_setup(**shared) if "bucket create" in call]
    assert [call.split()[3] for call in created] == ["utility", "utility_daily"]
