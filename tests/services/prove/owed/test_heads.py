"""Heads by mail between two networks that reach each other in no other way: mailed, cosigned, resumed, and lies refused."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity.formats import head_mail
from comity.formats.head_mail import HeadWord, StatedHead
from comity.formats.mime import scan
from comity.formats.reading import read
from comity.ledger import checkpoint, note, proof
from comity.locale import LANGUAGES, catalogue
from comity.model.feedback import Kind
from comity.services.prove import forwarding
from comity.services.prove.owed.heads import PER_DAY, HeadDesk, Ours, Party, TakenHead, gives_receipts

from ..two_sides import EAST, KEYS, NOW, WEST, Side, both, later
from .post import live, mails, text_of

ORIGIN = "west.example/to/east.example/2026q4"
PARTIES = {each: Party(domain=each, name=each.partition(".")[0], address=f"feedback@{each}") for each in (WEST, EAST)}


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    live(west, "east", f"feedback@{EAST}")
    live(east, "west", f"feedback@{WEST}")
    yield west, east
    west.store.close()
    east.store.close()


_tokens = count()


def desk(side: Side) -> HeadDesk:
    return HeadDesk(
        Ours(
            domain=side.name,
            key=KEYS[side.name],
            address=f"feedback@{side.name}",
            organisation=side.name,
            words=(catalogue("en"), catalogue("zh")),
            new_token=lambda: f"t{next(_tokens)}",
            pause=timedelta(days=1),
        )
    )


def other(side: Side) -> str:
    return EAST if side.name == WEST else WEST


def sent(side: Side) -> list[bytes]:
    """What a round of the running program mails."""
    before = len(mails(side))
    with side.store.write() as rows:
        desk(side).mail(rows, PARTIES[other(side)], now=side.now)
    return [data for _, data in mails(side, before)]


def taken(side: Side, data: bytes, signed_by: str | None = None) -> tuple[TakenHead | None, list[bytes]]:
    """What becomes of a mail that the other side signed, and what is answered."""
    before = len(mails(side))
    with side.store.write() as rows:
        done = desk(side).take(rows, data, {signed_by or other(side)}, parties=PARTIES, now=side.now)
    return done, [data for _, data in mails(side, before)]


def cosigned(west: Side, east: Side) -> None:
    """One round there and back."""
    (mail,) = sent(west)
    done, (answer,) = taken(east, mail)
    assert done is not None and (done.refused, done.answered) == (None, True)
    back, none = taken(west, answer)
    assert back is not None and (back.word, back.refused, none) == (HeadWord.COSIGNED, None, [])


def behind(west: Side) -> int:
    with west.store.read() as rows:
        return forwarding.behind(rows.history, WEST, EAST).leaves


def test_a_head_goes_there_and_its_receipt_comes_back(sides: tuple[Side, Side]) -> None:
    """Text in both languages and one part with the signed note; the cosignature stands under our own head, as over HTTPS."""
    west, east = sides
    west.reports(EAST, 0, 7)
    (mail,) = sent(west)
    assert read(mail).kind is Kind.LEDGER_HEAD
    assert "7 leaves" in text_of(mail) and "覆盖 7 条记录" in text_of(mail)
    _, (answer,) = taken(east, mail)
    assert read(answer).kind is Kind.LEDGER_HEAD
    assert behind(west) == 7
    taken(west, answer)
    assert (behind(west), west.faults()) == (0, [])
    with west.store.read() as rows:
        head = rows.history.receipted(1)
        assert head is not None and gives_receipts(rows.history, WEST, EAST)
    opened = note.opened(head.note, [note.verifier_of(EAST, KEYS[EAST], note.COSIGNATURE)])
    assert opened is not None and [name for name, _ in opened.cosigned] == [EAST]
    assert sent(west) == []  # nothing was written since


def test_each_head_follows_the_one_before(sides: tuple[Side, Side]) -> None:
    """Ten rounds, each with the proof that nothing before was changed; not more than one a pause."""
    west, east = sides
    for number in range(10):
        west.reports(EAST, 3 * number, 3 * number + number % 3 + 1)
        cosigned(west, east)
        later(west, days=1)
        later(east, days=1)
    west.reports(EAST, 100, 101)
    assert len(sent(west)) == 1
    west.reports(EAST, 101, 102)
    assert sent(west) == []
    later(west, days=1)
    assert len(sent(west)) == 1


def test_a_lost_answer_is_made_good(sides: tuple[Side, Side]) -> None:
    """East cosigned and the mail was lost: the next head is answered with the size that east knows, and goes on from there."""
    west, east = sides
    west.reports(EAST, 0, 5)
    (mail,) = sent(west)
    taken(east, mail)  # and the answer is lost
    again, (same,) = taken(east, mail)
    assert again is not None and again.refused is None  # the same head again: the same line again
    del same
    later(west, days=1)
    later(east, days=1)
    west.reports(EAST, 5, 9)
    (mail,) = sent(west)
    done, (answer,) = taken(east, mail)
    assert done is not None and done.refused == "size-differs"
    known = head_mail.read(scan(answer))
    assert known is not None and (known.word, known.size, known.origin) == (HeadWord.KNOWN, 5, ORIGIN)
    back, _ = taken(west, answer)
    assert back is not None and back.refused is None
    cosigned(west, east)
    assert behind(west) == 0


def test_a_head_without_an_answer_is_mailed_again_after_a_week(sides: tuple[Side, Side]) -> None:
    """Not every day: whoever has no software for it is not written to for nothing."""
    west, _ = sides
    west.reports(EAST, 0, 2)
    mailed = []
    for _ in range(15):
        mailed.append(len(sent(west)))
        later(west, days=1)
    assert mailed == [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]


def test_a_rewritten_history_is_not_cosigned(sides: tuple[Side, Side]) -> None:
    """Another tree under a larger head: the proof fails, nothing is signed, the refusal is counted."""
    west, east = sides
    west.reports(EAST, 0, 5)
    cosigned(west, east)
    liar = Side(WEST)
    liar.pair(EAST)
    live(liar, "east", f"feedback@{EAST}")
    liar.reports(EAST, 50, 60)
    with liar.store.read() as rows:
        head = rows.ledger.head(1)
        assert head is not None
        hashes = rows.history.consistency(1, 5, head.size)
    from base64 import b64encode

    said = StatedHead(
        word=HeadWord.OLD, size=5, note=head.note, proof=tuple(b64encode(each).decode() for each in hashes)
    )
    done, answers = taken(east, message(said))
    assert done is not None and (done.refused, answers) == ("root-differs", [])
    with east.store.read() as rows:
        seen = rows.owed_heads.seen(ORIGIN)
        assert seen is not None and seen.size == 5
        assert rows.keys.counts(WEST)["refused:root-differs"] == 1
    liar.store.close()


def test_two_heads_over_equally_many_leaves_are_proved(sides: tuple[Side, Side]) -> None:
    """By mail nobody has the leaves: two heads of one size that differ are enough for anybody who has the public key."""
    west, east = sides
    west.reports(EAST, 0, 5)
    cosigned(west, east)
    liar = Side(WEST)
    liar.pair(EAST)
    liar.reports(EAST, 50, 55)
    with liar.store.read() as rows:
        head = rows.ledger.head(1)
    liar.store.close()
    assert head is not None
    done, answers = taken(east, message(StatedHead(word=HeadWord.OLD, size=5, note=head.note)))
    assert done is not None and (done.refused, answers) == ("two-histories", [])
    with east.store.read() as rows:
        (found,) = rows.forks.all()
    assert (found.writer, found.smaller, found.larger) == (WEST, 5, 5)
    checked = proof.checked_fork(proof.read_fork(found.proof), [note.verifier_of(WEST, KEYS[WEST])])
    assert checked.fault is None


def claimed(size: int, root: bytes) -> StatedHead:
    """What west signs by mail, where nobody has seen a leaf."""
    text = note.sign(checkpoint.Checkpoint(origin=ORIGIN, size=size, root=root).text(), WEST, KEYS[WEST])
    line = note.cosign(text, WEST, KEYS[WEST], second=int(NOW.timestamp()))
    return StatedHead(word=HeadWord.OLD, size=0, note=note.with_lines(text, [line]))


@pytest.mark.parametrize("size", [1 << 31, (1 << 63) - 1])
def test_a_head_over_more_leaves_than_there_are_is_kept_as_it_was_signed(sides: tuple[Side, Side], size: int) -> None:
    """By mail the size is the writer's word alone: it fits into every store, also as a proof."""
    _, east = sides
    assert [taken(east, message(claimed(size, root)))[0] for root in (bytes(32), b"x" * 32)] == [
        TakenHead(word=HeadWord.OLD, origin=ORIGIN, refused=None, answered=True),
        TakenHead(word=HeadWord.OLD, origin=ORIGIN, refused="two-histories", answered=False),
    ]
    with east.store.read() as rows:
        assert [each.larger for each in rows.forks.all()] == [size]


