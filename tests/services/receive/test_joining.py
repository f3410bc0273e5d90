"""A person says where a letter belongs that stands in no case: it is answered there, and waits no more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.model.case import SubjectKind
from comity.model.case_letter import CaseLetter, Correspondent
from comity.model.desk import Act, CaseState, DeskCase
from comity.model.holding import Holding
from comity.model.outcomes import ComityError
from comity.model.sending import OutboxKind
from comity.services.complain.rows import enter
from comity.services.receive.conversation.addressing import Book, one, recipients
from comity.services.receive.conversation.arriving import NAMES_CASE
from comity.services.receive.conversation.joining import ATTACHED, Joining
from comity.services.receive.desk import Desk
from comity.store.engine import Store

from ..stores import store
from .intake import NOW, arf, ingest

__all__ = ["store"]

EVE = "eve@mail.example"


def letter(subject: str = "Is this you?", text: str = "Is this notice genuine?") -> bytes:
    """One that reports nothing."""
    return f"From: {EVE}\nTo: abuse@east.example\nSubject: {subject}\nMessage-ID: <q@mail.example>\n\n{text}\n".encode()


def listed() -> Sequence[Holding]:
    """Two customers."""
    first = int.from_bytes(bytes([192, 0, 2, 0]))
    return (
        Holding(
            name="192.0.2.0/24",
            place="own:1",
            customer="West Hosting",
            contact="noc@west.example",
            version=4,
            first=first,
            last=first + 255,
        ),
        Holding(name="shop.example", place="own:2", customer="Shop", domain="shop.example"),
    )


def joining(records: Any, heard: Any = None) -> Joining:
    """Whoever says where it belongs."""
    return Joining(records, heard, ours=listed, actor="ann", now=NOW)


def put(store: Store, label: str = "West Hosting") -> DeskCase:
    """A case that is there."""
    made = opened(Claim(kind=SubjectKind.CUSTOMER, label=label), NOW)
    with store.write() as records:
        records.cases.add([made])
    return made


def stands(store: Store) -> tuple[str | None, str, int]:
    """Where the letter stands, why, and how many wait."""
    with store.read() as records:
        row = records.intake.item(1)
        assert row is not None
        return row.case_id, row.why, records.arrived.in_all()[0]


def test_a_letter_opens_a_case_of_itself(store: Store) -> None:
    """It is called by who wrote it and about what, its writer can be answered, and nobody has to see it any more."""
    ingest(store, letter())
    with store.write() as records:
        case = joining(records).open(1, SubjectKind.LETTER)
    assert stands(store) == (case.case_id, ATTACHED, 0)
    with store.read() as records:
        assert [each.act for each in records.cases.events_of(case.case_id)] == ["open", "letter"]
        known = recipients(records, case, [case.case_id], book=Book(contact_of=lambda _: None, agreements=lambda _: ()))
    assert [(each.who, each.address, each.answers) for each in known] == [
        (Correspondent.REPORTER, EVE, "q@mail.example")
    ]


@pytest.mark.parametrize(
    ("kind", "label", "contact"),
    [
        (SubjectKind.CUSTOMER, "west hosting", "noc@west.example"),
        (SubjectKind.ADDRESS, "192.0.2.77", "noc@west.example"),
        (SubjectKind.ADDRESS, "mail.shop.example", None),
    ],
)
def test_a_case_is_opened_about_what_the_list_has(
    store: Store, kind: SubjectKind, label: str, contact: str | None
) -> None:
    """A customer by name, or by an address or a domain that is its; the contact is that of the list."""
    ingest(store, letter())
    with store.write() as records:
        case = joining(records).open(1, kind, label)
    assert (case.subject_kind, case.contact) == (SubjectKind.CUSTOMER, contact)


@pytest.mark.parametrize(
    ("kind", "label", "code"),
    [
        (SubjectKind.CUSTOMER, "West Hostin", "letter-customer"),
        (SubjectKind.ADDRESS, "203.0.113.9", "letter-not-ours"),
        (SubjectKind.SUBSCRIBER, " ", "letter-about"),
        (SubjectKind.DOMAIN, "shop.example", "letter-about"),
    ],
)
def test_nothing_is_opened_about_what_is_not_ours(store: Store, kind: SubjectKind, label: str, code: str) -> None:
    """A slip of the pen makes no customer; the names that are near stand in the refusal."""
    ingest(store, letter())
    with pytest.raises(ComityError) as refused, store.write() as records:
        joining(records).open(1, kind, label)
    assert refused.value.code == code
    assert (code != "letter-customer") or refused.value.details["known"] == "West Hosting"
    assert stands(store)[0] is None


def test_the_letter_goes_to_the_open_case_on_the_same(store: Store) -> None:
    """No second case is opened beside one that is open; one that was closed gets a successor."""
    case = put(store)
    ingest(store, letter())
    with store.write() as records:
        assert joining(records).open(1, SubjectKind.CUSTOMER, "West Hosting").case_id == case.case_id
    ingest(store, letter("another"))
    with store.write() as records:
        Desk(records, actor="ann", now=NOW + timedelta(minutes=1)).act(case, Act.CLOSE)
        again = joining(records).open(2, SubjectKind.CUSTOMER, "West Hosting")
    assert (again.case_id == case.case_id, again.reopened_from) == (False, case.case_id)


def test_a_letter_put_into_a_merged_case_stands_where_that_went(store: Store) -> None:
    """Nobody looks at a case that went into another."""
    case, into = put(store), put(store, "Other")
    ingest(store, letter())
    with store.write() as records:
        Desk(records, actor="ann", now=NOW).merge(case, into)
        merged = records.cases.by_id([case.case_id])[case.case_id]
        assert joining(records).attach(1, merged).case_id == into.case_id


def test_a_person_confirms_that_a_letter_belongs_where_it_says(store: Store) -> None:
    """What only names a case can be put into it, or elsewhere; then it counts as any letter there."""
    case = put(store)
    ingest(store, letter(text=f"about {case.case_id}"))
    assert stands(store) == (case.case_id, NAMES_CASE, 1)
    with store.write() as records:
        joining(records).attach(1, case)
    assert stands(store) == (case.case_id, ATTACHED, 0)


def test_whoever_is_second_moves_nothing(store: Store) -> None:
    """A letter that a colleague put into a case meanwhile stays there; a report is no letter."""
    case, other = put(store), put(store, "Other")
    ingest(store, letter(), arf())
    with store.write() as records:
        joining(records).attach(1, case)
    with store.write() as records:
        with pytest.raises(ComityError, match="letter 1"):
            joining(records).attach(1, other)
        with pytest.raises(ComityError, match="letter 2"):
            joining(records).attach(2, other)
    assert stands(store)[0] == case.case_id


class Heard:
    """A playbook that hears of answers."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    def replied(self, _: Any, case_ids: Sequence[str], __: Any) -> None:
        """Somebody answered."""
        self.cases += case_ids


