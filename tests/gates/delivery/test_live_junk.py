"""Campaigns that are junked for a while: at the gate, by the file that the worker writes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from comity.gates.delivery.live_junk import LiveJunk
from comity.model.verdict import Judgement, Verdict
from comity.outlets.files.stamp import stamp
from comity.outlets.models.junk_list import JunkList, junk_path, read_junk
from comity.services.judge.learning.campaign import fingerprint

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAIL = (
    b"Subject: your account\n\nDear customer %d, your account needs to be looked at before the end of this very week\n"
)
HAM = Judgement(verdict=Verdict.LEGITIMATE, probability=0.1, score=-2.0, threshold=3.0, language="latin")


class Gate:
    """A gate with clocks that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.path = junk_path(folder / "judge.model")
        self.listed = JunkList(self.path)
        self.seconds, self.now = 0.0, NOON
        self.junk = LiveJunk(
            lambda: read_junk(self.path),
            lambda: stamp(self.path),
            clock=lambda: self.seconds,
            now=lambda: self.now,
        )

    def verdict(self, data: bytes) -> tuple[Verdict, list[str]]:
        """What is said of a mail that the filter takes for legitimate."""
        self.seconds += 2
        said = self.junk.judged(data, HAM)
        assert said is not None
        return said.verdict, [each.mark for each in said.reasons]


def test_a_listed_campaign_is_spam_until_its_end(tmp_path: Path) -> None:
    """With the reason; other mail is judged as always, and afterwards this is, too."""
    gate = Gate(tmp_path)
    assert gate.verdict(MAIL % 1) == (Verdict.LEGITIMATE, [])
    assert gate.listed.put({fingerprint(MAIL % 1): NOON + timedelta(hours=6)})
    assert gate.verdict(MAIL % 2) == (Verdict.SPAM, ["campaign"])
    assert gate.verdict(b"Subject: minutes of the group\n\nDear Bob, here are the minutes\n")[0] is Verdict.LEGITIMATE
    gate.now += timedelta(hours=7)
    assert gate.verdict(MAIL % 3) == (Verdict.LEGITIMATE, [])
    assert gate.junk.judged(MAIL % 3, None) is None


def test_a_list_that_cannot_be_read_junks_nothing(tmp_path: Path) -> None:
    """Damaged, or of another kind."""
    gate = Gate(tmp_path)
    for text in (b"{", b"[]", b'{"campaigns": {"a": "b"}}', b'{"campaigns": 3}'):
        gate.path.write_bytes(text)
        assert gate.verdict(MAIL % 1) == (Verdict.LEGITIMATE, [])


def test_the_file_is_written_when_it_changes(tmp_path: Path) -> None:
    """And whoever starts again knows what is in it."""
    gate, campaigns = Gate(tmp_path), {"a" * 24: NOON + timedelta(hours=6)}
    assert gate.listed.put(campaigns)
    assert not gate.listed.put(campaigns)
    assert not JunkList(gate.path).put(campaigns)
    assert JunkList(gate.path).put({})
