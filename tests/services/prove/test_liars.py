"""Peers that were built to lie: each row of the table of lies that is about the ledger, with the number it promises."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from comity.feedback import washing
from comity.formats import dkim
from comity.formats.delivery_log import identity
from comity.formats.mime import scan
from comity.ledger import checkpoint, leaf, note, posting, proof, sampling, tree
from comity.ledger.leaf import LeafType
from comity.ledger.posting import Beside, Posting
from comity.locale import LANGUAGES, catalogue
from comity.model.entry import Channel
from comity.model.outcomes import ComityError
from comity.services.prove import deliveries, proving, repairing
from comity.services.prove import forwarding as forwarding_service
from comity.services.prove.forwarding import Window
from comity.services.prove.leaves.objecting import disputes
from comity.store.tables import intake
from comity.verdict import admission

from .test_repairing import asks, known
from .two_sides import EAST, KEYS, NOW, WEST, Side, both, forwarding, give, later, way_to

ORIGIN = "west.example/to/east.example/2026q4"
SECOND = int(NOW.timestamp())


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def record(number: int, **changes: Any) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "type": "report", "id": f"cr1-{number}", "observed": SECOND, "submitted": SECOND, "payload_commit": None,
        "class": "complaint", "definition": "complaint", "role": "originator",
        "source": {"ip": "198.51.100.7", "dkim": None}, "tier": "T2", "tlp": "TLP:AMBER", "agreement": 1,
    }  # fmt: skip
    return stated | changes


def signed(leaves: list[bytes], old: list[bytes] | None = None, *, second: int = SECOND, origin: str = ORIGIN) -> str:
    """The head that west signs over these leaves."""
    every = [*(old or []), *leaves]
    root = tree.root_of([tree.leaf_hash(each) for each in every])
    head = checkpoint.Checkpoint(origin=origin, size=len(every), root=root)
    text = note.sign(head.text(), WEST, KEYS[WEST])
    return note.with_lines(text, [note.cosign(text, WEST, KEYS[WEST], second=second)])


def posted(
    east: Side, records: list[dict[str, Any]], old: list[bytes] | None = None, **changes: Any
) -> Mapping[str, Any]:
    """What east says to a posting that west, a liar, made by hand and signed."""
    leaves = [leaf.canonical(each) for each in records]
    second = changes.pop("second", SECOND)
    given: dict[str, Any] = {
        "origin": ORIGIN, "old_size": len(old or []), "leaves": tuple(leaves), "payloads": (),
        "heads": (signed(leaves, old, second=second),),
    }  # fmt: skip
    answer = east.receiving.take(east.store, posting.write(Posting(**given | changes)), now=east.now)
    return {"status": answer.status, **answer.said}


def refused(east: Side, records: list[dict[str, Any]], old: list[bytes] | None = None, **changes: Any) -> str:
    """The name of the refusal; nothing is stored by it, and both operators have a sentence for it."""
    before = east.size(ORIGIN)
    said = posted(east, records, old, **changes)
    assert said["status"] != 200, said
    assert east.size(ORIGIN) == before
    assert all(f"refused.{said['error']}" in catalogue(language) for language in LANGUAGES), said
    return str(said["error"])


def test_an_honest_posting_is_taken(sides: tuple[Side, Side]) -> None:
    """The liars below differ from this one in one thing each."""
    assert posted(sides[1], [record(1)])["status"] == 200


def headed(
    leaves: list[bytes], *, by: str = WEST, cosigned_by: str | None = WEST, second: int = SECOND, **changes: Any
) -> str:
    """A head over these leaves that differs from an honest one in what is named."""
    given: dict[str, Any] = {
        "origin": ORIGIN,
        "size": len(leaves),
        "root": tree.root_of([tree.leaf_hash(each) for each in leaves]),
    }
    text = note.sign(checkpoint.Checkpoint(**given | changes).text(), by, KEYS[by])
    if cosigned_by is None:
        return text
    return note.with_lines(text, [note.cosign(text, cosigned_by, KEYS[cosigned_by], second=second)])


def test_every_head_of_a_posting_is_the_writers_own(sides: tuple[Side, Side]) -> None:
    """Signed by it, with the second of its clock, over this channel and nothing else, growing up to what is sent."""
    _, east = sides
    east.pair(EAST)  # a key that east knows well, and that is not west's
    records = [record(number) for number in range(3)]
    data = [leaf.canonical(each) for each in records]
    whole = headed(data)
    for heads, code in (
        ((headed(data, by=EAST),), "head-not-signed"),
        ((headed(data, cosigned_by=None),), "head-not-signed"),
        ((headed(data, cosigned_by=EAST, by=EAST),), "head-not-signed"),
        ((headed(data, origin="west.example/to/south.example/2026q4"),), "head-malformed"),
        ((headed(data, origin="west.example/to/east.example/2026q3"),), "head-malformed"),
        ((headed(data, extensions=("more",)),), "head-malformed"),
        ((note.sign("hello\n", WEST, KEYS[WEST]),), "head-not-signed"),
        ((headed(data[:2]),), "head-size"),
        ((headed(data[:2]), headed(data[:1]), whole), "head-size"),
        ((headed(data[:2]), headed(data[:2]), whole), "head-size"),
        ((headed([]), whole), "head-size"),
        ((headed([*data, data[0]]),), "head-size"),
        ((whole, whole), "head-size"),
        ((headed(data[1:2]), whole), "root-differs"),
        ((headed(data[:1], second=SECOND + 1), headed(data, second=SECOND)), "time-goes-back"),
    ):
        assert refused(east, records, heads=heads) == code
    assert (
        posted(
            east,
            records,
            heads=(headed(data[:1]), headed(data[:2], second=SECOND + 1), headed(data, second=SECOND + 1)),
        )["status"]
        == 200
    )


def test_what_was_taken_and_comes_again_gets_the_receipt_it_got(sides: tuple[Side, Side]) -> None:
    """To the letter, an hour later too; of heads under the last one no receipt was given, and none is then."""
    _, east = sides
    records = [record(number) for number in range(2)]
    data = [leaf.canonical(each) for each in records]
    first = posted(east, records, heads=(headed(data[:1]), headed(data)))
    later(east, hours=1)
    assert posted(east, records, heads=(headed(data[:1]), headed(data))) == first
    assert posted(east, records[:1], heads=(headed(data[:1]),))["error"] == "size-differs"
    with east.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        newest = rows.history.receipted(channel.channel_id)
    assert newest is not None
    assert (newest.size, newest.note.endswith(first["receipt"])) == (2, True)


# takes reports, withholds the receipt


def test_who_withholds_receipts_gets_no_more_reports(sides: tuple[Side, Side]) -> None:
    """72 hours or 64 MiB, shown as leaves and hours; a third witness can sign the head meanwhile."""
    west, east = sides
    west.reports(EAST, 0, 3)
    mute = forwarding(west, east, lambda _: (0, {}))
    assert give(west, east, mute)[0].reason == "peer-unreachable"
    with west.store.read() as rows:
        waiting = forwarding_service.behind(rows.history, WEST, EAST)
        head = rows.ledger.head(1)
    window = Window()
    assert waiting.leaves == 3
    assert forwarding_service.is_open(waiting, window, NOW + timedelta(hours=71))
    assert not forwarding_service.is_open(waiting, window, NOW + timedelta(hours=73))
    heavy = forwarding_service.Behind(leaves=1, octets=(64 << 20) + 1, since=NOW)
    assert not forwarding_service.is_open(heavy, window, NOW)
    assert head is not None
    third = note.cosign(head.note, "witness.example", KEYS[EAST], second=SECOND)
    seen = note.opened(head.note + third, [note.verifier_of("witness.example", KEYS[EAST], note.COSIGNATURE)])
    assert seen is not None and seen.cosigned == (("witness.example", SECOND),)


def test_a_receipt_of_somebody_else_is_none(sides: tuple[Side, Side]) -> None:
    """A cosignature of another key, or over another head, is refused by name."""
    west, east = sides
    west.reports(EAST, 0, 2)

    def forger(data: bytes) -> tuple[int, Mapping[str, Any]]:
        said = posting.read_posting(data)
        assert isinstance(said, Posting)
        return 200, {"size": 2, "receipt": note.cosign(said.heads[-1], EAST, KEYS[WEST], second=SECOND)}

    assert give(west, east, forwarding(west, east, forger))[0].reason == "receipt-not-signed"
    with west.store.read() as rows:
        assert rows.history.receipted(1) is None


# denies receipt, denies sending


def test_receipt_and_sending_are_proved_by_one_file(sides: tuple[Side, Side]) -> None:
    """Each side alone can show a stranger that the other signed: with the proof and two public keys."""
    west, east = sides
    west.reports(EAST, 0, 20)
    give(west, east)
    keys = [note.verifier_of(WEST, KEYS[WEST]), note.verifier_of(EAST, KEYS[EAST], note.COSIGNATURE)]
    for side in (west, east):
        with side.store.read() as rows:
            (proved,) = proving.prove(rows.history, rows.ledger.channels(), "cr1-13")
        checked = proof.checked(proof.read(proved.proof.text()), keys)
        assert (checked.fault, checked.signers, [name for name, _ in checked.cosigned]) == (None, (WEST,), [EAST])


# backdates


@pytest.mark.parametrize(
    ("changes", "second", "code"),
    [
        ({"submitted": SECOND - 301}, SECOND, "submitted-not-in-time"),
        ({"submitted": SECOND + 301}, SECOND, "submitted-not-in-time"),
        ({"submitted": SECOND + 86400, "observed": SECOND}, SECOND + 86400, "clock-ahead"),
        ({"observed": SECOND + 86400}, SECOND, "observed-ahead"),
    ],
)
def test_who_dates_back_or_ahead_is_refused(
    sides: tuple[Side, Side], changes: dict[str, int], second: int, code: str
) -> None:
    """Submitted within 300 s of the signed second, which is not ahead of ours."""
    assert refused(sides[1], [record(1, **changes)], second=second) == code


def test_the_writers_clock_does_not_go_back(sides: tuple[Side, Side]) -> None:
    """After a head of one second, none is signed with an earlier one: a leaf cannot be slipped in before its time."""
    _, east = sides
    first = leaf.canonical(record(1))
    assert posted(east, [record(1)])["status"] == 200
    early = SECOND - 3600
    assert refused(east, [record(2, submitted=early, observed=early)], [first], second=early) == "time-goes-back"


def test_what_is_older_than_31_days_counts_as_late(sides: tuple[Side, Side]) -> None:
    """It is taken, and both sides count it under the class “late”."""
    _, east = sides
    assert (
        posted(east, [record(1, observed=SECOND - 32 * 86400), record(2, observed=SECOND - 30 * 86400)])["status"]
        == 200
    )
    with east.store.read() as rows:
        counted = dict(rows.connection.exec_driver_sql("SELECT class, count FROM rollup").all())
    assert counted == {"late": 1, "complaint": 1}


# rewrites, splits the view


def test_a_rewritten_history_is_refused(sides: tuple[Side, Side]) -> None:
    """A root over other leaves than those that east has is not cosigned, whatever was signed."""
    _, east = sides
    assert posted(east, [record(1), record(2)])["status"] == 200
    other = [leaf.canonical(record(1)), leaf.canonical(record(2, **{"class": "other"}))]
    assert refused(east, [record(3)], other) == "root-differs"


def test_a_head_never_goes_back(sides: tuple[Side, Side]) -> None:
    """Whoever starts again, or from elsewhere, is told the size and shown his own signature under it."""
    _, east = sides
    assert posted(east, [record(1), record(2)])["status"] == 200
    said = posted(east, [record(1)])
    assert (said["status"], said["error"], said["size"]) == (409, "size-differs", 2)
    shown = note.opened(said["head"], [note.verifier_of(WEST, KEYS[WEST])])
    assert shown is not None and shown.signers == (WEST,)


def two_histories(east: Side) -> list[str]:
    """The files that east has for anybody, each of which holds with west's public key, and with no other."""
    with east.store.read() as rows:
        found = [each.proof for each in rows.forks.all()]
    for text in found:
        checked = proof.checked_fork(proof.read_fork(text), [note.verifier_of(WEST, KEYS[WEST])])
        assert (checked.fault, checked.writer) == (None, WEST)
        nobody = proof.checked_fork(proof.read_fork(text), [note.verifier_of(WEST, KEYS[EAST])])
        assert nobody.fault == "head-not-signed"
    return found


