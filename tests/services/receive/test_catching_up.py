"""What a source reported while it was on trial is made up for, once it is trusted and a person says so."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from comity.model.case_consequence import CaseConsequence
from comity.model.outcomes import ComityError
from comity.model.source import Trust
from comity.services.receive.playbook.catching_up import Missed, make_up, missed
from comity.services.receive.playbook.lifting import lift
from comity.services.receive.playbook.trying import TryTerms
from comity.services.receive.playbook.writing_down import WritingDown
from comity.services.receive.prepare import prepare
from comity.services.receive.sources.deciding import Decision, acting, trust
from comity.store.tables.intake import raw

from .intake import arf, reads
from .playbook_scene import ALL, TRUSTED, Scene

DAY = timedelta(days=1)
TEXT = """
name = "own"
start = "open"
[[state]]
name = "open"
[[state.on]]
event = "report"
do = [{ action = "suppress", days = 90 }]
[[state.on]]
event = "time"
quiet = "200 days"
to = "closed"
"""


class Trial:
    """A desk with a source on trial, which has reported."""

    def __init__(self, *mails: bytes) -> None:
        self.scene = Scene(TEXT)
        self.believes(Trust.TRIAL)
        self.scene.arrives(*mails)
        self.scene.arrives(arf(90, recipient="stranger@mail.example"), submission=None)  # who proves nothing

    def believes(self, word: Trust) -> None:
        with self.scene.store.write() as records:
            decision = Decision(by="ann", why="it was right", at=self.scene.now)
            trust(records.sources, TRUSTED.name, word, decision=decision)

    def missed(self) -> list[Missed]:
        terms = TryTerms(playbook=self.scene.playbook, quiet=3 * DAY, sent={})
        with self.scene.store.read() as records:
            name = acting(records.sources, TRUSTED.name).name
            return missed(records, name, terms, again=lambda *item: prepare(*item, reads), now=self.scene.now)

    def made_up(self) -> int:
        found = self.missed()
        with self.scene.store.write() as records:
            return make_up(records, found, WritingDown(ALL), by="ann", now=self.scene.now)

    def held(self) -> list[CaseConsequence]:
        with self.scene.store.read() as records:
            return list(records.consequences.in_force(self.scene.now))


def test_whom_it_named_while_on_trial_is_suppressed_when_a_person_says_so() -> None:
    """By address or by the sender's own id, until the day on which it would have ended; nobody whom a stranger named."""
    named = [arf(each, recipient=f"reader{each}@mail.example") for each in range(2)]
    trial = Trial(*named, arf(2, recipient="redacted", head="CFBL-Feedback-ID: 1:2:3\n"))
    began = trial.scene.now
    trial.scene.now += 10 * DAY
    with pytest.raises(ComityError) as refused:
        trial.missed()
    assert refused.value.code == "source-not-trusted"
    trial.believes(Trust.TRUSTED)
    assert trial.held() == [], "trust alone changes nothing of what was decided before"
    assert trial.made_up() == 3
    assert {(each.target_kind, each.target) for each in trial.held()} == {
        ("address", "reader0@mail.example"),
        ("address", "reader1@mail.example"),
        ("feedback-id", "1:2:3"),
    }
    assert {(each.until, each.actor, each.why) for each in trial.held()} == {(began + 90 * DAY, "ann", "open/1")}
    assert trial.missed() == []


def test_what_is_over_lifted_or_unknown_is_not_made_up_for() -> None:
    """A day that has passed; a person's word; an address in a mail that is kept no more."""
    trial = Trial(arf(1, recipient="reader1@mail.example"))
    trial.scene.now += 50 * DAY
    trial.scene.arrives(arf(2, recipient="reader2@mail.example"), arf(3, recipient="reader3@mail.example"))
    trial.believes(Trust.TRUSTED)
    trial.scene.arrives(arf(4, recipient="reader3@mail.example"))
    with trial.scene.store.write() as records:
        lift(records, "reader3@mail.example", by="ann", why="asked", now=trial.scene.now)
    trial.scene.now += 41 * DAY
    assert [each.mark.value for each in trial.missed() if each.mark] == ["reader2@mail.example"]
    with trial.scene.store.write() as records:
        records.connection.execute(update(raw).values(data=None))
    assert {each.mark for each in trial.missed()} == {None}
    assert trial.made_up() == 0
    assert trial.held() == []
