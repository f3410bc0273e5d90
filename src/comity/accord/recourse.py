"""Warning and recourse: which act leads where, what may be done on which evidence, and the words for a mail host.

Standards:  promise P8: complaints alone never list or block; every consequence has a why, an end and a way back. RFC 5321
            section 4.2 (replies), RFC 3463 (5.7.1: delivery not authorised), RFC 8552 (names with underscores in the DNS).
Answers:    ``LIFE`` and ``next_state``; ``begins_at``, ``refusal_of`` (why something may not be done), ``smtp_reply``,
            ``dns_names``, ``token`` and ``mailboxes`` for whoever proves that a network or domain is his, ``subject_of``.
Limits:     a recourse is escalated once; whoever has the reference may have done it, so that more can be said until the second
            person answers. Of what is said without a proof ``MOST_UNPROVED`` texts are taken until somebody answers. A warning is
            given 48 hours before (or as the settings say), unless it is severe.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from comity.formats import header_text, proof
from comity.formats.domains import organisation_of
from comity.model.recourse import Consequence, Measure, RecourseAct, RecourseState

_O, _A, _G, _GR, _R, _E, _C = RecourseState

LIFE: Final[Mapping[RecourseState, Mapping[RecourseAct, RecourseState]]] = {
    _O: {RecourseAct.ASK: _A, RecourseAct.END: _C},
    _A: {RecourseAct.ASK: _A, RecourseAct.ARGUE: _G, RecourseAct.GRANT: _GR, RecourseAct.END: _C},
    _G: {RecourseAct.ASK: _G, RecourseAct.ARGUE: _G, RecourseAct.GRANT: _GR, RecourseAct.REFUSE: _R},
    _GR: {RecourseAct.ASK: _GR, RecourseAct.END: _C},
    _R: {RecourseAct.ASK: _R, RecourseAct.ESCALATE: _E, RecourseAct.GRANT: _GR, RecourseAct.END: _C},
    _E: {RecourseAct.ASK: _E, RecourseAct.ARGUE: _E, RecourseAct.GRANT: _GR, RecourseAct.UPHOLD: _C},
    _C: {RecourseAct.ASK: _C},
}

# What the ledger says of an act, for the statement to count.
STEPS: Final[Mapping[RecourseAct, str]] = {
    RecourseAct.ASK: "asked",
    RecourseAct.ARGUE: "argued",
    RecourseAct.GRANT: "granted",
    RecourseAct.REFUSE: "refused",
    RecourseAct.UPHOLD: "refused",
    RecourseAct.ESCALATE: "escalated",
}
WARNED: Final = "warned"  # of what will be done, by mail or by a person; a line of its history
UNWARNED: Final = "unwarned"  # the mail that warned did not arrive: nobody was warned by it
UNANSWERED: Final = "unanswered"  # they asked or objected by mail, and no mail may tell them anything
RETURNED: Final = "returned"  # another mail about it did not arrive
OVERDUE: Final = "overdue"

# Evidence that rests on somebody's complaint; whatever is not among them is independent of it.
COMPLAINED: Final = frozenset({"complaint", "forward", "fraud", "virus", "unsubscribe", "other", "not-spam"})
LONGEST: Final = timedelta(days=90)
MOST_UNPROVED: Final = 20
_LINE: Final = 480


# What touches their mail, and is warned of before.
HURTING: Final = frozenset({Measure.LIMITED, Measure.LISTED, Measure.BLOCKED})


def next_state(state: RecourseState, act: RecourseAct) -> RecourseState | None:
    """Where an act leads; None where it does not fit.

    >>> next_state(RecourseState.REFUSED, RecourseAct.ESCALATE), next_state(RecourseState.ESCALATED, RecourseAct.ESCALATE)
    (<RecourseState.ESCALATED: 'escalated'>, None)
    """
    return LIFE[state].get(act)


def refusal_of(measure: Measure, classes: Mapping[str, int], also: str | None, *, lasts: timedelta) -> str | None:
    """Why this may not be done, by name; None where it may.

    >>> refusal_of(Measure.BLOCKED, {"complaint": 900}, None, lasts=timedelta(days=7))
    'complaints-alone'
    >>> refusal_of(Measure.BLOCKED, {"complaint": 900, "bot": 2}, None, lasts=timedelta(days=7)) is None
    True
    """
    if lasts <= timedelta(0):
        return "end-past"
    if lasts > LONGEST:
        return "end-far"
    if not any(classes.values()) and also is None:
        return "no-evidence"
    is_independent = also is not None or any(n and name not in COMPLAINED for name, n in classes.items())
    if measure in (Measure.LISTED, Measure.BLOCKED) and not is_independent:
        return "complaints-alone"
    return None


def begins_at(now: datetime, measure: Measure, *, is_severe: bool, warning: timedelta) -> datetime:
    """When it begins: what hurts is warned of before, unless it is severe."""
    is_soft = measure not in HURTING  # no mail of theirs is touched
    return now if is_severe or is_soft else now + warning


def hurts(consequence: Consequence, now: datetime) -> bool:
    """Whether it touches their mail, now or soon: they are to hear of it."""
    return consequence.measure in HURTING and consequence.lifted is None and now < consequence.ends


def is_in_force(consequence: Consequence, now: datetime) -> bool:
    """Whether it holds at this moment."""
    return consequence.lifted is None and consequence.begins <= now < consequence.ends


def smtp_reply(consequence: Consequence, *, ours: str, address: str) -> str:
    """What a mail host says to whoever is turned away: one line of ASCII with the reference, the end, and where to ask why."""
    code = "450 4.7.1" if consequence.measure is Measure.LIMITED else "550 5.7.1"
    text = (
        f"{code} {consequence.called} is {consequence.measure.value} by {ours} through {consequence.last_day}; "
        f"to ask why and to object write to {address} and cite {consequence.reference}"
    )
    return text.encode("ascii", "replace").decode()[:_LINE]


def subject_of(text: str) -> IPv4Network | IPv6Network | str | None:
    """What a consequence is about: an address or network, or a domain in its ASCII form; None where it is neither.

    >>> subject_of("198.51.100.7"), subject_of("East.Example"), subject_of("not a domain")
    (IPv4Network('198.51.100.7/32'), 'east.example', None)
    """
    try:
        return ip_network(text.strip(), strict=True)
    except ValueError:
        name = header_text.domain(text.strip().lower().rstrip("."))
    return name if name is not None and "." in name and not name.replace(".", "").isdigit() else None


def token(secret: bytes, subject: str) -> str:
    """What proves that a network or domain is somebody's, where it stands in the DNS: the same for each subject, every time.

    >>> token(b"secret", "east.example")[:8]
    'comity-b'
    """
    return proof.token(secret, "recourse", subject)


def mailboxes(subject: IPv4Network | IPv6Network | str) -> list[str]:
    """Who is asked by mail whether a domain is his (RFC 2142); nobody for a network, because no mailbox is its own.

    >>> mailboxes("east.example")
    ['abuse@east.example', 'postmaster@east.example']
    """
    return [f"{name}@{subject}" for name in ("abuse", "postmaster")] if isinstance(subject, str) else []


def speaks_for(subject: str, asker: str | None) -> bool:
    """Whether an address is one of those that prove a subject by mail, so that nobody else takes its place.

    >>> speaks_for("east.example", "abuse@east.example"), speaks_for("east.example", "noc@east.example")
    (True, False)
    """
    found = subject_of(subject)
    return found is not None and asker is not None and asker.lower() in mailboxes(found)


def warns_at(subject: IPv4Network | IPv6Network | str) -> str | None:
    """The mailbox that hears of what is done to a domain: that for abuse of the organisation (RFC 2142); None for a network.

    >>> warns_at("mail.east.example"), warns_at(ip_network("198.51.100.6/31"))
    ('abuse@east.example', None)
    """
    organisation = organisation_of(subject) if isinstance(subject, str) else None
    return None if organisation is None else f"abuse@{organisation}"


def dns_names(subject: IPv4Network | IPv6Network | str) -> list[str]:
    """Where the token stands as a TXT record: below the domain, or below the reverse name of the address; at each of them, where
    a network has several reverse zones, because one part does not speak for the others.

    >>> dns_names("east.example"), dns_names(ip_network("198.51.100.6/31"))[1]
    (['_comity-recourse.east.example'], '_comity-recourse.7.100.51.198.in-addr.arpa')
    """
    parts = [subject] if isinstance(subject, str) else proof.zones(subject)
    return [proof.dns_name("_comity-recourse", each) for each in parts]
