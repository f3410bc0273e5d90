"""Enrolment of a feedback consumer: which act leads where, and which terms follow from what is proved.

Trust:      a claim counts only as long as its proof holds, and only for what was proved.
Standards:  RFC 6449 section 3 (proof of control, re-validation, trial, suspension, leaving); promise P9 (our operator accepts).
Answers:    ``LIFE`` and ``next_state``; ``is_ready`` whether enough is proved; ``agreement_of`` the terms or None.
Limits:     on trial at T1 whatever is proved; enrolled at T2 without bodies. More needs an agreement.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Final

from comity.model.agreement import Agreement
from comity.model.consumer import MAIL_REFUSED, Claim, ClaimKind, Consumer, ConsumerAct, ConsumerState
from comity.model.tier import Tier

_S, _A = ConsumerState, ConsumerAct
LIFE: Final[Mapping[ConsumerState, Mapping[ConsumerAct, ConsumerState]]] = {
    _S.APPLIED: {_A.PROVE: _S.PROVED, _A.REFUSE: _S.REFUSED, _A.LEAVE: _S.LEFT},
    _S.PROVED: {_A.ACCEPT: _S.TRIAL, _A.LAPSE: _S.APPLIED, _A.REFUSE: _S.REFUSED, _A.LEAVE: _S.LEFT},
    _S.TRIAL: {_A.CONFIRM: _S.ENROLLED, _A.SUSPEND: _S.SUSPENDED, _A.LAPSE: _S.LAPSED, _A.LEAVE: _S.LEFT},
    _S.ENROLLED: {_A.SUSPEND: _S.SUSPENDED, _A.LAPSE: _S.LAPSED, _A.LEAVE: _S.LEFT},
    _S.LAPSED: {_A.PROVE: _S.TRIAL, _A.SUSPEND: _S.SUSPENDED, _A.LEAVE: _S.LEFT},
    _S.SUSPENDED: {_A.RESUME: _S.TRIAL, _A.LEAVE: _S.LEFT},
    _S.REFUSED: {_A.APPLY: _S.APPLIED},
    _S.LEFT: {_A.APPLY: _S.APPLIED},
}
BY_ITSELF: Final = frozenset({_A.PROVE, _A.LAPSE})
IN_FORCE: Final = frozenset({_S.TRIAL, _S.ENROLLED})
ENDED: Final = frozenset({_S.REFUSED, _S.LEFT})
PAUSED: Final = "paused-by-consumer"
REASONS: Final = frozenset({MAIL_REFUSED, "proof-expired", "not-proved", PAUSED})  # what the program says by itself
OTHER: Final = "other"
# Why a person says no, besides what she writes about it; "other": her words alone.
NOES: Final = ("not-theirs", "nobody-answers", "not-acted-on", "misused", "agreement-instead", OTHER)


def next_state(state: ConsumerState, act: ConsumerAct) -> ConsumerState | None:
    """Where an act leads; None where it does not fit.

    >>> next_state(ConsumerState.PROVED, ConsumerAct.ACCEPT), next_state(ConsumerState.APPLIED, ConsumerAct.ACCEPT)
    (<ConsumerState.TRIAL: 'trial'>, None)
    """
    return LIFE[state].get(act)


def because(code: str, words: str) -> str:
    """A person's no as it is kept: its name before her words.

    >>> because("misused", "they wrote to ann"), because("other", "we close down")
    ('misused: they wrote to ann', 'we close down')
    """
    return words if code == OTHER else f"{code}: {words}"


def reason_in(kept: str | None) -> tuple[str | None, str | None]:
    """The name of a reason, and a person's words; whatever was kept without a name is "other".

    >>> reason_in("proof-expired"), reason_in("misused: they wrote to ann"), reason_in("note: it ends"), reason_in(None)
    (('proof-expired', None), ('misused', 'they wrote to ann'), ('other', 'note: it ends'), (None, None))
    """
    if kept is None or kept in REASONS:
        return kept, None
    code, colon, words = kept.partition(": ")
    return (code, words) if colon and code in NOES and code != OTHER else (OTHER, kept)


def reason_said(kept: str, named: Callable[[str], str], shown: Callable[[str], str]) -> str:
    """A reason in words: ``named`` says what has a name, ``shown`` makes a person's words fit to be shown.

    >>> [reason_said(each, str.upper, str.strip) for each in ("not-proved", "misused:  they wrote to ann", "we close down ")]
    ['NOT-PROVED', 'MISUSED (they wrote to ann)', 'we close down']
    """
    code, own = reason_in(kept)
    name, words = "" if code in (None, OTHER) else named(str(code)), shown(own or "")
    return f"{name} ({words})" if name and words else name or words


def is_ready(claims: Iterable[Claim], now: datetime) -> bool:
    """Whether enough is proved: the mailbox, and something that reports could be about."""
    held = {each.kind for each in claims if each.holds(now)}
    return ClaimKind.MAILBOX in held and bool(held - {ClaimKind.MAILBOX})


def agreement_of(consumer: Consumer, claims: Sequence[Claim], now: datetime) -> Agreement | None:
    """The terms under which we report to a consumer at this moment."""
    if consumer.state not in IN_FORCE or not is_ready(claims, now):
        return None
    held = [each for each in claims if each.holds(now)]
    return Agreement(
        peer=consumer.name,
        address=consumer.address,
        networks=tuple(ip_network(each.subject) for each in held if each.kind is ClaimKind.NETWORK),
        dkim_domains=tuple(each.subject for each in held if each.kind is ClaimKind.DOMAIN),
        tier=Tier.T1 if consumer.state is ConsumerState.TRIAL else Tier.T2,
        report_format=consumer.report_format,
        languages=consumer.languages,
        contacts=() if consumer.contact is None else (consumer.contact,),
        quota=consumer.quota,
    )


def rung(
    enrolled: Iterable[tuple[Consumer, Sequence[Claim]]], now: datetime, *, beside: Collection[str] = ()
) -> tuple[Agreement, ...]:
    """The terms of all that are enrolled; ``beside`` are the domains of peers that an agreement rules, which goes before."""
    found = (agreement_of(consumer, claims, now) for consumer, claims in enrolled)
    return tuple(each for each in found if each is not None and each.address.rpartition("@")[2] not in beside)
