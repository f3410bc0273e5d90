"""A joint statement holds, and every lie in it has a name: whoever has the file and two public keys finds it."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from comity.accord.measured import block, rate
from comity.accord.statement import canonical
from comity.ledger import day_close, note
from comity.ledger.leaf import LeafType
from comity.model import period as periods
from comity.model.outcomes import ComityError
from comity.services.prove.stating import making
from comity.services.prove.stating.agreeing import Ours, Stating
from comity.services.prove.stating.checking import Checked, check
from comity.store.tables import ledger as tables

from ...engines import ONLY_SQLITE
from .closing_scene import EAST, KEYS, PUBLIC, WEST, Scene, answer, at, event

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
BOTH = [PUBLIC[WEST], PUBLIC[EAST]]
MONTH = "2026-11"
FIRST = date(2026, 11, 1)
LAST = date(2026, 11, 30)
NOW = at(date(2026, 12, 1), 9)


def side(of: str, *, lost: int = 0, shared: bool = False) -> Scene:
    """A month as one side has it: quiet days, two networks, a class with few, answers and a retraction."""
    scene = Scene(of, shared=shared)
    names = scene.reports(40 - lost, FIRST) + scene.reports(15, MONDAY, ip="203.0.113.9", sort="bot")
    scene.reports(3, MONDAY, ip="192.0.2.9", sort="login")
    scene.reports(12, TUESDAY, ip="192.0.2.9", sort="complaint")
    scene.write([answer(name) for name in names[:20]], FIRST + timedelta(days=1))
    scene.write([event("x.retract", LeafType.RETRACT, facts={"report": names[0]})], TUESDAY)
    for direction in ((WEST, EAST), (EAST, WEST)):
        scene.close(LAST, direction)
    return scene


def stating(of: str, clean: int | None = None) -> Stating:
    measured = {} if clean is None else {**rate(12, 40_000), **block(100, clean)}
    return Stating(Ours(domain=of, key=KEYS[of]), Scene(of).scribe, Scene(of).terms, measuring=lambda *_: measured)


def made(scene: Scene, period: str = MONTH, *, clean: int | None = None) -> bytes:
    found = periods.read(period)
    assert found is not None
    peer = EAST if scene.of == WEST else WEST
    with scene.store.write() as rows:
        return stating(scene.of, clean).make(rows, peer, found, now=NOW)


def signed(scene: Scene, data: bytes, *, clean: int | None = None, **more: Any) -> bytes:
    with scene.store.write() as rows:
        return stating(scene.of, clean).sign(rows, data, BOTH, now=NOW, **more).data


@pytest.fixture(scope="module")
def statement() -> bytes:
    """West begins, east joins and signs, west signs. One for all tests that take it: they look at its bytes, and ask no store."""
    west, east = side(WEST), side(EAST)
    return signed(west, signed(east, made(west)))


def codes(checked: Checked) -> set[str]:
    return {fault.code for fault in checked.faults}


@ONLY_SQLITE
def test_both_sign_and_a_stranger_verifies(statement: bytes) -> None:
    """With the file and two keys every number of both ledgers is proved, and both signed the same bytes."""
    checked = check(statement, BOTH)
    assert checked.faults == ()
    assert set(checked.signers) == {WEST, EAST}
    assert checked.days == 30 * 2 * 2
    assert all(each.by is not None for each in checked.proved if each.value is not None)
    found = {(each.key, each.value) for each in checked.proved if (each.reporting, each.side) == (WEST, EAST)}
    assert {("report", 70), ("retract", 1), ("report/networks", 3), ("report/registrant/CN", 55)} <= found


@ONLY_SQLITE
def test_small_numbers_stand_nowhere(statement: bytes) -> None:
    """Three complaints about logins: neither the number nor what would give it away is in the file, in any form."""
    rows = numbers(statement)
    assert rows["report/class/login"] == {WEST: None, EAST: None}
    hidden = [key for key, values in rows.items() if None in values.values()]
    assert len(hidden) >= 2
    record = json.loads(statement)["statement"]
    for evidence in record["evidence"].values():
        opened = {each["key"] for each in evidence["directions"][1]["openings"]}
        assert not opened & set(hidden)
    assert all(not 0 < value < 10 for key, row in rows.items() if "/class/" in key for value in row.values() if value)


@ONLY_SQLITE
@pytest.mark.parametrize("place", [0.02, 0.2, 0.4, 0.6, 0.8, 0.99])
def test_one_flipped_byte_fails(statement: bytes, place: float) -> None:
    """Wherever a byte is flipped, verification fails."""
    at_byte = int(len(statement) * place)
    changed = statement[:at_byte] + bytes([statement[at_byte] ^ 1]) + statement[at_byte + 1 :]
    assert check(changed, BOTH).faults


def test_what_a_side_measured_is_signed_and_named() -> None:
    """Infestations stand beside the ledger's numbers under the name of their side; a wrong share is a fault."""
    west, east = side(WEST), side(EAST)
    draft = made(west, clean=92)
    whole = signed(west, signed(east, draft), clean=92)
    assert check(whole, BOTH).faults == ()
    statement = json.loads(whole)["statement"]
    assert statement["measured"][WEST]["infestations"]["clean"] == 92
    assert "infestations" not in statement["not_measured"]
    assert statement["measured"][WEST]["complaints-per-delivered-mail"]["per_million"] == 300
    assert statement["not_measured"] == ["spam-share-and-traps", "effect-against-control"]
    assert (statement["baseline"], statement["changes"]) == (None, [])
    statement["measured"][WEST]["infestations"]["clean"] = 99
    assert "measured-wrong" in codes(check(making.write(statement, None), BOTH, signed=False))
    statement = json.loads(whole)["statement"]
    statement["measured"][WEST]["complaints-per-delivered-mail"]["inbox"] += 20_000
    assert "measured-wrong" in codes(check(making.write(statement, None), BOTH, signed=False))


