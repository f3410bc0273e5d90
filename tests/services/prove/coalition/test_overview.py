"""Three networks, a month: a coordinator with nothing but files and keys sees who signed, who is late, and who contradicts whom."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from comity.model import period as periods
from comity.services.prove.coalition.overview import Asked, Overview, PairLine, Standing, overview
from comity.services.prove.stating import making

from .three_networks import ALL, DUE, EAST, MONTH, NOW, PUBLIC, SOUTH, WEST, pair, signed


def seen(files: dict[str, bytes], *, now: datetime = NOW, **more: Any) -> Overview:
    assert MONTH is not None
    return overview(files, ALL, Asked(period=MONTH, due=DUE, now=now, **more))


def line(found: Overview, one: str, other: str) -> PairLine:
    wanted = tuple(sorted((one, other)))
    return next(each for each in found.pairs if each.pair == wanted)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Three pairs, all signed."""
    return {
        "ew.json": signed(*pair(WEST, EAST, {"complaint": 40, "bot": 15}, back=12)),
        "es.json": signed(*pair(EAST, SOUTH, {"complaint": 30, "bot": 20, "login": 3})),
        "sw.json": signed(*pair(SOUTH, WEST, {"complaint": 25})),
    }


def test_all_pairs_signed_add_up(files: dict[str, bytes]) -> None:
    """Every sum is made of numbers of signed statements, and each of those has the closes that prove it."""
    found = seen(files)
    assert found.is_whole
    assert [each.standing for each in found.pairs] == [Standing.SIGNED] * 3
    reports = next(each for each in found.sums if each.key == "report")
    assert (reports.least, reports.most, reports.not_shown) == (40 + 15 + 12 + 53 + 25, 145, 0)
    for each in found.sums:
        assert each.least == sum(part.least or 0 for part in each.parts)
        for part in each.parts:
            assert set(part.by) == {side for side, value in part.values.items() if value is not None}
            statement = making.read(files[next(it.file or "" for it in found.pairs if it.sha256 == part.sha256)])
            assert statement is not None
            assert part.reporting in statement[0]["parties"]


def test_what_a_statement_does_not_show_no_sum_shows(files: dict[str, bytes]) -> None:
    """Three logins between two networks stand nowhere, nor can they be worked out of a sum and its parts."""
    found = seen(files)
    sums = {each.key: each for each in found.sums}
    login = sums["report/class/login"]
    assert (login.least, login.most) == (0, 0)
    assert login.not_shown == 1
    bots = sums["report/class/bot"]  # hidden beside it, or three would follow
    assert (bots.least, bots.not_shown) == (15, 1)


def test_members_are_counted_by_what_they_gave_and_got(files: dict[str, bytes]) -> None:
    """Each pair's first network in the alphabet reports in these scenes; twelve went the other way."""
    found = {each.name: each for each in seen(files).members}
    gave_and_got = {name: (each.reported.most, each.received.most) for name, each in found.items()}
    assert gave_and_got == {EAST: (55 + 53, 12), SOUTH: (25, 53), WEST: (12, 55 + 25)}
    assert {each.signed for each in found.values()} == {2}


def test_who_is_late_is_named(files: dict[str, bytes]) -> None:
    """Where one signed, the other is late; where there is no file, nobody can say whose fault it is: both are named."""
    one, other = pair(SOUTH, WEST, {"complaint": 25})
    half = files | {"sw.json": other.sign(one.make())}
    half.pop("es.json")
    before, after = seen(half), seen(half, now=DUE)
    assert not before.is_whole
    assert [each.is_late for each in before.pairs] == [False] * 3
    assert (line(after, SOUTH, WEST).standing, line(after, SOUTH, WEST).waits_for) == (Standing.HALF, (SOUTH,))
    assert (line(after, EAST, SOUTH).standing, line(after, EAST, SOUTH).waits_for) == (Standing.MISSING, (EAST, SOUTH))
    assert {each.name: (each.owed, each.late) for each in after.members} == {EAST: (1, 1), SOUTH: (2, 2), WEST: (0, 0)}
    assert next(each for each in after.sums if each.key == "report").most == 67  # nothing half signed is added up


