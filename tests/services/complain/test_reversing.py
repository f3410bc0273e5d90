"""A token is turned back by whoever has the key, with a reason, and written down first."""

from datetime import UTC, datetime

import pytest

from comity.feedback.complaint_identity import peer_key, token_epoch
from comity.feedback.redaction.tokens import token
from comity.model.outcomes import ComityError
from comity.services.complain.redaction.reversing import Reversal, asked, epochs, search
from comity.store.engine import open_store

KEY, NOW = b"k" * 32, datetime(2026, 3, 20, tzinfo=UTC)
OURS = [f"p{number}@west.example" for number in range(300)]
SAW = token("P7@West.example", peer_key(KEY, "east", "2026Q1"))


WITHIN = ("2026Q1",)


def order(said: str = SAW, party: str = "east", epoch: str = "2026Q1", why: str = "order 7") -> Reversal:
    return asked(said, party=party, epoch=epoch, by="li", why=why, at=NOW)


@pytest.mark.parametrize("said", [SAW, SAW.upper(), f"<{SAW}>", SAW.partition("@")[0]])
def test_it_is_found_however_it_is_quoted(said: str) -> None:
    """Case, brackets and domain change nothing."""
    assert search(order(said), OURS, master=KEY, within=WITHIN) == "p7@west.example"


def test_another_peer_epoch_or_key_finds_nobody() -> None:
    """A token says nothing to whoever saw another one."""
    assert search(order(party="north"), OURS, master=KEY, within=WITHIN) is None
    assert search(order(), OURS, master=KEY, within=("2026Q2",)) is None
    assert search(order(), OURS, master=b"x" * 32, within=WITHIN) is None


@pytest.mark.parametrize(("said", "why", "code"), [("ann@x", "why", "redaction-token"), (SAW, " ", "redaction-why")])
def test_nothing_is_asked_without_token_and_reason(said: str, why: str, code: str) -> None:
    """A slip is said before anything is written down or looked for."""
    with pytest.raises(ComityError) as caught:
        order(said, why=why)
    assert caught.value.code == code


def test_the_log_says_who_and_why_and_not_whom() -> None:
    """The mailbox that was found stands nowhere."""
    store = open_store(":memory:")
    store.create()
    with store.write() as records:
        number = records.reversals.add(order())
        assert [each.found for each in records.reversals.all()] == [None]
        records.reversals.end(number, found=True)
        (line,) = records.reversals.all()
    assert (line.by, line.why, line.party, line.found) == ("li", "order 7", "east", True)
    assert "p7" not in repr(line)


@pytest.mark.parametrize("written", [NOW, datetime(2025, 2, 19, tzinfo=UTC)])
def test_a_token_of_thirteen_months_is_found_without_its_quarter(written: datetime) -> None:
    """Tokens change each quarter; whoever asks need not know when the report was written, as long as it may be kept."""
    saw = token("p7@west.example", peer_key(KEY, "east", token_epoch("1", written)))
    assert search(order(saw), OURS, master=KEY, within=epochs("1", None, NOW)) == "p7@west.example"


def test_an_older_token_is_found_by_its_quarter_alone() -> None:
    """Two years back nobody looks by himself."""
    saw = token("p7@west.example", peer_key(KEY, "east", token_epoch("1", datetime(2024, 5, 1, tzinfo=UTC))))
    assert search(order(saw), OURS, master=KEY, within=epochs("1", None, NOW)) is None
    assert search(order(saw), OURS, master=KEY, within=epochs("1", "2024q2", NOW)) == "p7@west.example"


def test_a_token_from_before_quarters_is_found() -> None:
    """What left before tokens changed by themselves was made under the word alone."""
    saw = token("p7@west.example", peer_key(KEY, "east", "1"))
    assert search(order(saw), OURS, master=KEY, within=epochs("1", None, NOW)) == "p7@west.example"


def test_the_word_of_another_time_is_asked_in_all_quarters() -> None:
    """Whoever changed the word names the one that held then."""
    saw = token("p7@west.example", peer_key(KEY, "east", token_epoch("before", NOW)))
    assert search(order(saw), OURS, master=KEY, within=epochs("1", None, NOW)) is None
    assert search(order(saw), OURS, master=KEY, within=epochs("1", "before", NOW)) == "p7@west.example"
    assert search(order(saw), OURS, master=KEY, within=epochs("1", "before/2026q1", NOW)) == "p7@west.example"


def test_a_word_of_before_may_look_like_a_quarter() -> None:
    """Whoever changed the word with each quarter by hand finds those tokens, too."""
    saw = token("p7@west.example", peer_key(KEY, "east", "2025q2"))
    assert search(order(saw), OURS, master=KEY, within=epochs("1", "2025q2", NOW)) == "p7@west.example"
