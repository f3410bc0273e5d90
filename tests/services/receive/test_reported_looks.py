"""What others report to us as abuse and looks like fraud is a question for a person, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from comity.bootstrap.grave import urgent_line
from comity.locale import catalogue
from comity.model.desk import Act
from comity.model.tlp import Tlp
from comity.model.urgent import Urgent, UrgentKind
from comity.services.prove.writing import Scribe
from comity.services.receive.desk import Desk
from comity.services.receive.exchange import Correspondents
from comity.services.receive.grave.urgent import (
    A_CASE,
    QUIET,
    Asked,
    Telling,
    UrgentRows,
    note_reported_looks,
    standing,
)
from comity.store.engine import Store

from ..stores import store
from .intake import NOW, arf, cases, ingest, prepared
from .test_exchange import LEDGER_KEY, WEST, _read, _signed

__all__ = ["store"]

PLACE = "www.bank.example -> evil.example"


def phish(number: int, host: str = "evil.example", shows: str = "https://www.bank.example/login", **how: str) -> bytes:
    """A report of abuse about a mail with one link."""
    data = arf(number, recipient=f"p{number}@mail.example", **how).decode()
    head, _, _ = data.rpartition("\n\nbuy\n")
    link = f'<a href="http://{host}/{number}?to=p{number}@mail.example">{shows}</a>'
    return f"{head}\nMIME-Version: 1.0\nContent-Type: text/html\n\n{link}\n\n--b--\n".encode()


def stands(store: Store) -> list[Urgent]:
    """What nobody has seen."""
    with store.read() as records:
        return standing(records.urgent)


def test_it_is_asked_once_about_a_customer_and_a_place(store: Store) -> None:
    """Many reports about the same are one question; the case stays what it was, and no complainer is named."""
    ingest(store, phish(1), phish(2), arf(3))
    (found,) = stands(store)
    case = cases(store)["customer:West Hosting"]
    assert (found.kind.value, found.about, found.more) == ("reported-looks", f"West Hosting: {PLACE}", 1)
    assert (found.case_id, {each.value for each in case.classes}) == (case.case_id, {"complaint"})
    for language in ("en", "zh_Hans"):
        line = urgent_line(found, catalogue(language))
        assert PLACE in line
        assert case.case_id in line
        assert "@" not in line


def test_a_type_is_the_same_in_capitals(store: Store) -> None:
    """Whoever writes the media type in other letters hides nothing by it."""
    ingest(store, phish(1).replace(b"text/html", b"Text/HTML"))
    assert len(stands(store)) == 1


def test_an_honest_link_asks_nothing(store: Store) -> None:
    """A link that says where it leads, or only "here", deceives nobody; nor does a report of something else than abuse."""
    ingest(store, phish(1, host="www.bank.example"), phish(2, shows="here"), phish(3, kind="not-spam"))
    assert stands(store) == []


def test_what_is_reported_as_fraud_is_no_question(store: Store) -> None:
    """Somebody says fraud: that stands by itself."""
    ingest(store, phish(1, kind="fraud"))
    assert [each.kind.value for each in stands(store)] == ["case"]


def test_what_redaction_left_out_is_not_guessed(store: Store) -> None:
    """Of a header alone nothing can be asked; the report counts as any other."""
    headers = phish(1).replace(b"message/rfc822", b"text/rfc822-headers")
    body = headers.index(b"<a href")
    ingest(store, headers[:body] + b"--b--\n")
    assert stands(store) == []
    assert cases(store)["customer:West Hosting"].reports == 1


def test_a_flood_of_places_is_a_few_questions(store: Store) -> None:
    """Whoever reports can make up as many places as he likes: what is too much is counted beside the last."""
    ingest(store, *[phish(number, host=f"evil{number}.example") for number in range(40)])
    found = stands(store)
    assert len(found) == A_CASE
    assert sum(each.more for each in found) == 40 - A_CASE


def test_a_person_who_acts_on_the_case_has_seen_it(store: Store) -> None:
    """For a week nobody is asked again about the same place; about another one at once."""
    ingest(store, phish(1))
    (found,), case = stands(store), cases(store)["customer:West Hosting"]
    with store.write() as records:
        Desk(records, actor="li", now=NOW + timedelta(minutes=1)).act(case, Act.NOTE, note="their newsletter")
        assert Telling().due(records.urgent, NOW + timedelta(minutes=2)) == []
    ingest(store, phish(2), now=NOW + timedelta(hours=1))
    assert stands(store) == []
    ingest(store, phish(3, host="third.example"), now=NOW + timedelta(hours=2))
    assert [each.about for each in stands(store)] == ["West Hosting: www.bank.example -> third.example"]
    ingest(store, phish(4), now=NOW + QUIET + timedelta(hours=1))
    assert len(stands(store)) == 2
    assert found.urgent_id < min(each.urgent_id for each in stands(store))


@pytest.mark.parametrize(("tlp", "about"), [(Tlp.AMBER, f"West Hosting: {PLACE}"), (Tlp.RED, "West Hosting")])
def test_what_only_recipients_may_see_is_not_named(store: Store, tlp: Tlp, about: str) -> None:
    """The question is mailed: of what a peer gave for the eyes of the recipients alone it says in which case it is."""
    salts = count()
    scribe = Scribe("east.example", LEDGER_KEY, new_salt=lambda: b"%016d" % next(salts))
    peers = Correspondents([replace(WEST, tlp=tlp)], scribe=scribe, ours="east.example")
    ingest(store, _signed(phish(1)), correspondents=peers)
    assert [each.about for each in stands(store)] == [about]


def test_many_at_once_look_at_the_list_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand questions in one lot are not a thousand readings of all that stands; each case has its few."""
    read: list[int] = []
    whole = type(_urgent_rows(store)).standing

    def counted(rows: UrgentRows) -> list[Urgent]:
        read.append(1)
        return whole(rows)

    ingest(store, phish(1))
    case = cases(store)["customer:West Hosting"].case_id
    monkeypatch.setattr(type(_urgent_rows(store)), "standing", counted)
    asked = [Asked(case_id=case, leads=f"place {n}", about="x") for n in range(1000)]
    with store.write() as records:
        note_reported_looks(records.urgent, asked, NOW)
    assert len(read) == 1
    found = stands(store)
    assert len(found) == A_CASE
    assert sum(each.more for each in found) == 1001 - A_CASE
    assert found[-1].more == 1001 - A_CASE


def _urgent_rows(store: Store) -> UrgentRows:
    with store.read() as records:
        return records.urgent


def test_looking_is_bounded() -> None:
    """A mail without HTML is not taken apart once more, and of one that is huge the first part alone is looked at."""
    (plain,), (found,) = prepared(arf(1)).reports, _read(phish(1)).reports
    assert plain.looks is None
    assert found.looks is not None
    far = phish(2).replace(b"<a href", b"<p>" + b"padding " * (1 << 18) + b"</p><a href")
    (late,) = prepared(far).reports
    assert late.looks is None


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_kind_has_words(language: str) -> None:
    """In the list, in the mail and on the desk."""
    words = catalogue(language)
    for kind in UrgentKind:
        assert f"urgent.{kind.value}" in words
        assert f"desk-urgent.{kind.value}" in words