def test_nobody_signs_what_he_did_not_measure() -> None:
    """Where the other side changed what we measured, we do not sign."""
    west, east = side(WEST), side(EAST)
    other = signed(east, made(west, clean=92))
    with pytest.raises(ComityError) as error:
        signed(west, other, clean=91)
    assert error.value.code == "statement-not-ours"


Change = Callable[[dict[str, Any]], object]


def changed(statement: bytes, change: Change) -> Checked:
    """A liar who changes a statement and has both sign it: what still gives him away."""
    record = json.loads(statement)["statement"]
    change(record)
    text = making.text_to_sign(record)
    lines = [note.sign(text, name, KEYS[name]).rpartition("\n\n")[2] for name in (WEST, EAST)]
    return check(making.write(record, f"{text}\n{''.join(lines)}"), BOTH)


def first(record: dict[str, Any], of: str = WEST) -> dict[str, Any]:
    found: dict[str, Any] = record["evidence"][of]["directions"][1]
    return found


@ONLY_SQLITE
def test_changing_nothing_holds(statement: bytes) -> None:
    """The liar's tools are sound: without a change all holds."""
    assert changed(statement, lambda record: None).faults == ()


def hide_a_report(record: dict[str, Any]) -> None:
    row = next(each for each in record["directions"][1]["numbers"] if each["key"] == "report")
    for name in row["values"]:
        row["values"][name] -= 1
    record["derived"] = making.derived_of(record)


def hide_it_in_the_opening(record: dict[str, Any]) -> None:
    hide_a_report(record)
    for of in (WEST, EAST):
        next(each for each in first(record, of)["openings"] if each["key"] == "report")["count"] -= 1


def rewrite_a_day(record: dict[str, Any]) -> None:
    close = first(record)["channels"][0]["closes"][5]
    said = json.loads(close["leaf"])
    said["end"] -= 1
    close["leaf"] = canonical(said).decode()


def leave_a_day_out(record: dict[str, Any]) -> None:
    del first(record)["channels"][0]["closes"][5]


def leave_the_last_day_out(record: dict[str, Any]) -> None:
    del first(record)["channels"][0]["closes"][-1]


def leave_a_channel_out(record: dict[str, Any]) -> None:
    first(record)["channels"] = []


def leave_a_row_out(record: dict[str, Any]) -> None:
    rows = record["directions"][1]["numbers"]
    rows[:] = [each for each in rows if each["key"] != "report/registrant/US"]


def leave_a_network_out(record: dict[str, Any]) -> None:
    rows = record["directions"][1]["numbers"]
    rows[:] = [each for each in rows if not each["key"].startswith("report/network/203")]


def leave_a_total_out(record: dict[str, Any]) -> None:
    rows = record["directions"][1]["numbers"]
    rows[:] = [each for each in rows if each["key"] != "retract"]


def hide_a_total(record: dict[str, Any]) -> None:
    row = next(each for each in record["directions"][1]["numbers"] if each["key"] == "retract")
    row["values"] = dict.fromkeys(row["values"])


def leave_a_proof_out(record: dict[str, Any]) -> None:
    first(record)["openings"].pop()


def leave_a_direction_out(record: dict[str, Any]) -> None:
    record["directions"].pop()
    for of in (WEST, EAST):
        record["evidence"][of]["directions"].pop()
    record["derived"] = making.derived_of(record)


def take_all_evidence_out(record: dict[str, Any]) -> None:
    record["evidence"] = {}
    record["derived"] = {}


def better_the_share(record: dict[str, Any]) -> None:
    record["derived"][WEST][0]["per_mille"] = 1000


