"""Did it get better: a statement is compared with an earlier one that both signed; a file and two keys are enough to check it."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.spam_share import SPAM, Arrived, part
from comity.accord.statement import canonical
from comity.ledger import note
from comity.locale import LANGUAGES, catalogue
from comity.model import period as periods
from comity.model.outcomes import ComityError
from comity.services.prove.stating import making
from comity.services.prove.stating.agreeing import MeasuredFor, Ours, Stating
from comity.services.prove.stating.checking import check
from comity.web.pages.statement import render
from comity.web.pages.statement_compared import sentences
from comity.web.pages.statement_view import view_of

from .closing_scene import EAST, KEYS, PUBLIC, WEST, Scene, at

BOTH = [PUBLIC[WEST], PUBLIC[EAST]]
OCTOBER, NOVEMBER = "2026-10", "2026-11"
NOW = at(date(2026, 12, 1), 9)
# What each counts of the other's mail in each month.
COUNTED = {
    (WEST, OCTOBER): Arrived(mails=10_000, judged=9_000, spam=2_700, traps=412),
    (WEST, NOVEMBER): Arrived(mails=10_000, judged=9_500, spam=950, traps=87),
    (EAST, OCTOBER): Arrived(mails=500, judged=500, spam=50, left=10_400),
    (EAST, NOVEMBER): Arrived(mails=500, judged=500, spam=52, left=10_130),
}


class Side:
    """A network with its ledger of two months."""

    def __init__(self, of: str, counted: dict[tuple[str, str], Arrived] | None = None) -> None:
        self.of, self.peer, self.counted = of, EAST if of == WEST else WEST, counted or COUNTED
        self.scene = Scene(of)
        self.scene.reports(40, date(2026, 10, 5))
        self.scene.reports(30, date(2026, 11, 5))
        for direction in ((WEST, EAST), (EAST, WEST)):
            self.scene.close(date(2026, 11, 30), direction)
        self.desk = Stating(Ours(domain=of, key=KEYS[of]), self.scene.scribe, self.scene.terms, measuring=self.measured)

    def measured(self, _rows: object, asked: MeasuredFor) -> dict[str, dict[str, Any]]:
        return part(self.counted[self.of, asked.period.name])

    def make(self, period: str, baseline: bytes | None = None) -> bytes:
        stretch = periods.read(period)
        assert stretch is not None
        with self.scene.store.write() as rows:
            return self.desk.make(rows, self.peer, stretch, now=NOW, keys=BOTH, baseline=baseline)

    def sign(self, data: bytes) -> bytes:
        with self.scene.store.write() as rows:
            return self.desk.sign(rows, data, BOTH, now=NOW).data


def two_months() -> tuple[Side, Side, bytes, bytes]:
    west, east = Side(WEST), Side(EAST)
    october = west.sign(east.sign(west.make(OCTOBER)))
    november = west.sign(east.sign(west.make(NOVEMBER, october)))
    return west, east, october, november


@pytest.fixture(scope="module")
def story() -> tuple[Side, Side, bytes, bytes]:
    return two_months()


def statement_of(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)["statement"]
    return found


def test_a_stranger_verifies_that_it_got_better(story: tuple[Side, Side, bytes, bytes]) -> None:
    """With the new file and two keys alone: the numbers of then are those that both signed then, and the word follows."""
    *_, november = story
    checked = check(november, BOTH)
    assert (checked.faults, set(checked.signers)) == ((), {WEST, EAST})
    statement = statement_of(november)
    said = {(each["side"], each["key"]): each for each in statement["changes"]}
    better = said[WEST, "spam"]
    assert (better["before"], better["now"], better["points"], better["way"]) == (300, 100, -200, "better")
    assert said[WEST, "traps"]["way"] == "better"
    assert said[EAST, "spam"]["way"] == "unclear"
    assert (said[EAST, "traps"]["why"], said[EAST, "traps"]["way"]) == ("no-traps", None)
    assert statement["measured"][WEST][SPAM]["traps"] == 80
    assert SPAM not in statement["not_measured"]


def test_what_left_stands_beside_what_arrived(story: tuple[Side, Side, bytes, bytes]) -> None:
    """East's log and west's count are both in it, with their difference; who cannot know a number says why. In both languages."""
    statement = statement_of(story[3])
    english, chinese = zip(*sentences(statement), strict=True)
    assert any("10,130 mails left east.example" in each and "130 more left than arrived" in each for each in english)
    assert any("a verdict is known only where the mail was judged" in each for each in english)
    assert any("told to nobody" in each for each in english)
    assert any(each.endswith(": better") for each in english) and any("有所改善" in each for each in chinese)
    assert len(english) == len(chinese) == 3 + 2 * 2 + 3 + 1 + 1 + 4 - 1


def test_the_page_shows_then_and_now(story: tuple[Side, Side, bytes, bytes]) -> None:
    """The section stands on the page in both languages; without a baseline it says so."""
    for data, wanted in ((story[3], "Compared with 2026-10"), (story[2], "compared with no earlier one")):
        statement, note_text = making.read(data) or ({}, None)
        page = render(view_of(statement, note_text, check(data, BOTH)))
        assert wanted in page and "Did it get better?" in page and "是否有所改善" in page
    view = view_of(statement_of(story[3]), None)
    assert [(each.before, each.now) for each in view.compared[2:]] == [("30.0 %", "10.0 %"), ("41,000", "8,000")]


def lie_about_then(record: dict[str, Any]) -> None:
    then = record["baseline"]["measured"][WEST]
    then[SPAM] = part(Arrived(mails=10_000, judged=9_000, spam=8_000, traps=412))[SPAM]
    record["changes"] = making.changes_of(record)


def lie_about_the_change(record: dict[str, Any]) -> None:
    record["changes"][0]["way"] = "worse"


def lie_about_now(record: dict[str, Any]) -> None:
    record["measured"][WEST][SPAM]["spam"] -= 100


def say_it_was_another_month(record: dict[str, Any]) -> None:
    record["baseline"]["period"] = "2026-09"


def say_it_was_later(record: dict[str, Any]) -> None:
    record["baseline"]["period"] = "2026-12"


def take_a_signature_out(record: dict[str, Any]) -> None:
    text = record["baseline"]["note"]
    record["baseline"]["note"] = text[: text.rindex("\u2014 ")]


def leave_the_baseline_out(record: dict[str, Any]) -> None:
    record["baseline"] = None


def make_it_a_number(record: dict[str, Any]) -> None:
    record["baseline"] = 7


def show_a_small_number(record: dict[str, Any]) -> None:
    record["measured"][WEST][SPAM]["traps"] = 87


LIES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lie_about_then, "baseline-differs"),
    (lie_about_the_change, "changes-differ"),
    (lie_about_now, "measured-wrong"),
    (say_it_was_another_month, "baseline-differs"),
    (say_it_was_later, "baseline-not-before"),
    (take_a_signature_out, "baseline-not-signed"),
    (leave_the_baseline_out, "changes-differ"),
    (make_it_a_number, "baseline-malformed"),
    (show_a_small_number, "measured-wrong"),
]


@pytest.mark.parametrize(("lie", "code"), LIES)
def test_a_lie_about_then_or_now_has_a_name(
    story: tuple[Side, Side, bytes, bytes], lie: Callable[[dict[str, Any]], None], code: str
) -> None:
    """Both sign the lie all the same; the signatures of then do not go with it, and the reason stands in both languages."""
    record = statement_of(story[3])
    lie(record)
    text = making.text_to_sign(record)
    lines = [note.sign(text, name, KEYS[name]).rpartition("\n\n")[2] for name in (WEST, EAST)]
    checked = check(making.write(record, f"{text}\n{''.join(lines)}"), BOTH)
    assert code in {fault.code for fault in checked.faults}
    assert all(f"statement.fault.{code}" in catalogue(each) for each in LANGUAGES)


def test_only_what_we_signed_is_compared_with(story: tuple[Side, Side, bytes, bytes]) -> None:
    """West invents an October, with east's stolen key: east's own ledger knows of no such statement, and east signs nothing."""
    west, _, october, _ = story
    record = statement_of(october)
    record["measured"][WEST][SPAM] = part(Arrived(mails=10_000, judged=9_000, spam=8_000, traps=412))[SPAM]
    text = making.text_to_sign(record)
    lines = [note.sign(text, name, KEYS[name]).rpartition("\n\n")[2] for name in (WEST, EAST)]
    forged = making.write(record, f"{text}\n{''.join(lines)}")
    with pytest.raises(ComityError) as error:
        west.make(NOVEMBER, forged)
    assert error.value.code == "baseline-not-ours"
    liar, honest = Side(WEST), Side(EAST)
    liar.sign(liar.make(OCTOBER))
    liar.desk._stood = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(ComityError) as error:
        honest.sign(liar.make(NOVEMBER, forged))
    assert error.value.code == "baseline-not-ours"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"{}", "baseline-malformed"),
        (lambda data: making.write(statement_of(data), None), "baseline-not-signed"),
        (lambda data: data.replace(b'"spam":2700', b'"spam":2800'), "baseline-differs"),
    ],
)
def test_what_is_no_baseline_is_refused_by_name(
    story: tuple[Side, Side, bytes, bytes], change: Callable[[bytes], bytes], code: str
) -> None:
    """A file that is no statement, that one side alone signed, or that was changed since."""
    west, _, october, _ = story
    with pytest.raises(ComityError) as error:
        west.make(NOVEMBER, change(october))
    assert error.value.code == code
    assert all(f"error.{code}" in catalogue(each) and f"remedy.{code}" in catalogue(each) for each in LANGUAGES)


def test_a_period_is_compared_with_what_lies_before(story: tuple[Side, Side, bytes, bytes]) -> None:
    """Not with itself, and not with what came later."""
    west, *_, november = story
    for period in (OCTOBER, NOVEMBER):
        with pytest.raises(ComityError) as error:
            west.make(period, november)
        assert error.value.code == "baseline-not-before"


def test_a_stranger_s_key_proves_no_baseline(story: tuple[Side, Side, bytes, bytes]) -> None:
    """Under another key of the same name the baseline is not signed."""
    stranger = note.verifier_of(EAST, Ed25519PrivateKey.generate())
    codes = {fault.code for fault in check(story[3], [PUBLIC[WEST], stranger]).faults}
    assert {"baseline-not-signed", "signature-missing"} <= codes


def test_the_bytes_are_the_one_form(story: tuple[Side, Side, bytes, bytes]) -> None:
    """What both signed has one form, the baseline in it too."""
    record = json.loads(story[3])
    assert canonical(record) + b"\n" == story[3]
