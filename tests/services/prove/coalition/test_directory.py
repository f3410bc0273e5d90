"""A directory that nobody owns: each entry is its member's own, and every field of it is looked at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comity.accord import coalition as forms
from comity.ledger import document, note
from comity.locale import LANGUAGES, catalogue
from comity.model.coalition import Contact, Member
from comity.model.outcomes import ComityError
from comity.services.prove.coalition import directory
from comity.services.prove.documents import Documents
from comity.store.records import Records

from ..two_sides import EAST, KEYS, NOW, WEST, Side

ENTRY = Member(
    issuer=WEST, version=1, organisation={"en": "West Network", "zh": "西网"}, made=NOW, ends=NOW + timedelta(days=300),
    contacts=(
        Contact(role="abuse", address="abuse@west.example", languages=("en",), hours="always"),
        Contact(role="escalation", address="noc@west.example", languages=("en", "zh"), hours="Mon-Fri 09:00-18:00 +08:00"),
    ),
)  # fmt: skip
CONTACT = {"role": "abuse", "address": "abuse@west.example", "languages": ["en"], "hours": "always"}
MISFITS: dict[str, list[Any]] = {
    "type": ["signal", None], "issuer": [EAST, "south.example", "", None], "version": [0, -1, None, True, "1", 10**6],
    "organisation": [{}, {"en": "x"}, {"en": "x", "zh": "x"}, {"en": "x\n", "zh": "西"},
                     {"en": "x" * 121, "zh": "西"}, None],
    "contacts": [[], None, [CONTACT] * 13, ["x"], *([CONTACT | {name: value}] for name, values in {
        "role": ["king", None], "address": ["x", None, "a@b.example\r\nBcc: c@d.example"],
        "languages": [[], ["English"], "en", [7]],
        "hours": ["", None, "x" * 61, "\x1b[31m"], "more": [1]}.items() for value in values)],
    "made": [-1, None, int((NOW + timedelta(minutes=6)).timestamp())],
    "ends": [-1, None, 0, int(NOW.timestamp()), int((NOW + timedelta(days=401)).timestamp())],
}  # fmt: skip


@pytest.fixture
def east() -> Iterator[Side]:
    side = Side(EAST)
    side.pair(WEST)
    yield side
    side.store.close()


def take(side: Side, text: str) -> dict[str, object]:
    taking: Documents[Records] = Documents(side.name, dict(directory.handlers()), per_day=1000)  # type: ignore[arg-type]
    return dict(taking.take(side.store, document.bundle([text]), now=side.now).said)


def signed(record: dict[str, Any], name: str = WEST) -> str:
    return note.sign(document.text_of(forms.MEMBER, record) or "", name, KEYS[name])


def members(side: Side) -> list[Member]:
    with side.store.read() as rows:
        return [each.said for each in rows.coalition.members()]


def test_each_field_of_an_entry_is_looked_at(east: Side) -> None:
    """Changed, left out, or one more: refused with a reason in both languages, nothing stored."""
    record = forms.member_record(ENTRY)
    changed = [record | {name: value} for name, values in MISFITS.items() for value in values]
    changed += [{key: value for key, value in record.items() if key != name} for name in record] + [
        record | {"more": 1}
    ]
    for each in changed:
        said = take(east, signed(each))
        assert all(f"refused.{said['error']}" in catalogue(language) for language in LANGUAGES), (each, said)
        assert members(east) == [], each
    assert take(east, signed(record)) == {"taken": 1, "known": 0}


def test_the_newest_entry_counts(east: Side) -> None:
    """An older one, or another one under the same number, changes nothing; one that is over is not taken."""
    second = replace(ENTRY, version=2)
    assert take(east, signed(forms.member_record(second)))["taken"] == 1
    assert take(east, signed(forms.member_record(second))) == {"taken": 0, "known": 1}
    assert take(east, signed(forms.member_record(ENTRY)))["error"] == "member-older"
    other = replace(second, organisation={"en": "Other", "zh": "他"})
    assert take(east, signed(forms.member_record(other)))["error"] == "member-older"
    assert members(east) == [second]
    east.now = NOW + timedelta(days=300)
    assert take(east, signed(forms.member_record(replace(ENTRY, version=3))))["error"] == "member-over"


def test_whoever_hands_it_on_has_no_power_over_it(east: Side) -> None:
    """A coordinator gives the directory as it was signed: what it changes, or makes up, is refused."""
    with east.store.write() as rows:
        kept = directory.announce(rows, replace(ENTRY, issuer=EAST), KEYS[EAST], peers=[WEST], now=NOW)
    take(east, signed(forms.member_record(ENTRY)))
    with east.store.read() as rows:
        handed = directory.directory(rows, NOW)
        assert directory.directory(rows, NOW + timedelta(days=300)) == []
        assert [each.note for each in rows.documents.waiting(WEST, 10)] == [kept.note]
    west, third = Side(WEST), Side(WEST)
    west.pair(EAST)
    assert [take(west, text).get("taken") for text in handed if document.issuer_of(text) == EAST] == [1]
    assert {take(third, text)["error"] for text in handed} == {"peer-not-paired"}
    assert take(west, kept.note.replace("West Network", "Best Network"))["error"] == "document-not-signed"
    for each in (west, third):
        each.store.close()


def test_our_own_entry_is_looked_at_too(east: Side) -> None:
    """Before it is signed."""
    with east.store.write() as rows, pytest.raises(ComityError, match="contacts does not fit"):
        directory.announce(rows, replace(ENTRY, issuer=EAST, contacts=()), KEYS[EAST], peers=(), now=NOW)
