"""What the clock does to consumers: proofs run out and are asked for again, mailboxes that refuse reports suspend.

Standards:  RFC 6449 section 3.4 (re-validate, stop where reports bounce, say so).
Answers:    ``names_due(rows, ...)`` says which names of the DNS are to be looked at, before the transaction; ``keep(rows, ...)``
            does the rest inside of it and gives ``KeptConsumers``.
Limits:     the DNS is asked for a name once an hour, for twenty names at a time; an application without proof ends after
            30 days. So long after a proof ran out its mailbox is asked once a week; then only a person asks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from comity.feedback import enrolment
from comity.model.consumer import MAIL_REFUSED, Claim, ClaimKind, ConsumerAct, ConsumerState, ProofWay
from comity.model.sending import PeerState
from comity.services.complain.enrolment.acting import BY_WEB, EnrolmentDesk
from comity.services.complain.enrolment.mail import Asking
from comity.services.complain.enrolment.rows import EnrolmentTransaction

RENEW_BEFORE: Final = timedelta(days=30)
WARN_EVERY: Final = timedelta(days=7)
FORGET_AFTER: Final = timedelta(days=30)
_LOOK_EVERY: Final = timedelta(hours=1)
_MOST: Final = 20
_LOOKED_AT: Final = (
    ConsumerState.APPLIED,
    ConsumerState.PROVED,
    ConsumerState.TRIAL,
    ConsumerState.ENROLLED,
    ConsumerState.LAPSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConsumers:
    """How many were touched."""

    proved: int = 0
    warned: int = 0
    lapsed: int = 0
    suspended: int = 0
    ended: int = 0


def names_due(rows: EnrolmentTransaction, desk: EnrolmentDesk, now: datetime) -> list[str]:
    """Which names of the DNS are to be looked at now."""
    due = [
        each
        for each in rows.consumers.due(now + RENEW_BEFORE, _LOOKED_AT)
        if (each.checked is None or now - each.checked >= _LOOK_EVERY) and each.way in (None, ProofWay.DNS)
    ]
    wanted = {(each.consumer, each.subject) for each in due[:_MOST]}
    found = [proof for name in {each[0] for each in wanted} for proof in desk.wanted(name)]
    return sorted(
        {each.dns_name for each in found if each.dns_name and (each.claim.consumer, each.claim.subject) in wanted}
    )


def keep(
    rows: EnrolmentTransaction,
    desk: EnrolmentDesk,
    asking: Asking,
    *,
    records: Mapping[str, str | None],
    now: datetime,
) -> KeptConsumers:
    """Do what is due; ``records`` is what stands in the DNS under the names that were due."""
    proved = warned = lapsed = suspended = ended = 0
    for was in rows.consumers.all(_LOOKED_AT):
        name = was.name
        if records:
            proved += len(desk.look(name, records))
        consumer = desk.find(name)  # what was found may have been the last that was missing
        peer = rows.peers.by_name([name]).get(name)
        if consumer.state in enrolment.IN_FORCE and peer is not None and peer.state is PeerState.SUSPENDED:
            asking.tell(rows, desk.act(name, ConsumerAct.SUSPEND, reason=MAIL_REFUSED), ConsumerAct.SUSPEND, now=now)
            suspended += 1
            continue
        if consumer.state is ConsumerState.APPLIED and now - consumer.applied >= FORGET_AFTER:
            asking.tell(rows, desk.act(name, ConsumerAct.REFUSE, reason="not-proved"), ConsumerAct.REFUSE, now=now)
            ended += 1
            continue
        if consumer.state is ConsumerState.APPLIED:
            asking.ask(rows, _unasked(rows, name), now=now)
        settled = desk.settle(name)
        if settled.state is ConsumerState.LAPSED and was.state is not ConsumerState.LAPSED:
            asking.tell(rows, settled, ConsumerAct.LAPSE, now=now)
            lapsed += 1
        warned += _renew(rows, settled.name, asking, now=now)
    return KeptConsumers(proved=proved, warned=warned, lapsed=lapsed, suspended=suspended, ended=ended)


def _unasked(rows: EnrolmentTransaction, name: str) -> list[Claim]:
    """What nobody was asked about yet. Where a stranger applied in a browser, he asks a domain's mailboxes himself, on a click:
    else anybody could make us write to whoever he names."""
    claims = [each for each in rows.consumers.claims(name) if each.asked is None and each.proved is None]
    applied = [each for each in rows.consumers.history(name) if each.act == ConsumerAct.APPLY.value]
    if applied and applied[-1].actor == BY_WEB:
        return [each for each in claims if each.kind is ClaimKind.MAILBOX]
    return claims


def _renew(rows: EnrolmentTransaction, name: str, asking: Asking, *, now: datetime) -> int:
    """Ask again for what runs out soon: by mail what a mail proved, and say so where only the consumer can renew it."""
    warned = 0
    for claim in rows.consumers.claims(name):
        if claim.expires is None or not now - FORGET_AFTER < claim.expires <= now + RENEW_BEFORE:
            continue
        if claim.warned is not None and now - claim.warned < WARN_EVERY:
            continue
        rows.consumers.put_claim(replace(claim, warned=now))
        if claim.way is ProofWay.MAIL:
            asking.ask(rows, [replace(claim, warned=now)], now=now)
        elif claim.expires > now:
            consumer = rows.consumers.find(name)
            if consumer is not None:
                asking.warn(rows, consumer, day=f"{claim.expires:%Y-%m-%d}", now=now)
        warned += 1
    return warned