def another_head(record: dict[str, Any]) -> None:
    ours, theirs = (first(record, of)["channels"][0] for of in (WEST, EAST))
    ours["head"] = theirs["head"]


def say_it_was_another_month(record: dict[str, Any]) -> None:
    record["period"] = "2026-10"


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (hide_a_report, "number-differs"),
        (hide_it_in_the_opening, "number-not-proved"),
        (rewrite_a_day, "day-rewritten"),
        (leave_a_day_out, "day-missing"),
        (leave_the_last_day_out, "last-day-missing"),
        (leave_a_channel_out, "day-missing"),
        (leave_a_row_out, "rows-missing"),
        (leave_a_network_out, "rows-missing"),
        (leave_a_total_out, "number-missing"),
        (hide_a_total, "hidden-wrongly"),
        (leave_a_proof_out, "number-not-proved"),
        (leave_a_direction_out, "direction-missing"),
        (take_all_evidence_out, "evidence-missing"),
        (better_the_share, "derived-differs"),
        (another_head, "head-wrong"),
        (say_it_was_another_month, "day-foreign"),
    ],
)
def test_a_lie_has_a_name(statement: bytes, lie: Change, code: str) -> None:
    """Both sign a lie all the same: the proofs do not go with it, and the reason is told."""
    assert code in codes(changed(statement, lie))


@ONLY_SQLITE
def test_a_swapped_key_fails(statement: bytes) -> None:
    """Under another key of the same name nothing holds: neither the statement nor the heads."""
    stranger = note.verifier_of(EAST, Ed25519PrivateKey.generate())
    checked = check(statement, [PUBLIC[WEST], stranger])
    assert {"signature-missing", "head-not-signed"} <= codes(checked)
    # East may have changed its key: whoever checks is told which of its keys it was.
    assert checked.other_keys == ((EAST, PUBLIC[EAST].key_id.hex()),)
    assert check(statement, BOTH).other_keys == ()


def test_one_signature_is_not_enough() -> None:
    """What one side alone signed is told as such."""
    west, east = side(WEST), side(EAST)
    checked = check(signed(east, made(west)), BOTH)
    assert [(fault.code, fault.where) for fault in checked.faults] == [("signature-missing", WEST)]


def test_a_hidden_report_is_printed_or_refused() -> None:
    """East lost two reports: its signature is refused until it accepts that the statement says so, number by number."""
    west, east = side(WEST), side(EAST, lost=2)
    draft = made(west)
    with pytest.raises(ComityError) as refused:
        signed(east, draft)
    assert refused.value.code == "statement-differs"
    assert "west.example/to/east.example report: west.example 70, east.example 68" in str(refused.value.details)
    data = signed(west, signed(east, draft, with_differences=True), with_differences=True)
    assert check(data, BOTH).faults == ()
    told = {each["key"]: each["values"] for each in json.loads(data)["statement"]["differences"]}
    assert told["report"] == {WEST: 70, EAST: 68}

    def hide(record: dict[str, Any]) -> None:
        record["differences"] = []

    assert "differences-hidden" in codes(changed(data, hide))


def test_one_ledger_needs_no_second_copy() -> None:
    """Where the other side has the very same leaves, its evidence would say nothing new: it signs what is there."""
    scene = side(WEST, shared=True)
    draft = made(scene)
    with scene.store.write() as rows:
        east = Stating(Ours(domain=EAST, key=KEYS[EAST]), scene.scribes[EAST], scene.terms)
        outcome = east.sign(rows, draft, BOTH, now=NOW)
    assert (outcome.joined, outcome.missing) == (False, (WEST,))
    assert list(json.loads(outcome.data)["statement"]["evidence"]) == [WEST]
    assert check(signed(scene, outcome.data), BOTH).faults == ()


def test_a_close_of_theirs_that_lies_is_not_stated() -> None:
    """West counts again what east closed: where east hid a complaint from the count, west states nothing and names the cells."""
    scene = side(WEST, shared=True)
    with scene.store.write() as rows:
        table = tables.channel
        rows.connection.execute(update(table).where(table.c.reporting == EAST).values(is_copy=True))
        (channel,) = rows.closes.of_direction(EAST, WEST)
        position, data = rows.closes.closes(channel.channel_id)[-1]
        payload = rows.closes.payload_of(channel.channel_id, position)
        seed, cells = day_close.read_payload(payload or b"") or (b"", {})
        cells["month"]["outcome"] -= 1
        root, _ = day_close.sealed(cells, seed)
        leaf_row = (tables.leaf.c.channel_id == channel.channel_id) & (tables.leaf.c.position == position)
        lied = canonical(json.loads(data) | {"cells_root": root.hex()})
        rows.connection.execute(update(tables.leaf).where(leaf_row).values(data=lied))
        beside = (tables.payload.c.channel_id == channel.channel_id) & (tables.payload.c.position == position)
        rows.connection.execute(update(tables.payload).where(beside).values(data=day_close.payload(seed, cells)))
    with pytest.raises(ComityError) as refused:
        made(scene)
    assert refused.value.code == "close-disputed"
    assert "month/outcome: east.example 19, west.example 20" in str(refused.value.details["cells"])