def test_pairs_may_be_named(files: dict[str, bytes]) -> None:
    """Not every two members have an agreement: then nothing is owed between them."""
    two = {name: files[name] for name in ("ew.json", "es.json")}
    assert not seen(two).is_whole
    assert seen(two, pairs=((EAST, WEST), (EAST, SOUTH))).is_whole


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r'("key":"report","values":{"east.example":)[0-9]+', r"\g<1>99", text, count=1),
        lambda text: text.replace(" ", "  ", 1),
        lambda text: text[:-200],
    ],
)
def test_a_changed_file_counts_for_nothing(files: dict[str, bytes], change: Callable[[str], str]) -> None:
    """One flipped number, one blank more, a tail cut off: no sum has it."""
    changed = change(files["ew.json"].decode()).encode()
    assert changed != files["ew.json"]
    found = seen(files | {"ew.json": changed})
    assert not found.is_whole
    assert line(found, EAST, WEST).standing in (Standing.UNSOUND, Standing.MISSING)
    assert next(each for each in found.sums if each.key == "report").most == 78


def test_a_key_that_is_not_known_makes_nothing_hold(files: dict[str, bytes]) -> None:
    assert MONTH is not None
    some = overview(files, [PUBLIC[WEST], PUBLIC[EAST]], Asked(period=MONTH, now=NOW))
    assert {each.pair: each.standing for each in some.pairs}[EAST, WEST] is Standing.SIGNED
    assert {each.pair: each.standing for each in some.pairs}[SOUTH, WEST] is Standing.UNSOUND


def test_who_signs_two_statements_is_shown(files: dict[str, bytes]) -> None:
    """Two statements of one pair about the same days, both signed by both: one of them is a lie, and both signatures prove it."""
    other = signed(*pair(WEST, EAST, {"complaint": 11}))
    found = seen(files | {"second.json": other})
    assert line(found, EAST, WEST).standing is Standing.TWICE
    proofs = {each.code: each for each in found.contradictions}
    assert proofs["two-statements"].is_proof
    assert proofs["two-statements"].by == (EAST, WEST)
    assert next(each for each in found.sums if each.key == "report").most == 78  # neither is believed
    assert {where for where, _ in proofs["two-statements"].values} == {"ew.json", "second.json"}


def test_a_day_that_was_closed_twice_is_shown(files: dict[str, bytes]) -> None:
    """The second history of the same ledger, of the same size, is proof against its writer alone."""
    one, _ = pair(WEST, EAST, {"complaint": 39, "bot": 16}, back=12)
    found = seen(files | {"draft.json": one.sign(one.make())})
    proofs = {(each.code, each.by) for each in found.contradictions if each.is_proof}
    assert ("two-histories", (WEST,)) in proofs
    assert ("two-closes", (WEST,)) in proofs
    assert not any(EAST in by for _, by in proofs)
    assert line(found, EAST, WEST).standing is Standing.SIGNED  # the draft takes nothing from what both signed


def test_who_tells_one_partner_something_else_is_shown() -> None:
    """West counts 40 infested lines for east and 90 for south, of the same month."""
    lying = {
        "ew.json": signed(*pair(WEST, EAST, {"complaint": 40}), found=(40, None)),
        "sw.json": signed(*pair(WEST, SOUTH, {"complaint": 25}), found=(90, None)),
    }
    found = seen(lying, pairs=((EAST, WEST), (SOUTH, WEST)))
    (told,) = found.contradictions
    assert (told.code, told.by, told.is_proof) == ("told-otherwise", (WEST,), False)
    assert {said.partition(",")[0] for _, said in told.values} == {"found 40", "found 90"}
    assert not found.is_whole
    lying["sw.json"] = signed(*pair(WEST, SOUTH, {"complaint": 25}), found=(40, None))
    assert seen(lying, pairs=((EAST, WEST), (SOUTH, WEST))).is_whole


def test_reports_that_two_count_differently_are_a_range() -> None:
    """East lost four of west's reports, and both signed that they differ: the sum says both."""
    one, other = pair(WEST, EAST, {"complaint": 40}, lost=4)
    found = seen({"ew.json": signed(one, other, with_differences=True)}, pairs=((EAST, WEST),))
    reports = next(each for each in found.sums if each.key == "report")
    assert (reports.least, reports.most) == (36, 40)
    assert "counted-otherwise" in {each.code for each in found.contradictions}


