"""A letter that reports nothing comes before a person; nothing is done on it, and a flood of them hides nothing."""

from datetime import timedelta

import pytest

from comity.model.desk import CaseState
from comity.model.notice import Certainty, NoticeKind
from comity.model.outcomes import ComityError
from comity.model.retention import KeptClass
from comity.remediation.notice.reference import made, shown
from comity.services.receive.coming_back import ComingBack
from comity.services.receive.conversation import arriving
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Prepared
from comity.services.remedy.rows import GivenNotice
from comity.store.desk import arrived
from comity.store.engine import Store

from ...retention import erase_class
from ..stores import store
from .intake import NOW, OWN, arf, fates, ingest, prepared

__all__ = ["store"]


def _letter(
    text: str = "please stop", *, writer: str = "eve@mail.example", subject: str = "hello", fields: str = ""
) -> bytes:
    return f"From: {writer}\nTo: feedback@east.example\nSubject: {subject}\n{fields}\n{text}\n".encode()


def _waiting(store: Store, reason: str | None = None) -> list[tuple[str | None, int]]:
    with store.read() as records:
        return [(row.case_id, row.tries) for row in records.arrived.waiting(reason, most=500)]


def test_a_plain_letter_waits_for_a_person_and_not_as_a_fault(store: Store) -> None:
    """It is stored, on the list, no mail that could not be worked off; whoever saw it stands beside it."""
    assert fates(ingest(store, _letter())) == ["stored"]
    with store.write() as records:
        (row,) = records.arrived.waiting(most=9)
        assert records.arrived.counts() == {"no-report": 1}
        assert records.arrived.in_all() == (1, NOW)
        assert (records.intake.shunted(), records.intake.waiting_shunt()[0]) == ([], 0)
        assert arriving.see(records.arrived, [row.id], by="ann", now=NOW) == 1
        with pytest.raises(ComityError, match="letter 1"):
            arriving.see(records.arrived, [row.id], by="ann", now=NOW)
    assert _waiting(store) == []
    assert fates(ingest(store, _letter())) == ["again"]
    assert _waiting(store) == []


@pytest.mark.parametrize(
    "mail",
    [
        _letter(fields="List-Unsubscribe: <https://list.example/off>\n"),
        _letter(fields="Auto-Submitted: auto-generated\n"),
        _letter(fields="Return-Path: <>\n"),
        _letter(writer="noreply@shop.example"),
        arf(),
        prepared(_letter(), envelope_from=""),
    ],
    ids=["bulk", "automatic", "null-path", "no-reply", "report", "null-sender"],
)
def test_what_no_person_wrote_is_not_on_the_list(store: Store, mail: bytes | Prepared) -> None:
    """Bulk, automatic mail, reports."""
    ingest(store, mail)
    assert _waiting(store) == []


def test_a_letter_that_names_a_case_stands_beside_it_and_does_nothing(store: Store) -> None:
    """By its short name or by the reference of a notice; the case stays as it was, with a word that nothing is proven."""
    (done,) = ingest(store, arf())
    case_id, code = done.cases[0], made("case 1", b"k")
    with store.write() as records:
        before = records.cases.by_id([case_id])[case_id]
        records.notices.add(_notice(code, case_id))
    ingest(
        store,
        _letter(f"Is this genuine? case {case_id}"),
        _letter(subject=f"Notice {shown(code)}"),
        _letter("ffffffffffff"),
    )
    assert _waiting(store, "names-case") == [(case_id, 1), (case_id, 1)]
    assert _waiting(store, "no-report") == [(None, 1)]
    with store.read() as records:
        assert records.cases.by_id([case_id])[case_id] == before
        assert before.state is CaseState.NEW
        assert [each.act for each in records.cases.events_of(case_id)] == ["open"]
        assert [row.why for row in records.intake.letters_of([case_id], 9)] == [arriving.NAMES_CASE] * 2


def _notice(code: str, case_id: str) -> GivenNotice:
    return GivenNotice(
        reference=code,
        case_id=case_id,
        kind=NoticeKind.MAIL,
        language="en",
        certainty=next(iter(Certainty)),
        family="mirai",
        guide="mirai",
        seen_first=NOW,
        seen_last=NOW,
        deadline=None,
        given=NOW,
    )


def test_a_flood_is_counted_and_hides_nothing(store: Store) -> None:
    """Of one writer a few stand, of all strangers a bounded number; the next day there is room again."""
    ingest(store, *(_letter(str(number)) for number in range(40)))
    assert [tries for _, tries in _waiting(store)] == [36, 1, 1, 1, 1]
    ingest(store, *(_letter(writer=f"{number}@mail.example") for number in range(arriving.A_DAY + 30)))
    rows = _waiting(store)
    assert (len(rows), sum(tries for _, tries in rows)) == (arriving.A_DAY, 40 + arriving.A_DAY + 30)
    (done,) = ingest(store, arf())
    ingest(store, *(_letter(f"{done.cases[0]} {number}", writer=f"{number}@x.example") for number in range(30)))
    assert [tries for _, tries in _waiting(store, "names-case")] == [11, *[1] * (arriving.A_CASE - 1)]
    ingest(store, _letter("tomorrow"), now=NOW + timedelta(days=1))
    assert len(_waiting(store, "no-report")) == arriving.A_DAY + 1


def test_what_is_only_counted_is_found_behind_the_letter(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of that day that has no line of its own, lot by lot, also where much else lies between; no report, no other day."""
    ingest(store, *(_letter(str(number)) for number in range(9)))
    ingest(store, arf(1), arf(2), _letter("other", writer="bob@mail.example"))
    ingest(store, _letter("tomorrow"), now=NOW + timedelta(days=1))
    monkeypatch.setattr(arrived, "LOOKED", 3)
    with store.write() as records:
        last = records.arrived.waiting("no-report", before=6, most=1)[0]
        found: list[int] = []
        after: int | None = 0
        while after is not None:
            answer = records.arrived.behind(last.id, after, 2)
            assert answer is not None
            rows, after = answer
            found += [row.raw_id for row in rows]
        assert (last.tries, found) == (5, [6, 7, 8, 9])
        arriving.see(records.arrived, [last.id], by="ann", now=NOW)
        assert records.arrived.behind(last.id, 0, 2) is None


def test_a_letter_that_nobody_sees_is_kept_no_longer_than_other_mail(store: Store) -> None:
    """A flood does not fill the disk for good; its line stays."""
    ingest(store, _letter(), terms=Terms(own=OWN, keep=timedelta(days=30)))
    with store.write() as records:
        assert erase_class(records, KeptClass.RAW, NOW + timedelta(days=31)) == 1
    assert _waiting(store) == [(None, 1)]


def test_what_a_program_understood_needs_nobody(store: Store) -> None:
    """An answer to a mail of ours, which was taken for one, does not wait."""
    service = ComingBack(Ingest(Terms(own=OWN)), None, lambda _records, data, _signed_by, *, now: b"yes" in data)
    with store.write() as records:
        service.apply([prepared(_letter("yes")), prepared(_letter("why?"))], records, NOW)
        (row,) = records.arrived.waiting(most=9)
    assert row.raw_id == 2