@pytest.mark.parametrize("sizes", [(2, 2), (1, 2), (2, 3), (3, 3), (6, 4), (4, 7), (7, 7), (13, 9)])
def test_who_signs_two_histories_is_proved_to_anybody(sides: tuple[Side, Side], sizes: tuple[int, int]) -> None:
    """Whichever of the two is longer, and wherever they part: one file shows it, with a public key and nothing else, and once."""
    _, east = sides
    first, second = sizes
    assert posted(east, [record(number) for number in range(first)])["status"] == 200
    for at in range(min(first, second)):  # where they part
        other = [record(number if number < at else 100 + number) for number in range(second)]
        assert refused(east, other) == "two-histories"
    (text,) = two_histories(east)
    assert len(text) < 4096


def test_two_histories_are_proved_behind_what_both_have(sides: tuple[Side, Side]) -> None:
    """A ledger that was set back goes on from its last receipt: the leaves that come with its head show where it parted."""
    _, east = sides
    common = [record(number) for number in range(5)]
    assert posted(east, common)["status"] == 200
    before = [leaf.canonical(each) for each in common]
    assert posted(east, [record(number) for number in range(5, 8)], before)["status"] == 200
    assert refused(east, [record(number) for number in range(100, 111)], before) == "two-histories"
    assert len(two_histories(east)) == 1