def test_other_files_are_named(files: dict[str, bytes]) -> None:
    """What is no statement, and what is of another period, is in no number."""
    strange = {"note.txt": b"hello", "list.json": b"[1]", "deep.json": b'{"statement":' * 3000}
    found = seen(files | strange | {"half.json": json.dumps({"statement": {"parties": [1, 2]}}).encode()})
    assert found.foreign == ("deep.json", "half.json", "list.json", "note.txt")
    october = overview(files, ALL, Asked(period=periods.read("2026-10") or MONTH, now=NOW))
    assert {each.standing for each in october.pairs} == {Standing.MISSING}
    assert october.sums == ()


@pytest.mark.parametrize("shape", [None, 7, [], {"parties": [WEST, EAST], "period": "2026-11", "evidence": 3}])
def test_no_shape_breaks_it(shape: Any) -> None:
    """A stranger's file gives a line or a name, never an exception."""
    data = making.write(shape, None)
    found = seen({"odd.json": data})
    assert not found.is_whole
    assert found.sums == ()


def test_a_forged_copy_beside_the_true_one_is_named(files: dict[str, bytes]) -> None:
    """Whoever slips a changed copy in changes no number, and everybody sees which file it was."""
    forged = re.sub(r'("key":"report","values":{"east.example":)[0-9]+', r"\g<1>99", files["ew.json"].decode(), count=1)
    found = seen(files | {"a-forged.json": forged.encode(), "z-copy.json": files["ew.json"]})
    assert found.is_whole
    said = {name: why and why.code for name, why in line(found, EAST, WEST).passed_over}
    assert said["a-forged.json"] is not None
    assert set(said) - {"a-forged.json"} < {"ew.json", "z-copy.json"}
    assert [said[each] for each in said if each != "a-forged.json"] == [None]


def test_classes_that_are_not_even_named_are_counted_as_not_shown() -> None:
    """Three reports of one class in a direction: the statement names none, and the sum does not look complete."""
    small = {"ew.json": signed(*pair(WEST, EAST, {"complaint": 40}, back=3))}
    found = seen(small, pairs=((EAST, WEST),))
    complaints = next(each for each in found.sums if each.key == "report/class/complaint")
    assert (complaints.least, complaints.not_shown) == (40, 1)


@pytest.mark.parametrize("evidence", [5, {"a": 5}, {"a": {"directions": 5}}, {"a": {"directions": [{"channels": 5}]}}])
def test_a_file_of_any_shape_stops_no_other(files: dict[str, bytes], evidence: object) -> None:
    """Whoever may put a file beside the others does not keep anybody from seeing what they come to."""
    strange = making.write({"parties": [EAST, WEST], "period": "2026-11", "evidence": evidence}, None)
    found = seen(files | {"strange.json": strange})
    assert found.is_whole
    assert [name for name, _ in line(found, EAST, WEST).passed_over] == ["strange.json"]


@pytest.mark.parametrize("names", [["\ud800", WEST], [WEST, WEST], ["a\x1b[2J", WEST]])
def test_who_cannot_be_a_pair_is_none(files: dict[str, bytes], names: list[str]) -> None:
    """Half a sign, a sign that no terminal should see, one and the same: such a file is named, and makes no line."""
    strange = json.dumps({"statement": {"parties": names, "period": "2026-11"}}).encode()
    found = seen(files | {"strange.json": strange})
    assert found.is_whole
    assert found.foreign == ("strange.json",)


@pytest.mark.parametrize("value", [-40, 10**4299, 55.0, True])
def test_a_number_that_nobody_can_count_does_not_hold(files: dict[str, bytes], value: object) -> None:
    """Two who lie together could take something off every sum, or make one that cannot be written."""
    read = making.read(files["ew.json"])
    assert read is not None
    statement = read[0]
    row = next(each for each in statement["directions"][0]["numbers"] if each["key"] == "report")
    row["values"] = dict.fromkeys(row["values"], value)
    faults = line(seen({"ew.json": making.write(statement, read[1])}), EAST, WEST).faults
    assert [each.code for each in faults] == ["form"]
