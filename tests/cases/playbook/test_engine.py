"""What follows from what happens to a case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.cases.playbook.engine import ahead, begin, step
from comity.model.case import EvidenceClass
from comity.model.playbook import Do, Happened, Happening, Position

from .making import NOW, Story, facts, report, states

DAY = timedelta(days=1)
QUIET = 'event = "time", quiet = "14 days", to = "closed"'
TELL = 'do = [{ action = "tell", template = "first" }]'


def _told(*rules: str, template: bool = True) -> Story:
    beyond = [f"told: {QUIET}"] if any('to = "told"' in rule for rule in rules) else []
    return Story(states(f"watched: {'; '.join(rules)}; {QUIET}", *beyond, template=template))


def test_rules_are_asked_in_order_and_the_first_that_leads_elsewhere_ends_it() -> None:
    """What stays is done beside it; what comes behind a way out is not."""
    story = _told(
        'event = "report", do = [{ action = "suppress" }]',
        'event = "report", complainers = 2, do = [{ action = "raise" }], to = "told"',
        'event = "report", verified = 1, independent = 2, do = [{ action = "hold" }]',
        template=False,
    )
    assert story.reports(report(who="ann", verified=True)) == ["suppress ann@mail.example"]
    assert story.reports(report(who="bob", verified=True)) == ["suppress bob@mail.example", "raise c1", "> told"]
    assert story.position.state == "told"


def test_a_notice_goes_to_the_contact_or_there_is_a_named_no() -> None:
    """A customer without an address is told nothing, so that the case is not told either: a person is to look."""
    told = _told(f'event = "report", {TELL}, to = "told"')
    assert told.reports(report(verified=True)) == ["tell noc@west.example", "> told"]
    nobody = Story(told.playbook, facts(contact="the noc"))
    assert nobody.reports(report(verified=True)) == ["no no-contact"]
    assert (nobody.position.state, nobody.position.raised is not None) == ("watched", True)


def test_a_case_waits_for_no_answer_of_somebody_who_was_not_written_to() -> None:
    """A flood of what nobody proved leads nowhere and is said once; the first proven report tells, and then an answer is due."""
    rule = 'event = "report", do = [{ action = "tell", template = "first" },{ action = "wait" }], to = "told"'
    story = _told(rule)
    assert story.reports(*(report(who=f"reader{each}") for each in range(9))) == ["no source-unproven"]
    story.passes(DAY)
    assert story.reports(report(who="zoe")) == []
    story.position = replace(story.position, raised=None)  # somebody looked
    assert story.reports(report(who="yan")) == ["no source-unproven"]
    assert story.reports(report(who="bob", verified=True)) == ["tell noc@west.example", "wait c1", "> told"]


def test_a_timer_that_leads_nowhere_keeps_no_later_one_from_its_time() -> None:
    """The customer cannot be told after three days; what is to happen after ten happens all the same."""
    story = _told(
        f'event = "time", after = "3 days", {TELL}, to = "told"',
        'event = "time", after = "10 days", do = [{ action = "raise" }], to = "told"',
    )
    story.reports(report())
    assert story.passes(3 * DAY) == ["no source-unproven"]
    assert story.passes(6 * DAY) == []
    assert story.passes(DAY) == ["raise c1", "> told"]


def test_a_rule_that_hands_the_case_to_a_person_is_followed_all_the_same() -> None:
    """Nobody can be told of the fraud, but the desk gets it, in the state in which it may decide."""
    rule = 'event = "report", do = [{ action = "raise" },{ action = "tell", template = "first" },{ action = "wait" }]'
    assert _told(f'{rule}, to = "told"').reports(report()) == ["raise c1", "no source-unproven", "> told"]


def test_a_report_that_names_nobody_suppresses_nobody() -> None:
    """A redacted report is no reason to fail."""
    story = _told('event = "report", do = [{ action = "suppress" }]', template=False)
    assert story.reports(replace(report(verified=True), marks=())) == ["no no-recipient"]


def test_nobody_outside_feels_what_an_unproven_source_says() -> None:
    """The rule is followed, nothing is done, and a person is to look; one word of a trusted source, and it is done."""
    rules = ('event = "report", do = [{ action = "suppress" }]', f'event = "report", {TELL}')
    story = _told(*rules)
    assert story.reports(report(who="ann")) == ["no source-unproven", "no source-unproven"]
    assert story.position.raised == NOW
    assert story.reports(report(who="bob", verified=True)) == ["suppress bob@mail.example", "tell noc@west.example"]
    # Whoever is to get no more mail is named by one report, which must itself be proven.
    assert story.reports(report(who="eve")) == ["no source-unproven", "tell noc@west.example"]


def test_a_person_may_act_on_an_unproven_source() -> None:
    """It was looked at: that is what was asked for."""
    story = _told(f'event = "person", word = "tell", {TELL}')
    story.reports(report())
    assert story.happens(Happening.PERSON, "tell") == ["tell noc@west.example"]


def test_every_consequence_has_an_end() -> None:
    """P8: without being told, a recipient comes back after two years, a customer after a week."""
    story = _told(
        'event = "report", do = [{ action = "suppress" }]',
        'event = "report", verified = 1, independent = 2, do = [{ action = "hold" }]',
        template=False,
    )
    story.reports(report(verified=True), report(EvidenceClass.BOT, verified=True))
    ends = {each.kind.value: each.until for each in story.decisions if isinstance(each, Do)}
    assert ends == {"suppress": NOW + timedelta(days=730), "hold": NOW + timedelta(days=7)}


def test_quiet_counts_from_the_last_report() -> None:
    """A report on the tenth day puts the end off by ten days, to the minute."""
    story = _told('event = "report", complainers = 99, to = "told", do = [{ action = "raise" }]', template=False)
    story.reports(report())
    assert story.passes(10 * DAY) == []
    story.reports(report(who="bob"))
    assert story.passes(14 * DAY - timedelta(seconds=1)) == []
    assert story.passes(timedelta(seconds=1)) == ["> closed", "close c1"]
    assert story.position.due is None


def test_only_what_may_come_at_that_time_is_said_to_come() -> None:
    """Quiet that is long from over is not what three days lead to; once its day is the next one, it is."""
    playbook = states(
        'watched: event = "report", to = "told", do = [{ action = "raise" }]',
        'told: event = "time", quiet = "14 days", to = "closed"; event = "time", after = "3 days", to = "again"',
        'again: event = "time", quiet = "14 days", to = "closed"',
    )
    story = Story(playbook)
    story.reports(report())
    assert [each.to for each in ahead(playbook, story.facts, story.position)] == ["again"]
    story.passes(3 * DAY)
    assert [each.to for each in ahead(playbook, story.facts, story.position)] == ["closed"]
    assert ahead(replace(playbook, name="other"), story.facts, story.position) == ()


def test_a_timer_whose_condition_does_not_hold_is_asked_again_after_a_day() -> None:
    """Time alone does not make it hold, a report may: nothing is asked every second."""
    story = _told(
        'event = "time", after = "3 days", reports = 2, to = "told", do = [{ action = "raise" }]', template=False
    )
    story.reports(report())
    assert story.passes(4 * DAY) == []
    assert story.position.due == NOW + 5 * DAY
    story.reports(report(who="bob"))
    assert story.passes(DAY) == ["raise c1", "> told"]


def test_a_timer_that_stays_begins_anew() -> None:
    """A reminder each week."""
    story = _told(f'event = "time", after = "7 days", {TELL}')
    story.reports(report(verified=True))
    assert story.passes(13 * DAY) == ["tell noc@west.example"]
    story.reports(report(who="bob"))
    assert story.passes(DAY) == ["tell noc@west.example"]


def test_entry_is_asked_at_once_and_leads_on() -> None:
    """Two states within one moment."""
    playbook = states(
        'watched: event = "report", to = "sorted"',
        'sorted: event = "entry", classes = ["bot"], do = [{ action = "raise" }], to = "grave"; ' + QUIET,
        f"grave: {QUIET}",
    )
    assert Story(playbook).reports(report(EvidenceClass.BOT)) == ["> sorted", "raise c1", "> grave"]
    assert Story(playbook).reports(report()) == ["> sorted"]


@pytest.mark.parametrize(("word", "told"), [("hold", ["hold West Hosting"]), ("release", []), (None, [])])
def test_a_person_decides_by_a_word(word: str | None, told: list[str]) -> None:
    """Only the word that the rule waits for counts."""
    story = _told('event = "person", word = "hold", do = [{ action = "hold" }]', template=False)
    assert story.happens(Happening.PERSON, word) == told


def test_a_playbook_that_changed_under_a_case_begins_again() -> None:
    """A state that is no more is no trap: the case starts anew, and its clock with it."""
    playbook = states(f"watched: {QUIET}")
    lost = Position(case_id="c1", playbook="own", state="gone", entered=NOW - 90 * DAY, checked=NOW - 90 * DAY)
    happened = Happened(happening=Happening.REPORT, at=NOW, reported=report())
    position = step(playbook, replace(facts(), heard=NOW), lost, happened=happened).position
    assert (position.state, position.entered, position.due) == ("watched", NOW, NOW + 14 * DAY)


def test_the_same_step_is_the_same_thing_and_the_next_is_another() -> None:
    """What is decided twice, because the program died in between, is done once: its key says so."""
    playbook = states('watched: event = "report", do = [{ action = "raise" }]; ' + QUIET)
    start, happened = (
        begin(playbook, "c1", NOW),
        Happened(happening=Happening.REPORT, at=NOW, reported=report()),
    )
    once, again = (step(playbook, facts(), start, happened=happened) for _ in range(2))
    following = step(playbook, facts(), once.position, happened=happened)
    keys = [each.key for stepped in (once, again, following) for each in stepped.decisions if isinstance(each, Do)]
    assert keys[0] == keys[1] != keys[2]


def test_what_is_closed_hears_nothing() -> None:
    """Nothing follows from late news."""
    story = Story(states('watched: event = "person", word = "done", to = "closed"'))
    assert story.happens(Happening.PERSON, "done") == ["> closed", "close c1"]
    assert story.reports(report()) == []