def test_two_histories_are_held_against_the_newest_head_alone(sides: tuple[Side, Side]) -> None:
    """However many heads there are between: who posts an old lie again and again makes nobody read all of them."""
    _, east = sides
    every = [record(number) for number in range(9)]
    for number, each in enumerate(every):
        assert posted(east, [each], [leaf.canonical(one) for one in every[:number]])["status"] == 200
    assert refused(east, [record(100)]) == "two-histories"
    two_histories(east)
    with east.store.read() as rows:
        assert [(each.smaller, each.larger) for each in rows.forks.all()] == [(1, 9)]


def test_who_only_repeats_what_it_signed_is_accused_of_nothing(sides: tuple[Side, Side]) -> None:
    """After a lost answer the same leaves come again, with more behind them: one history."""
    _, east = sides
    every = [record(number) for number in range(9)]
    assert posted(east, every[:5])["status"] == 200
    for end in (3, 5, 9):
        again = posted(east, every[:end], second=SECOND + 1)
        assert (again["status"], again.get("error")) in {(409, "size-differs"), (200, None)}
    assert two_histories(east) == []


def test_nobody_is_accused_by_a_damaged_copy(sides: tuple[Side, Side]) -> None:
    """What a disk did to our own copy is no history of the peer."""
    _, east = sides
    every = [record(number) for number in range(6)]
    assert posted(east, every)["status"] == 200
    for lost in ("UPDATE node SET hash = zeroblob(32) WHERE level = 1", "DELETE FROM node WHERE level = 1"):
        with east.store.write() as rows:
            rows.connection.exec_driver_sql(
                lost
                if rows.connection.dialect.name == "sqlite"
                else lost.replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')")
            )
        assert posted(east, every[:5])["status"] in (409, 503)
    assert two_histories(east) == []


