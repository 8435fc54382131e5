"""What `scripts/audit` says about what the integration brings."""

import subprocess
import sys

from tests.repository import ROOT


def test_packages_are_locked_and_free_and_the_page_is_current() -> None:
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, ROOT / "scripts" / "audit"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as they are locked" in done.stdout


def test_every_requirement_of_the_manifest_stands_on_the_page() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert [name for name in ("anthropic", "influxdb-client", "numpy", "httpx2") if f"| {name} |" not in page] == []