def test_a_head_over_more_leaves_than_a_store_can_count_is_none(sides: tuple[Side, Side]) -> None:
    """It is refused by its name, and leaves no mail that cannot be worked off."""
    _, east = sides
    done, _ = taken(east, message(claimed(1 << 63, bytes(32))))
    assert done is not None and done.refused == "head-malformed"


def test_a_head_never_goes_back(sides: tuple[Side, Side]) -> None:
    """Whoever starts again is shown his own larger head, with our line under it; a restored backup of ours stops signing."""
    west, east = sides
    west.reports(EAST, 0, 5)
    cosigned(west, east)
    restored = Side(WEST)
    restored.pair(EAST)
    live(restored, "east", f"feedback@{EAST}")
    restored.reports(EAST, 0, 2)
    (mail,) = sent(restored)
    done, (answer,) = taken(east, mail)
    assert done is not None and done.refused == "size-differs"
    back, _ = taken(restored, answer)
    assert back is not None and back.refused == "we-are-behind"
    with restored.store.read() as rows:
        assert rows.history.stopped(1) is not None
    assert sent(restored) == []
    restored.store.close()


def message(said: StatedHead, sender: str = WEST) -> bytes:
    return head_mail.write(
        head_mail.HeadMessage(
            header_from=f"feedback@{sender}", organisation="x", to=f"feedback@{EAST}", subject="x", written=NOW,
            message_id=f"{next(_tokens)}@{sender}", in_reply_to=None, text="x\n", said=said,
        )
    )  # fmt: skip