@given(st.integers(0, 4000), st.sampled_from("Aa0+/=\n\u2014 "))
@settings(max_examples=200, deadline=None)
def test_a_changed_proof_of_two_histories_proves_nothing(place: int, sign: str) -> None:
    """Whatever is changed in the file: it proves no more than it did, and nothing is raised."""
    leaves, others = ([leaf.canonical(record(start + number)) for number in range(5)] for start in (0, 50))
    hashes = [tree.leaf_hash(each) for each in leaves]
    grown = tree.grown(hashes)
    fork = proof.Fork(
        smaller=signed(others[:3]),
        larger=signed(leaves),
        root=tree.root_of(hashes[:3]),
        hashes=tuple(tree.consistency(3, 5, grown.__getitem__)),
    )
    keys, text = [note.verifier_of(WEST, KEYS[WEST])], fork.text()
    assert proof.checked_fork(proof.read_fork(text), keys).fault is None
    at = place % len(text)
    changed = text[:at] + sign + text[at + 1 :]
    checked = proof.checked_fork(proof.read_fork(changed), keys)
    assert checked.fault is not None or (checked.smaller, checked.larger) == (
        checkpoint.read(others_text(fork.smaller)),
        checkpoint.read(others_text(fork.larger)),
    )


def others_text(text: str) -> str:
    return text.partition("\n\n")[0] + "\n"


def test_honest_heads_prove_no_two_histories(sides: tuple[Side, Side]) -> None:
    """Two heads of one history, of two channels, or the same head twice: no file about them holds."""
    leaves = [leaf.canonical(record(number)) for number in range(5)]
    hashes = [tree.leaf_hash(each) for each in leaves]
    grown, keys = tree.grown(hashes), [note.verifier_of(WEST, KEYS[WEST])]
    elsewhere = signed([leaf.canonical(record(70))], origin="west.example/to/north.example/2026q4")
    for smaller, size in ((signed(leaves[:3]), 3), (signed(leaves), 5), (elsewhere, 1)):
        for root in (tree.root_of(hashes[:size]), bytes(32)):
            shown = tuple(tree.consistency(size, 5, grown.__getitem__))
            fork = proof.Fork(smaller=smaller, larger=signed(leaves), root=root, hashes=shown)
            assert proof.checked_fork(fork, keys).fault in {"one-history", "not-consistent"}


def test_a_ledger_that_was_set_back_stops_itself(sides: tuple[Side, Side]) -> None:
    """It is shown a head with its own signature over leaves that it has not: it signs nothing more there, and says why."""
    west, east = sides
    west.reports(EAST, 0, 3)
    give(west, east)
    with west.store.read() as rows:
        before = [data for _, data in rows.ledger.leaves(1)]
    newer = [
        leaf.canonical(record(70 + number)) for number in range(2)
    ]  # what west had signed and given before it was set back
    assert posted(east, [leaf.read(each) or {} for each in newer], before)["status"] == 200
    west.reports(EAST, 10, 19)
    assert [each.reason for each in give(west, east)] == ["two-histories"]
    with west.store.read() as rows:
        assert rows.history.stopped(1) == ("two-histories", 5)
    with pytest.raises(ComityError, match="two-histories"):
        west.reports(EAST, 20, 21)
    assert len(two_histories(east)) == 1
    with west.store.read() as rows:
        stands = [data for _, data in rows.ledger.leaves(1)]
        (channel,) = rows.ledger.channels()
    keys = known(west)
    with pytest.raises(ComityError) as caught, west.store.write() as rows:
        repairing.heal(rows, channel, keys, ask=asks(west, east), now=west.now)
    assert caught.value.details["reason"] == "two-histories"
    with west.store.read() as rows:  # nothing of the one history was put into the other
        assert [data for _, data in rows.ledger.leaves(1)] == stands
        assert rows.history.stopped(1) == ("two-histories", 5)