def test_what_is_not_in_our_ledger_is_not_signed() -> None:
    """West changes its own part after it was made: west itself refuses to sign, for its ledger says otherwise."""
    west, east = side(WEST), side(EAST)
    joined = signed(east, made(west))
    other = side(WEST, lost=1)
    with pytest.raises(ComityError) as refused:
        signed(other, joined)
    assert refused.value.code == "statement-not-ours"


def test_an_open_day_is_no_day() -> None:
    """A period with a day that is not closed is not stated; the error says which day, and in which direction."""
    scene = Scene()
    scene.reports(1, MONDAY)
    scene.close(MONDAY)
    scene.close(MONDAY, (EAST, WEST))
    with pytest.raises(ComityError) as refused:
        made(scene)
    assert (refused.value.code, refused.value.details["day"]) == ("day-not-closed", "2026-11-24")


def test_periods_that_overlap_are_refused() -> None:
    """A quarter less two of its months is the third: once a month is signed, its quarter and its days are not."""
    scene = side(WEST)
    signed(scene, made(scene))
    for other in ("2026q4", "2026", "2026-11-23"):
        with pytest.raises(ComityError) as refused:
            made(scene, other)
        assert refused.value.code in ("statement-overlaps", "day-not-closed"), other
    assert check(signed(scene, made(scene)), BOTH).faults


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"note":null,"statement":{}}\n', b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_statement_is_told(data: bytes) -> None:
    """Whatever is handed in, the answer is a named fault."""
    assert codes(check(data, BOTH)) <= {"bytes-changed", "form"}
    assert check(data, BOTH).faults


def test_a_quiet_month_states_noughts() -> None:
    """Nothing but closes: every nought is proved like any other number."""
    scene = Scene()
    scene.reports(1, FIRST)
    for direction in ((WEST, EAST), (EAST, WEST)):
        scene.close(LAST, direction)
    checked = check(made(scene), BOTH, signed=False)
    assert checked.faults == ()
    assert {each.value for each in checked.proved if each.reporting == EAST} == {0}


def numbers(statement: bytes) -> dict[str, dict[str, int | None]]:
    return {each["key"]: each["values"] for each in json.loads(statement)["statement"]["directions"][1]["numbers"]}


def test_a_cell_of_another_close_proves_nothing() -> None:
    """An opening is bound to horizon and key: a day's number is no month's."""
    root, openings = day_close.sealed({"day": {"report": 12}, "month": {"report": 40}}, b"seed")
    opening = openings["day", "report"]
    assert day_close.is_opened(opening, root, 2)
    moved = day_close.Opening(
        cell=("month", "report", 12), salt=opening.salt, position=opening.position, proof=opening.proof
    )
    assert not day_close.is_opened(moved, root, 2)


JUNK = [None, True, -1, 10**30, 1.5, "", "x", "\ud800", [], {}, [[]], {"a": None}]


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a record."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places_in(each, (*path, key))


@ONLY_SQLITE
@settings(max_examples=60)
@given(st.data())
def test_junk_anywhere_is_a_named_fault(statement: bytes, data: st.DataObject) -> None:
    """Whatever stands at whatever place, both signatures upon it: the answer is a list of faults, never an exception."""
    record = json.loads(statement)["statement"]
    place = data.draw(st.sampled_from([each for each in places_in(record) if each]))
    target = record
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = data.draw(st.sampled_from(JUNK))
    try:
        text = making.text_to_sign(record)
        lines = [note.sign(text, name, KEYS[name]).rpartition("\n\n")[2] for name in (WEST, EAST)]
        file = making.write(record, f"{text}\n{''.join(lines)}")
    except (ValueError, KeyError, TypeError):
        return  # nobody could sign this
    assert isinstance(check(file, BOTH).faults, tuple)


def test_a_time_before_the_first_day_is_said_to_be_one() -> None:
    """Nobody is sent to close days that there are not: before the first leaf no day is ever closed."""
    scene = Scene(WEST)
    scene.reports(12, MONDAY)
    for direction in ((WEST, EAST), (EAST, WEST)):
        scene.close(MONDAY, direction)
    with pytest.raises(ComityError) as error:
        made(scene, "2026-11-22")
    assert (error.value.code, error.value.details) == ("nothing-exchanged", {"day": "2026-11-22"})
    with pytest.raises(ComityError) as error:
        made(scene, "2026-11-24")
    assert error.value.code == "day-not-closed"
    assert made(scene, "2026-11-23")