def test_whoever_has_a_mailbox_at_the_peer_stops_nothing(sides: tuple[Side, Side]) -> None:
    """Mail of a provider's end users is signed by its domain, too: a size under no line of the peer's key says nothing."""
    west, east = sides
    west.reports(EAST, 0, 3)
    cosigned(west, east)
    text = checkpoint.Checkpoint(origin=ORIGIN, size=99, root=bytes(32)).text()
    made_up = StatedHead(word=HeadWord.KNOWN, size=99, note=f"{text}\n\u2014 x.example AAAAAAAA\n", origin=ORIGIN)
    done, _ = taken(west, message(made_up, EAST))
    assert done is not None and done.refused == "receipt-not-signed"
    with west.store.read() as rows:
        assert rows.history.stopped(1) is None


def test_what_a_stranger_mails_changes_nothing(sides: tuple[Side, Side]) -> None:
    """Not signed by the peer's domain, not by its key, for somebody else, ahead of the clock: refused by a name both have."""
    west, east = sides
    west.reports(EAST, 0, 3)
    (mail,) = sent(west)
    with west.store.read() as rows:
        head = rows.ledger.head(1)
    assert head is not None
    forged = note.sign(checkpoint.Checkpoint(origin=ORIGIN, size=3, root=head.root).text(), WEST, KEYS[EAST])
    ahead = note.cosign(
        note.sign(checkpoint.Checkpoint(origin=ORIGIN, size=3, root=head.root).text(), WEST, KEYS[WEST]),
        WEST, KEYS[WEST], second=int(NOW.timestamp()) + 86_400,
    )  # fmt: skip
    signed_ahead = note.with_lines(
        note.sign(checkpoint.Checkpoint(origin=ORIGIN, size=3, root=head.root).text(), WEST, KEYS[WEST]), [ahead]
    )
    cases: list[tuple[bytes, str | None, str]] = [
        (mail, "south.example", "not-signed-by-peer"),
        (message(StatedHead(word=HeadWord.OLD, size=0, note=forged)), None, "head-not-signed"),
        (message(StatedHead(word=HeadWord.OLD, size=0, note=signed_ahead)), None, "clock-ahead"),
        (message(StatedHead(word=HeadWord.OLD, size=0, note="a/to/b/2026q4\n1\n")), None, "not-for-us"),
        (message(StatedHead(word=HeadWord.KNOWN, size=9, note="", origin=ORIGIN)), None, "not-for-us"),
        (message(StatedHead(word=HeadWord.COSIGNED, size=0, note=head.note)), None, "not-for-us"),
    ]
    for data, signed_by, code in cases:
        done, answers = taken(east, data, signed_by)
        assert done is not None and (done.refused, answers) == (code, []), code
        assert all(f"refused.{code}" in catalogue(language) for language in LANGUAGES), code
    with east.store.read() as rows:
        assert rows.owed_heads.seen(ORIGIN) is None
    claim = StatedHead(word=HeadWord.KNOWN, size=2, note="", origin=ORIGIN)
    assert taken(west, message(claim, EAST))[0] == TakenHead(
        word=HeadWord.KNOWN, origin=ORIGIN, refused="receipt-not-signed"
    )
    theirs = StatedHead(word=HeadWord.COSIGNED, size=0, note=head.note)
    refused, _ = taken(west, message(theirs, EAST))
    assert refused is not None and refused.refused == "receipt-not-signed"
    assert behind(west) == 3