def test_a_size_that_no_store_counts_stops_the_channel_alone(sides: tuple[Side, Side]) -> None:
    """Whatever number a peer signs: nothing more is signed for it, and the program goes on for all others."""
    west, _ = sides
    west.reports(EAST, 0, 3)
    with west.store.read() as rows:
        (channel,) = rows.ledger.channels()
    for size in (1 << 31, (1 << 63) - 1):
        head = cosigned_by_east(checkpoint.Checkpoint(origin=ORIGIN, size=size, root=bytes(32)).text())
        assert answered_with(west, channel, size, head) == "we-are-behind"
    with west.store.read() as rows:
        assert rows.history.stopped(1) == ("we-are-behind", (1 << 31) - 1)


def cosigned_by_east(text: str) -> str:
    """What east cosigns, on a head that it made up in our name."""
    made_up = f"{text}\n\u2014 {WEST} AAAAAAAA\n"
    return note.with_lines(made_up, [note.cosign(made_up, EAST, KEYS[EAST], second=SECOND)])


def answered_with(west: Side, channel: Channel, size: int, head: str) -> str | None:
    """What comes of a posting that somebody answers so."""
    sender = forwarding_service.Forwarding(west.store, EAST, lambda _: (409, {"size": size, "head": head}))
    return sender.step(channel, now=NOW).reason


def test_nobody_on_the_way_stops_a_channel(sides: tuple[Side, Side]) -> None:
    """A hub, or whoever stands in the peer's place, writes a size into an answer and adds what it has: lines of nobody, any text
    that the peer signed, a head of the peer's own ledger, an old receipt of ours. Reports go on to be signed."""
    west, east = sides
    west.reports(EAST, 0, 3)
    give(west, east)
    east.reports(WEST, 0, 9)
    west.reports(EAST, 3, 5)
    with west.store.read() as rows:
        (channel,) = rows.ledger.channels()
        receipt = rows.history.receipted(channel.channel_id)
    with east.store.read() as rows:
        theirs = next(each for each in rows.ledger.channels() if each.origin != ORIGIN)
        own_head = rows.ledger.head(theirs.channel_id)
    assert receipt is not None and own_head is not None
    nobody = f"{checkpoint.Checkpoint(origin=ORIGIN, size=99, root=bytes(32)).text()}\n\u2014 x.example AAAAAAAA\n"
    for head in (nobody, note.sign("any text\n", EAST, KEYS[EAST]), own_head.note, receipt.note):
        for size in (99, 1 << 31, 10**30):
            assert answered_with(west, channel, size, head) == "peer-differs"
    with west.store.read() as rows:
        assert rows.history.stopped(channel.channel_id) is None
    assert give(west, east)[-1].reason is None


# withholds complaints


def test_300_seeds_that_all_come_back_bound_what_is_withheld() -> None:
    """To 1 % with 95 %: a peer that withholds 2 % is caught in 99 of 100 plays, one that withholds nothing never."""
    assert sampling.withheld_bound(sampling.SEEDS, sampling.SEEDS) < 0.01
    chance = Random(11)  # noqa: S311
    plays = [sum(chance.random() < 0.02 for _ in range(sampling.SEEDS)) for _ in range(1000)]
    caught = sum(each > 0 for each in plays)
    assert caught > 980
    assert all(sampling.withheld_bound(300, 300 - each) > 0.01 for each in plays if each)
    printed = [round(sampling.withheld_bound(100, returned), 4) for returned in (100, 99, 98)]
    assert printed == [0.0295, 0.0466, 0.0616]  # as tables of the exact bound have it
    assert [sampling.withheld_bound(*none) for none in ((0, 0), (300, 0))] == [
        1.0,
        1.0,
    ]  # who seeded nothing knows nothing


# invents complaints


def test_60_openings_catch_a_peer_that_invents_one_in_twenty(sides: tuple[Side, Side]) -> None:
    """A third party draws after the head was fixed; of 1,000 leaves 50 are forged: found in at least 95 of 100 draws."""
    west, east = sides
    signer = KEYS[EAST]
    real = b"From: a@shop.example\r\nSubject: offer\r\n\r\nbuy\r\n"
    real = dkim.sign(real, domain="shop.example", selector="s", key=signer) + real
    forged = real.replace(b"offer", b"other")
    record_of = {"s._domainkey.shop.example": dkim.public_record(signer)}
    events = [west.event(EAST, number, payload=forged if number % 20 == 7 else real) for number in range(1000)]
    west.write(*events)
    give(west, east)
    with east.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        first = [
            each.proof.position for each in proving.opening(rows.history, channel, b"n" * 16, count=sampling.OPENINGS)
        ]
        opened = proving.opening(rows.history, channel, b"n" * 16, count=sampling.OPENINGS)
        head = opened[0].proof.head.partition("\n\n")[0] + "\n"
    assert len(first) == 60
    keys = [note.verifier_of(WEST, KEYS[WEST])]
    bad = 0
    for each in opened:  # what the third party does, with keys and proofs alone
        assert proof.checked(each.proof, keys).fault is None
        said = leaf.read(each.proof.leaf)
        assert said is not None and each.salt is not None and each.payload is not None
        assert said["payload_commit"] == leaf.commitment(each.salt, each.payload)
        (check,) = dkim.verify(scan(each.payload), record_of, now=NOW)
        bad += check.result is not dkim.Result.PASS
    assert bad == sum(place % 20 == 7 for place in first) > 0
    missed = sum(
        not any(place % 20 == 7 for place in sampling.places(head, b"%016d" % draw, size=1000)) for draw in range(1000)
    )
    assert missed <= 50
    assert sampling.chance_of_missing(0.05, 60) < 0.05