@pytest.mark.parametrize(("written_to", "answers"), [(EVE, True), ("noc@west.example", False)])
def test_it_is_an_answer_where_we_wrote_to_its_writer(store: Store, written_to: str, answers: bool) -> None:
    """Then the letter of ours is answered, and the playbook hears of it; else it is only one more letter."""
    case, heard = put(store), Heard()
    ingest(store, letter())
    with store.write() as records:
        row = enter(OutboxKind.NOTICE, b"x", party="correspondents", address=written_to, bounce_token="t", now=NOW)
        records.sending.add_outbox([row])
        number = records.sending.by_bounce_token("t").outbox_id
        records.case_letters.add(
            CaseLetter(
                case_id=case.case_id,
                who=Correspondent.CUSTOMER,
                address=written_to,
                subject="Your server",
                message_id="t@east.example",
                outbox_id=number,
                written=NOW,
                by="ann",
            )
        )
        after = joining(records, heard).attach(1, case)
        (sent,) = records.case_letters.of([case.case_id])
    assert ((sent.answered is not None), heard.cases) == (answers, [case.case_id] if answers else [])
    assert after.state is CaseState.NEW


def test_to_whom_is_named_by_a_role_or_a_report(store: Store) -> None:
    """Whoever reported alone needs no number; of several, one that names none is refused."""
    ingest(store, arf(1), arf(2, recipient="bob@mail.example"))
    with store.read() as records:
        (case,) = records.cases.newest(["customer:West Hosting"]).values()
        book = Book(contact_of=lambda _: None, agreements=lambda _: ())
        known = recipients(records, case, [case.case_id], book=book)
        assert [(each.who, each.address) for each in known] == [
            (Correspondent.CUSTOMER, "noc@west.example"),
            (Correspondent.REPORTER, "fbl@west.example"),
        ]
        found = one(known, Correspondent.REPORTER)
        assert found is not None
        assert len(found.reports) == 2
        assert one(known, Correspondent.REPORTER, report_id=found.reports[-1]) == found
        assert one(known, Correspondent.REPORTER, report_id=99) is None
        assert one(known, Correspondent.NETWORK) is None
    ingest(store, arf(3, recipient="cy@mail.example", provider="fbl@south.example"))
    with store.read() as records:
        known = recipients(records, case, [case.case_id], book=book)
        with pytest.raises(ComityError, match="reporter"):
            one(known, Correspondent.REPORTER)