def test_who_is_not_live_is_neither_mailed_nor_answered() -> None:
    """Nothing leaves before the operator says so."""
    west, east = both()
    west.reports(EAST, 0, 3)
    assert sent(west) == []
    live(west, "east", f"feedback@{EAST}")
    (mail,) = sent(west)
    done, answers = taken(east, mail)
    assert done is not None and (done.answered, answers) == (False, [])
    west.store.close()
    east.store.close()


def test_two_programs_fall_silent(sides: tuple[Side, Side]) -> None:
    """Whoever sends the same head for ever is answered so many times a day, and tomorrow again."""
    west, east = sides
    west.reports(EAST, 0, 3)
    (mail,) = sent(west)
    assert sum(len(taken(east, mail)[1]) for _ in range(PER_DAY + 5)) == PER_DAY
    later(east, days=1)
    assert len(taken(east, mail)[1]) == 1


_PARTS = [
    b"cosigned", b"old 0", b"old 12", b"known 3 a/to/b/2026q4", b"old", b"\n", b"\n\n", b"A" * 43 + b"=", b"west\n1\n", b"0", b" ",
    b"\xff",
]  # fmt: skip
_PART = b"old 12\n" + b"A" * 43 + b"=\n\nwest\n1\n"


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), st.lists(st.sampled_from(_PARTS), max_size=6).map(b"".join)))
@example(_PART)
def test_any_part_is_read_or_not(data: bytes) -> None:
    """Never an exception; what is read is written again as it was."""
    said = head_mail.stated(data)
    assert said is not None or data != _PART
    if said is not None:
        assert head_mail.stated(said.text().encode()) == said


@given(
    st.builds(
        StatedHead,
        word=st.just(HeadWord.OLD),
        size=st.integers(0, 10**17),
        note=st.text(min_size=1, max_size=60).filter(lambda each: "\r" not in each),
        proof=st.lists(st.just("A" * 43 + "="), max_size=64).map(tuple),
    )
)
def test_what_is_written_is_read(said: StatedHead) -> None:
    """Through the whole mail, byte for byte."""
    found: Any = head_mail.read(scan(message(said)))
    assert found == said