def test_complaints_that_do_not_fit_the_delivery_log_are_disputed(sides: tuple[Side, Side]) -> None:
    """Of 1,000 complaints 50 are about mails that east never sent: exactly these are disputed, once, and west sees it.

    60 random openings by a third party, of the same leaves, find at least one of them in 95 of 100 draws.
    """
    west, east = sides
    forged = {number for number in range(1000) if number % 20 == 7}
    west.reports(EAST, 0, 1000)
    give(west, east)
    arrive_by_mail(east, 1000)
    sent = [(identity(b"key", f"{number}@shop.example"), NOW.date()) for number in range(1000) if number not in forged]
    days = [(identity(b"key", f"day{n}@shop.example"), NOW.date() - timedelta(days=n)) for n in range(6)]
    with east.store.write() as rows:
        rows.deliveries.put(sent)
        assert (
            deliveries.check(rows, east.scribe, b"key", now=east.now).looked_at == 0
        )  # a log of one day covers nothing
        rows.deliveries.put(days)
        held = deliveries.check(rows, east.scribe, b"key", now=east.now)
        again = deliveries.check(rows, east.scribe, b"key", now=east.now)
        said = {int(each.place.partition("#")[2]) for each in disputes(rows.closes, [(EAST, WEST)])}
    assert (held.looked_at, held.disputed, again.disputed) == (1000, 50, 0)
    assert said == forged
    give(east, west)
    with west.store.read() as rows:
        assert len(disputes(rows.closes, [(EAST, WEST)])) == 50
    draws = [sampling.places("head", b"%016d" % draw, size=1000) for draw in range(1000)]
    assert sum(bool(forged & set(places)) for places in draws) >= 950


def arrive_by_mail(east: Side, count: int) -> None:
    """The mails of these reports, each with the Message-ID of what it is about."""
    with east.store.write() as rows:
        for number in range(count):
            rows.connection.execute(
                insert(intake.report_row).values(
                    id=number + 1, report_key=b"in%014d" % number, direction="in", evidence_class="complaint",
                    is_complaint=True, facts="{}", message_id=f"{number}@shop.example", observed=NOW,
                )
            )  # fmt: skip
        names = {f"cr1-{number}": number + 1 for number in range(count)}
        rows.ledger.arrived_by_mail(WEST, EAST, "2026q4", reports=names)


def test_nobody_can_choose_what_is_opened() -> None:
    """Places depend on the head and on the third party's number, and are spread evenly."""
    one = sampling.places("head", b"a" * 16, size=10_000)
    assert one != sampling.places("head", b"b" * 16, size=10_000)
    assert one != sampling.places("other", b"a" * 16, size=10_000)
    drawn = Counter(
        place for draw in range(2000) for place in sampling.places("head", b"%016d" % draw, size=10, count=1)
    )
    assert sorted(drawn) == list(range(10))
    assert all(150 < times < 250 for times in drawn.values())
    thirds = Counter(sampling.places("head", b"%016d" % draw, size=3 << 62, count=1)[0] >> 62 for draw in range(900))
    assert all(
        250 < thirds[each] < 350 for each in range(3)
    )  # three quarters of 64 bits: no third is drawn twice as often


def test_whoever_draws_with_a_program_of_his_own_draws_the_same_places() -> None:
    """SHA-256 over a word, the number, a counter of eight octets and the head: first eight octets, modulo the size."""
    drawn: set[int] = set()
    for turn in range(20):
        digest = sha256(b"comity-opening/v1\nnonce" + bytes([0, 0, 0, 0, 0, 0, 0, turn]) + b"head").digest()
        drawn.add(int(digest[:8].hex(), 16) % 1000)
        assert sampling.places("head", b"nonce", size=1000, count=len(drawn)) == sorted(drawn)
    assert sampling.places("head", b"nonce", size=1000, count=5) == [108, 444, 727, 811, 880]


# replays, claims, floods


def test_an_id_counts_once(sides: tuple[Side, Side]) -> None:
    """The same report again, in this posting or in a later one, is refused."""
    _, east = sides
    assert refused(east, [record(1), record(1)]) == "id-twice"
    assert posted(east, [record(1)])["status"] == 200
    assert refused(east, [record(1)], [leaf.canonical(record(1))]) == "id-twice"


def test_an_outcome_cites_a_report_that_was_sent(sides: tuple[Side, Side]) -> None:
    """West claims to have worked off what east never reported."""
    west, east = sides
    answer = {
        "type": "outcome", "id": "cr1-5.outcome", "observed": None, "submitted": SECOND, "payload_commit": None,
        "report": "cr1-5", "outcome": "stopped",
    }  # fmt: skip
    assert refused(east, [answer]) == "answers-nothing"
    east.reports(WEST, 5, 6)
    give(east, west)
    assert posted(east, [answer])["status"] == 200


