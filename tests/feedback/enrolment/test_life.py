"""Where an enrolment leads, and which terms follow from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.feedback.enrolment import BY_ITSELF, ENDED, LIFE, agreement_of, is_ready, rung
from comity.feedback.enrolment.page import page
from comity.model.consumer import Claim, ClaimKind, Consumer, ConsumerState, ProofWay
from comity.model.tier import Tier

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CLAIM = Claim(
    consumer="east",
    kind=ClaimKind.MAILBOX,
    subject="fbl@east.example",
    code="P-1",
    way=ProofWay.MAIL,
    proved=NOW,
    expires=NOW + timedelta(days=180),
)
DOMAIN = replace(CLAIM, kind=ClaimKind.DOMAIN, subject="east.example")
EAST = Consumer(name="east", address="fbl@east.example", state=ConsumerState.TRIAL, since=NOW, applied=NOW, quota=50)


@pytest.mark.parametrize("state", ConsumerState)
def test_every_state_can_end(state: ConsumerState) -> None:
    """Every state is in the table, and leads to an end."""
    reached, todo = {state}, [state]
    while todo:
        for target in LIFE[todo.pop()].values():
            if target not in reached:
                reached.add(target)
                todo.append(target)
    assert reached & ENDED


def test_what_happens_by_itself_is_in_the_table() -> None:
    """Acts that nobody does by hand lead somewhere."""
    assert {act for acts in LIFE.values() for act in acts} >= BY_ITSELF


def test_the_mailbox_alone_is_not_enough() -> None:
    """Both the mailbox and something to report about must be proved, and hold now."""
    assert not is_ready([CLAIM], NOW)
    assert not is_ready([DOMAIN], NOW)
    assert is_ready([CLAIM, DOMAIN], NOW)
    assert not is_ready([CLAIM, DOMAIN], NOW + timedelta(days=181))


def test_only_what_is_proved_is_covered() -> None:
    """A claim without proof is not covered; on trial nothing differs per recipient, enrolled the identifiers are shown."""
    unproved = replace(DOMAIN, kind=ClaimKind.NETWORK, subject="198.51.100.0/24", way=None, proved=None, expires=None)
    found = agreement_of(EAST, [CLAIM, DOMAIN, unproved], NOW)
    assert found is not None
    assert (found.dkim_domains, found.networks, found.tier, found.quota) == (("east.example",), (), Tier.T1, 50)
    enrolled = agreement_of(replace(EAST, state=ConsumerState.ENROLLED), [CLAIM, DOMAIN], NOW)
    assert enrolled is not None
    assert enrolled.tier is Tier.T2


@pytest.mark.parametrize("state", sorted(set(ConsumerState) - {ConsumerState.TRIAL, ConsumerState.ENROLLED}))
def test_nobody_else_gets_reports(state: ConsumerState) -> None:
    """In no other state there are terms."""
    assert agreement_of(replace(EAST, state=state), [CLAIM, DOMAIN], NOW) is None


def test_an_agreement_goes_before() -> None:
    """Where an agreement rules a domain, enrolment says nothing."""
    assert rung([(EAST, [CLAIM, DOMAIN])], NOW, beside=["east.example"]) == ()


def test_the_page_is_current() -> None:
    """The generated page says what the table says."""
    root = Path(__file__).parents[3]
    assert (root / "docs/reference/enrolment.md").read_text(encoding="utf-8") == page()
