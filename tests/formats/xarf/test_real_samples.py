"""The published samples, where they are at hand: good ones are read, bad ones are refused with the field named."""

from pathlib import Path

from comity.formats import xarf
from comity.model.findings import Severity


def test_every_good_sample_is_read(real_data: Path) -> None:
    """All versions, one report each."""
    good = [path for path in (real_data / "xarf").glob("*-samples/**/*.json") if "negative" not in path.parts]
    assert len(good) > 50
    refused = [path.name for path in good if len(xarf.read(path.read_bytes()).reports) != 1]
    assert refused == []


def test_every_bad_sample_is_refused_with_its_field_named(real_data: Path) -> None:
    """No report, and at least one finding that leads to a field."""
    bad = list((real_data / "xarf").glob("*-samples/negative/**/*.json"))
    assert len(bad) > 50
    for path in bad:
        reading = xarf.read(path.read_bytes())
        assert reading.reports == (), path.name
        assert any(note.severity is Severity.LOSS and note.where for note in reading.findings), path.name