def test_what_is_taken_back_was_there(sides: tuple[Side, Side]) -> None:
    """A retraction of nothing, or a second one, would make the counts lie."""
    _, east = sides
    back = {
        "type": "retract", "id": "cr1-1.retract", "observed": None, "submitted": SECOND, "payload_commit": None,
        "report": "cr1-1", "reason": "taken-back",
    }  # fmt: skip
    assert refused(east, [back]) == "retracts-nothing"
    assert posted(east, [record(1), back])["status"] == 200
    old = [leaf.canonical(record(1)), leaf.canonical(back)]
    assert refused(east, [back | {"id": "cr1-1.again"}], old) == "retracts-nothing"


def test_who_floods_is_told_before_anything_is_read() -> None:
    """429 with the quota, nothing stored, the refusal counted on both sides."""
    west, east = Side(WEST), Side(EAST, per_day=10)
    west.pair(EAST)
    east.pair(WEST)
    west.reports(EAST, 0, 8)
    give(west, east)
    west.reports(EAST, 8, 12)
    step = give(west, east)[0]
    assert (step.reason, east.size(ORIGIN)) == ("quota", 8)
    with west.store.read() as ours, east.store.read() as theirs:
        assert ours.keys.counts(EAST)["refused-by:quota"] == theirs.keys.counts(WEST)["refused:quota"] == 1
    later(west, days=1)
    later(east, days=1)
    assert give(west, east)[0].given == 4


# strangers, and everything that can be mutated


