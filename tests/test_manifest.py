"""What hassfest, the HACS action and the Marketplace look at, as far as it can be looked at here."""

import ast
import json
from pathlib import Path
from typing import Any

from awesomeversion import AwesomeVersion
from homeassistant.components.marketplace.utils.validate import INTEGRATION_MANIFEST_VALUES, REPOSITORY_MANIFEST_VALUES
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from packaging.requirements import Requirement
from PIL import Image
import pytest

from tests.repository import PACKAGE, ROOT, name_of, package_modules, tree

MANIFEST: dict[str, Any] = json.loads((PACKAGE / "manifest.json").read_text(encoding="utf-8"))
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))

ALLOWED_KEYS = {
    "after_dependencies", "codeowners", "config_flow", "dependencies", "documentation", "domain", "integration_type",
    "iot_class", "issue_tracker", "loggers", "name", "quality_scale", "requirements", "single_config_entry", "version",
}  # fmt: skip
REQUIRED_KEYS = {
    "codeowners", "config_flow", "documentation", "domain", "integration_type", "iot_class", "issue_tracker", "name",
    "requirements", "version",
}  # fmt: skip
HACS_KEYS = {
    "content_in_root", "country", "filename", "hacs", "hide_default_branch", "homeassistant", "name",
    "persistent_directory", "render_readme", "zip_release",
}  # fmt: skip
FREE_COMPONENTS = {platform.value for platform in Platform} | {"frontend", "media_source", "websocket_api"}
"""Parts of Home Assistant that an integration may import without declaring them, as hassfest has it."""


def test_manifest_keys() -> None:
    assert set(MANIFEST) <= ALLOWED_KEYS
    assert set(MANIFEST) >= REQUIRED_KEYS
    assert list(MANIFEST) == ["domain", "name", *sorted(set(MANIFEST) - {"domain", "name"})]


def test_manifest_values() -> None:
    assert MANIFEST["domain"] == PACKAGE.name
    assert MANIFEST["integration_type"] == "service"
    assert MANIFEST["iot_class"] == "cloud_polling"
    assert AwesomeVersion(MANIFEST["version"]).valid
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
        assert "home-assistant.io" not in MANIFEST[key]


def test_requirements_leave_room_for_those_of_home_assistant() -> None:
    """An exact version would be installed over the one that Home Assistant's own integrations ask for."""
    for requirement in map(Requirement, MANIFEST["requirements"]):
        assert not [part for part in requirement.specifier if part.operator in {"==", "==="}]


def test_used_parts_of_home_assistant_are_declared() -> None:
    declared = {*MANIFEST.get("dependencies", []), *MANIFEST.get("after_dependencies", [])}
    used = {component for path in package_modules() for component in _components(path)}
    own_platforms = {component for component in used if (PACKAGE / f"{component}.py").exists()}
    assert used - FREE_COMPONENTS - own_platforms <= declared
    assert declared <= used, "declared and not used"


def _components(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("homeassistant.components"):
            parts = (node.module or "").split(".")
            found |= {parts[2]} if len(parts) > 2 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            found |= {parts[2] for parts in names if parts[:2] == ["homeassistant", "components"]}
    return found


async def test_home_assistant_accepts_the_manifest(hass: HomeAssistant) -> None:
    integration = await async_get_integration(hass, MANIFEST["domain"])
    assert integration.config_flow
    assert integration.has_branding
    assert integration.has_translations
    assert integration.has_services
    assert await integration.resolve_dependencies() is not None


def test_hacs() -> None:
    assert set(HACS) <= HACS_KEYS
    assert HACS["name"] == MANIFEST["name"]
    assert (ROOT / "README.md").exists()


@pytest.mark.parametrize(
    ("values", "content"), [(REPOSITORY_MANIFEST_VALUES, HACS), (INTEGRATION_MANIFEST_VALUES, MANIFEST)]
)
def test_the_marketplace_reads_every_value(values: dict[str, Any], content: dict[str, Any]) -> None:
    read = {key: check(content[key]) for key, check in values.items() if key in content}
    assert read == {key: content[key] for key in read}
    assert "name" in read


@pytest.mark.parametrize(
    ("name", "side"),
    [("icon", 256), ("icon@2x", 512), ("logo", 256), ("logo@2x", 512), ("dark_logo", 256), ("dark_logo@2x", 512)],
)
def test_brand_pictures(name: str, side: int) -> None:
    with Image.open(PACKAGE / "brand" / f"{name}.png") as picture:
        assert picture.format == "PNG"
        assert picture.mode == "RGBA"
        assert min(picture.size) == side
        assert (picture.width == picture.height) == name.startswith("icon")
        assert picture.getbbox() == (0, 0, *picture.size) or not name.startswith("icon"), "trimmed"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.json")), ids=name_of)
def test_json_has_no_key_twice(path: Path) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
