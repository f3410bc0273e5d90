"""Two networks write guidance together: proposed, commented on, revised, agreed by both over the same bytes."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from comity.accord import guidance as forms
from comity.ledger import document, note
from comity.locale import LANGUAGES, catalogue
from comity.model.guidance import Consent, KeptVersion
from comity.model.outcomes import ComityError
from comity.services.prove.documents import Documents, Handed, give
from comity.services.prove.guidance import Draft, GuidanceDesk, GuidanceTerms, digest_of, handlers
from comity.services.prove.receiving import Answer
from comity.store.records import Records

from .two_sides import EAST, KEYS, NOW, WEST, Side

DRAFT = Draft(
    title={"en": "Answer within three days", "zh": "三日内答复"},
    text={"en": "Whoever is asked answers.\nWithin three days.", "zh": "被询问者应当答复。\n三日之内。"},
    practices=("feedback-loop",),
)
SAID = {"en": "Two days would do.", "zh": "两日即可。"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_numbers = count()


def name(letter: str) -> str:
    number = next(_numbers)
    return f"{letter}-" + "".join(LETTERS[number // 32**place % 32] for place in range(16))


class Party:
    """One of the two."""

    def __init__(self, ours: str, other: str) -> None:
        self.side, self.name = Side(ours), ours
        self.side.pair(other)
        self.store = self.side.store
        self.documents: Documents[Records] = Documents(ours, dict(handlers(ours)), per_day=100)  # type: ignore[arg-type]

    def desk(self, rows: Records, actor: str = "Ann") -> GuidanceDesk:
        return GuidanceDesk(rows, GuidanceTerms(ours=self.name, key=KEYS[self.name], new_id=name), actor=actor, now=NOW)

    def do(self, act: str, *words: Any, actor: str = "Ann") -> Any:
        with self.store.write() as rows:
            return getattr(self.desk(rows, actor), act)(*words)

    def versions(self, guidance_id: str) -> list[KeptVersion]:
        with self.store.read() as rows:
            return rows.guidance.versions(guidance_id)

    def take(self, text: str) -> Answer:
        return self.documents.take(self.store, document.bundle([text]), now=NOW)

    def give(self, other: "Party") -> Handed:
        def post(data: bytes) -> tuple[int, Any]:
            answer = other.documents.take(other.store, data, now=NOW)
            return answer.status, answer.said

        return give(self.store, other.name, post, now=lambda: NOW)


@pytest.fixture
def parties() -> Iterator[tuple[Party, Party]]:
    west, east = Party(WEST, EAST), Party(EAST, WEST)
    yield west, east
    west.store.close()
    east.store.close()


def test_from_a_proposal_to_what_both_signed(parties: tuple[Party, Party]) -> None:
    """Both hold the same note with both signatures, which convinces whoever has the two public keys."""
    west, east = parties
    made = west.do("propose", EAST, DRAFT)
    west.give(east)
    east.do("comment", made.said.guidance_id, SAID, actor="Bob")
    second = east.do(
        "revise", made.said.guidance_id, Draft(title=DRAFT.title, text={**DRAFT.text, "en": "Within two days."})
    )
    assert east.give(west).given == 2
    agreed = west.do("agree", made.said.guidance_id)
    assert west.give(east).given == 1
    (first, here), (_, there) = west.versions(made.said.guidance_id), east.versions(made.said.guidance_id)
    assert (first.agreed, here.note, here.said.version) == (None, there.note, 2)
    assert agreed.note == here.note and here.agreed == there.agreed == NOW and there.agreed_by == "Ann"
    signed = note.opened(there.note, [note.verifier_of(each, KEYS[each]) for each in (WEST, EAST)])
    assert signed is not None and set(signed.signers) == {WEST, EAST}
    assert "Within two days." in signed.text and second.said.issuer == EAST
    with west.store.read() as rows:
        assert [(said.by, said.text, said.version) for said, _ in rows.guidance.comments()] == [("Bob", SAID, 1)]


def test_what_does_not_fit(parties: tuple[Party, Party]) -> None:
    """Nobody agrees to his own version, or to one that is agreed; strangers, and half a text, are refused by name."""
    west, east = parties
    made = west.do("propose", EAST, DRAFT)
    west.give(east)
    for party, act, words, code in (
        (west, "agree", (made.said.guidance_id,), "guidance-own"),
        (west, "agree", ("G-" + "Z" * 16,), "guidance-unknown"),
        (west, "propose", ("south.example", DRAFT), "guidance-peer"),
        (west, "propose", (EAST, Draft(title=DRAFT.title, text={"en": "x", "zh": "x"})), "guidance-field"),
        (west, "propose", (EAST, Draft(title=DRAFT.title, text={"en": "x", "zh": "好" * 8001})), "guidance-field"),
        (
            west,
            "propose",
            (EAST, Draft(title=DRAFT.title, text={"en": "é" * 8000, "zh": "好" * 8000})),
            "guidance-long",
        ),
        (west, "comment", (made.said.guidance_id, {"en": "x"}), "guidance-field"),
    ):
        with pytest.raises(ComityError, match=code):
            party.do(act, *words)
    east.do("agree", made.said.guidance_id)
    with pytest.raises(ComityError, match="guidance-agreed"):
        east.do("agree", made.said.guidance_id)


def test_both_write_the_next_version_at_once(parties: tuple[Party, Party]) -> None:
    """Each refuses the other's by name; nothing is overwritten."""
    west, east = parties
    made = west.do("propose", EAST, DRAFT)
    west.give(east)
    west.do("revise", made.said.guidance_id, DRAFT)
    east.do("revise", made.said.guidance_id, DRAFT)
    assert west.give(east).refused == east.give(west).refused == ("guidance-version",)
    assert [each.said.issuer for each in west.versions(made.said.guidance_id)] == [WEST, WEST]