def test_a_stranger_is_nobody() -> None:
    """Without a pinned key nothing is taken, and nothing is written; a key that was called back neither."""
    west, east = Side(WEST), Side(EAST)
    west.pair(EAST)
    west.reports(EAST, 0, 1)
    assert give(west, east)[0].reason == "peer-not-paired"
    with east.store.read() as rows:
        assert rows.ledger.channels() == []
        assert rows.connection.exec_driver_sql("SELECT count(*) FROM exchange_count").scalar() == 0


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "type": lambda said: said | {"type": "rumour"},
    "id": lambda said: said | {"id": ""},
    "observed": lambda said: said | {"observed": "yesterday"},
    "submitted": lambda said: said | {"submitted": None},
    "payload_commit": lambda said: said | {"payload_commit": "zz"},
    "class": lambda said: said | {"class": 5},
    "source": lambda said: said | {"source": {"ip": "999.1.1.1", "dkim": None}},
    "source fields": lambda said: said | {"source": {"ip": None}},
    "tier": lambda said: said | {"tier": "T9"},
    "tlp": lambda said: said | {"tlp": "TLP:PINK"},
    "agreement": lambda said: said | {"agreement": -1},
    "unknown": lambda said: said | {"victim": "alice@mail.example"},
    "missing": lambda said: {name: value for name, value in said.items() if name != "class"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_field_of_a_leaf_is_checked(sides: tuple[Side, Side], change: str) -> None:
    """A leaf that was signed but does not fit is refused with the name of its field."""
    assert refused(sides[1], [CHANGES[change](record(1))]) == "leaf-field"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.floats(), st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


class Forwarded:
    """What west posts, and east, who has none of it; the same for all examples until one of them is taken."""

    def __init__(self) -> None:
        self.west, self.east = both()
        self.west.reports(EAST, 0, 3)
        caught: list[bytes] = []
        catching = forwarding(self.west, self.east, lambda each: caught.append(each) or (0, {}))  # type: ignore[func-returns-value]
        give(self.west, self.east, catching)
        self.data = caught[0]

    def close(self) -> None:
        self.west.store.close()
        self.east.store.close()


@pytest.fixture
def postings() -> Iterator[list[Forwarded]]:
    made = [Forwarded()]
    yield made
    last = made[-1]
    assert (
        last.east.receiving.take(last.east.store, last.data, now=last.east.now).status == 200
    )  # it was never the history
    last.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_field_of_a_posting_can_be_mutated(postings: list[Forwarded], data: st.DataObject) -> None:
    """Refused with a name that both operators have a sentence for, and nothing is stored."""
    east, original = postings[-1].east, postings[-1].data
    said = json.loads(original)
    name = data.draw(st.sampled_from(sorted(said)))
    inner = data.draw(st.booleans())
    if inner and isinstance(said[name], list):
        said[name][data.draw(st.integers(0, len(said[name]) - 1))] = data.draw(VALUES)
    else:
        said[name] = data.draw(VALUES)
    changed = json.dumps(said).encode()
    if json.loads(changed) == json.loads(original):
        return
    answer = east.receiving.take(east.store, changed, now=east.now)
    if answer.status == 200:  # payloads may be missing: they were erased
        assert name == "payloads"
        postings.pop().close()
        postings.append(Forwarded())
        return
    assert east.size(ORIGIN) == 0
    assert all(f"refused.{answer.said['error']}" in catalogue(language) for language in LANGUAGES), answer.said


@pytest.fixture
def east() -> Iterator[Side]:
    made = Side(EAST)
    yield made
    made.store.close()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes_may_be_posted_or_asked(east: Side, data: bytes) -> None:
    """They are refused by name, and no transaction that writes is opened for a stranger."""
    for answer in (east.receiving.take(east.store, data, now=NOW), east.asking.take(east.store, data, now=NOW)):
        assert answer.status in (400, 403)
        assert f"refused.{answer.said['error']}" in catalogue("zh_Hans")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_off_by_a_day_is_noticed(days: int) -> None:
    """Ahead: refused at once, by name. Behind: taken, and the receipt says when we saw it."""
    west, east = both()
    later(west, days=days)
    west.reports(EAST, 0, 1)
    step = give(west, east)[0]
    assert step.reason == ("clock-ahead" if days > 0 else None)
    question = posting.Question(
        asker=WEST, asked=EAST, origin=ORIGIN, what="head", numbers=(), second=int(west.now.timestamp())
    )
    answer = east.asking.take(east.store, posting.ask(question, KEYS[WEST]).encode(), now=east.now)
    assert answer.said["error"] == "question-not-in-time"


def test_payloads_are_those_that_were_committed_to(sides: tuple[Side, Side]) -> None:
    """Another payload, or one for a leaf that was not sent, is refused."""
    _, east = sides
    committed = record(1, payload_commit=leaf.commitment(b"s" * 16, b"payload"))
    other = Beside(position=0, salt=b"s" * 16, payload=b"another")
    assert refused(east, [committed], payloads=(other,)) == "payload-differs"
    elsewhere = Beside(position=5, salt=b"s" * 16, payload=b"payload")
    assert refused(east, [committed], payloads=(elsewhere,)) == "payload-elsewhere"


def test_the_way_is_the_same_as_over_the_network(sides: tuple[Side, Side]) -> None:
    """A lost answer of an honest peer is no lie: the next posting is refused with the size, and goes on."""
    west, east = sides
    west.reports(EAST, 0, 2)
    give(west, east, forwarding(west, east, way_to(east, lost_answers=1)))
    west.reports(EAST, 2, 3)
    assert give(west, east)[-1].given == 1
    assert LeafType.REPORT.value in leaf.COUNTED


# poisons the filter


def test_a_peer_that_poisons_teaches_little_and_nothing_for_good() -> None:
    """10,000 lies of one peer: none teaches alone or before its day is over; then no more than its cap, and all can be taken back.

    What its own customers, who may be invented, say of a campaign never outweighs ours; without its samples the rest is as before.
    """
    terms = admission.Terms()
    ours = [sample(f"a{n}", peer="west", campaign=f"real{n // 2}") for n in range(40)]
    lies = [sample(f"e{n}", peer="evil", campaign=f"lie{n // 2}") for n in range(10_000)]
    alone = [sample(f"s{n}", peer="evil", campaign=f"lone{n}") for n in range(100)]
    fresh = [sample(f"f{n}", peer="evil", campaign=f"new{n // 2}", at=NOW - timedelta(hours=2)) for n in range(100)]
    decided = {each.sample.name: each.refusal for each in admission.admit([*ours, *lies, *alone, *fresh], terms, NOW)}
    taught = [name for name, refusal in decided.items() if refusal is None]
    assert sum(name.startswith("e") for name in taught) == terms.peer_a_day
    assert {decided[each.name] for each in ours} == {None}
    assert {decided[each.name] for each in alone} == {"lonely"}
    assert {decided[each.name] for each in fresh} == {"quarantined"}
    without = admission.admit(ours, terms, NOW)
    assert [each.refusal for each in without] == [None] * len(ours)


def sample(name: str, *, peer: str, campaign: str, at: datetime = NOW - timedelta(hours=30)) -> admission.Sample:
    """One complaint of a mailbox of its own, in a household of its own."""
    return admission.Sample(
        name=name, reporter=name, cohort=name, peer=peer, campaign=campaign, spam=True, delivered=True, at=at
    )


# unmasks complainers


def test_who_washes_a_list_is_told_from_who_mends_it() -> None:
    """The measure is played in tests of ``comity.feedback.washing``, its consequence in those of what leaves: one play here."""
    begin = NOW - 2 * washing.WINDOW
    days = {(NOW - timedelta(days=n)).date(): 1000 for n in range(1, 85)}
    told = [washing.Complained(who=f"a{n}", at=begin + timedelta(hours=n), shown=True) for n in range(100)]
    after = [washing.Complained(who=f"b{n}", at=NOW - timedelta(hours=n + 1), shown=True) for n in range(110)]
    assert washing.measured([*told, *after], days, NOW).verdict is washing.Verdict.WASHES
    assert washing.measured([*told, *after[:20]], days, NOW).verdict is washing.Verdict.DECLINED
