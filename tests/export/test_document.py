"""docs/influxdb.md says what the schema says."""

import re

from custom_components.meter_vision.export.delivery import LOOK_AGAIN
from custom_components.meter_vision.export.schema import MEASUREMENTS, RETENTION, TAGS, Bucket, BucketMode, bucket_name
from custom_components.meter_vision.store.account_store import MOST_WAITING
from tests.repository import ROOT

PAGE = (ROOT / "docs" / "influxdb.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    part = re.split(r"^##+ ", PAGE.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_measurements_and_fields() -> None:
    assert re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE) == [one.name for one in MEASUREMENTS]
    for one in MEASUREMENTS:
        told = [[f"`{field.name}`{'*' if field.text else ''}", field.meaning] for field in one.fields]
        assert rows(f"`{one.name}`") == told
        bucket = "the meter's" if one.bucket is None else f"`{one.bucket.value}`"
        assert f"### `{one.name}`\n\n{one.meaning}. Bucket: {bucket}.\n" in PAGE


def test_tags() -> None:
    assert rows("Tags") == [[f"`{name}`", meaning] for name, meaning in TAGS.items()]


def test_buckets() -> None:
    kept = {bucket: "ever" if bucket is Bucket.DAILY else f"{RETENTION.days} days" for bucket in Bucket}
    assert rows("Buckets") == [
        [f"`{bucket.value}`", f"`{bucket_name(bucket, BucketMode.SHARED)}`", kept[bucket]] for bucket in Bucket
    ]


def test_figures() -> None:
    assert MOST_WAITING == 2_000_000
    assert "two million points" in PAGE
    assert LOOK_AGAIN.total_seconds() == 900