MISFITS: dict[str, list[Any]] = {
    "type": ["signal", None], "issuer": [EAST, "south.example", None, 7], "id": ["", "G-1", None],
    "version": [0, 3, -1, None, True, "2"],
    "parties": [[], [EAST], [WEST, EAST], ["east.example", "south.example"], ["north.example", WEST], None,
                [EAST, WEST, "z.example"]],
    "title": [{}, {"en": "x"}, {"en": "x", "zh": "x"}, {"en": "x" * 201, "zh": "好"}, None],
    "by": ["", None, "a\nb", "x" * 101],
    "text": [{}, {"en": "x", "zh": ""}, {"en": "\x1b[31m", "zh": "好"}, None, "x"],
    "practices": [None, ["A B"], ["x", "x"], [7], "x"],
    "made": [-1, None, int((NOW + timedelta(minutes=6)).timestamp())],
}  # fmt: skip


def signed(kind: str, record: dict[str, Any], key: str = WEST) -> str:
    return note.sign(document.text_of(kind, record) or f"comity-{kind}/v1\n{{}}\n", key, KEYS[key])


def refused(party: Party, text: str) -> None:
    answer = party.take(text)
    assert answer.status != 200
    assert all(f"refused.{answer.said['error']}" in catalogue(language) for language in LANGUAGES), answer.said


def test_each_field_of_a_version_is_looked_at(parties: tuple[Party, Party]) -> None:
    """Changed, left out, or one more: refused with a reason, nothing stored."""
    west, east = parties
    record = forms.version_record(west.do("propose", EAST, DRAFT).said)
    changed = [record | {field: value} for field, values in MISFITS.items() for value in values]
    changed += [{key: value for key, value in record.items() if key != field} for field in record] + [
        record | {"more": 1}
    ]
    for each in changed:
        refused(east, signed(forms.VERSION, each))
        assert east.versions(record["id"]) == [], each
    assert east.take(signed(forms.VERSION, record)).status == 200


def test_each_field_of_a_comment_is_looked_at(parties: tuple[Party, Party]) -> None:
    """The same for comments."""
    west, east = parties
    made = west.do("propose", EAST, DRAFT)
    west.give(east)
    record = forms.comment_record(west.do("comment", made.said.guidance_id, SAID))
    changed = [
        record | {field: value} for field in ("type", "issuer", "text", "by", "made") for value in MISFITS[field]
    ]
    changed += [record | {"guidance": value} for value in ("G-" + "Z" * 16, "", None)] + [
        record | {"id": value} for value in ("", "G-1")
    ]
    changed += [record | {"version": value} for value in (0, 2, None)] + [record | {"more": 1}]
    changed += [{key: value for key, value in record.items() if key != field} for field in record]
    for each in changed:
        refused(east, signed(forms.COMMENT, each))
        with east.store.read() as rows:
            assert rows.guidance.comments() == [], each
    assert east.take(signed(forms.COMMENT, record)).status == 200


def test_each_field_of_a_consent_is_looked_at(parties: tuple[Party, Party]) -> None:
    """Nothing counts as agreed but the other party's signature under the very text."""
    west, east = parties
    made = west.do("propose", EAST, DRAFT)
    west.give(east)
    both = document.add_signature(made.note, name=EAST, key=KEYS[EAST])
    line = note.lines_of(both)[1]
    said = Consent(
        guidance_id=made.said.guidance_id, version=1, issuer=EAST, sha256=digest_of(made.note), line=line, by="Bob", made=NOW
    )  # fmt: skip
    record = forms.consent_record(said)
    other = note.lines_of(note.sign("another text\n", EAST, KEYS[EAST]))[0]
    changed = [record | {field: value} for field in ("type", "by", "made") for value in MISFITS[field]]
    changed += [
        record | {"line": value}
        for value in (other, note.lines_of(made.note)[0], "x\n", "", None, line * 2, line.strip())
    ]
    changed += [record | {"sha256": value} for value in ("0" * 64, "", None)] + [
        record | {"version": value} for value in (0, 2, None)
    ]
    changed += [record | {"issuer": WEST}, record | {"guidance": "G-" + "Z" * 16}, record | {"more": 1}]
    changed += [{key: value for key, value in record.items() if key != field} for field in record]
    for each in changed:
        refused(west, signed(forms.CONSENT, each, EAST))
        assert west.versions(made.said.guidance_id)[0].agreed is None, each
    assert west.take(signed(forms.CONSENT, record, EAST)).status == 200
    assert west.versions(made.said.guidance_id)[0].note == both
