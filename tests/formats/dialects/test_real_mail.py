"""Real mail, where it is at hand: what is no complaint is not counted as one."""

from pathlib import Path

import pytest

from comity.formats.reading import read
from comity.model.feedback import Kind

_REPORTS = ("arf-",)  # feedback reports that lie among the real delivery failures


def _some(paths: list[Path], most: int) -> list[Path]:
    if not paths:
        pytest.skip("this set is not here")
    return paths[:: max(1, len(paths) // most)]


def test_no_bounce_is_a_complaint(real_data: Path) -> None:
    """Delivery failures with LF, CRLF and bare CR line ends are bounces or automatic answers, and none has a report."""
    paths = [path for path in (real_data / "bounces").rglob("*.eml") if not path.name.startswith(_REPORTS)]
    for path in _some(sorted(paths), 1000):
        reading = read(path.read_bytes())
        assert not any(each.is_complaint for each in reading.reports), path.name
        assert reading.kind in {Kind.BOUNCE, Kind.AUTO_REPLY, Kind.MAIL, Kind.NEWSLETTER, Kind.UNREADABLE}, path.name


@pytest.mark.parametrize(
    "folder", ["glitchy-spam-archive", "nazario", "spamassassin/spam-2", "trec06p/trec06p/data", "ccert-chinese/data"]
)
def test_spam_is_no_prose_complaint(real_data: Path, folder: str) -> None:
    """Spam that came to the desk by itself is seldom taken for a person's complaint: less than one in a hundred."""
    paths = _some(sorted(path for path in (real_data / folder).rglob("*") if path.is_file()), 400)
    taken = [path for path in paths if read(path.read_bytes()).kind in {Kind.PROSE, Kind.NOTICE}]
    assert len(taken) <= 0.01 * len(paths), taken[:5]
