"""Look at one complaint: the straight line, and all that will be written about it, ready to be written.

Trust:      the mail is a stranger's; it may be looked at in a process with bounds. A fault of ours over it is an answer, too.
Answers:    ``Looking(line)(due, now, seen)`` gives ``Looked``, or ``Unseen`` where there is nothing to look at or we failed; it
            touches no store. ``AtHand`` looks in this process, where ``comity.outlets.readers.pool`` would do it in others.
Limits:     keys come from where the line finds them: in a process of its own that is a file, never the DNS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol
from zlib import compress, decompressobj

from comity.attribution.replay import Seen
from comity.cases.standing import precision_of, source_net
from comity.feedback.composing import arrival, source_shown
from comity.feedback.parties import inside
from comity.formats.domains import organisation_of
from comity.formats.original import kept_id
from comity.model.agreement import Agreement, Definition
from comity.model.decisions import UNTOLD, NoReport, step_object
from comity.model.network_contact import RegistryAnswer
from comity.model.origin import Origin
from comity.model.record import record
from comity.model.sighting import Sighting
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.services.complain.rows import DueComplaint, Outgoing
from comity.services.complain.seen_here import seen_here
from comity.services.complain.straight_line import Complained, Mail, Report, StraightLine
from comity.services.receive.working_off import LostReader

# The fifth: the domains of peers that are shown less; the sixth, where somebody looked: whom a registry names.
Task = (
    tuple[DueComplaint, datetime, Mapping[bytes, Seen], tuple[Agreement, ...], frozenset[str]]
    | tuple[DueComplaint, datetime, Mapping[bytes, Seen], tuple[Agreement, ...], frozenset[str], RegistryAnswer]
)


@record
class Drafted:
    """One report before it is known whether it leaves: its row, where it goes, its bytes, and the same compressed."""

    outgoing: Outgoing
    address: str
    data: bytes = field(repr=False)
    packed: bytes = field(repr=False)


@record
class Looked:
    """What the straight line said about one complaint; refusals by reason and party."""

    reports: tuple[Drafted, ...]
    refusals: tuple[dict[str, str | None], ...]
    to_look_up: str | None = None  # the address about which a registry is asked, before it is decided
    trapped: str | None = None  # the peer whose mail hit a trap
    sighting: Sighting | None = None  # what it says of the line that the mail came from
    steps: tuple[dict[str, Any], ...] = ()  # each question that was asked, its answer and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Why nothing could be said about a complaint; ``reason`` is a ``triage.why.REASON`` of the catalogue."""

    reason: str
    detail: str | None = None


class Looks(Protocol):
    """Who looks at complaints, a batch at a time."""

    def send(self, batch: Sequence[Task]) -> None:
        """Begin with a batch."""

    def receive(self) -> list[Looked | Unseen | LostReader]:
        """What came of it, in order."""

    def close(self) -> None:
        """Nothing more comes."""


class Looking:
    """Looks at one complaint."""

    def __init__(self, line: StraightLine) -> None:
        self._line = line

    def __call__(  # noqa: PLR0917 - one task
        self,
        due: DueComplaint,
        now: datetime,
        seen: Mapping[bytes, Seen],
        signed: tuple[Agreement, ...] = (),
        lowered: frozenset[str] = frozenset(),
        registry: RegistryAnswer | None = None,
    ) -> Looked | Unseen:
        """What the straight line says under what both sides signed; ``Unseen`` where there is nothing to look at, or we failed."""
        if due.packed is None:
            return Unseen(reason="bytes-dropped")
        try:
            data = decompressobj().decompress(due.packed, due.size)
            mail = Mail(
                path=due.name, data=data, recipient=due.mailbox, not_spam=due.not_spam, seen=seen, registry=registry
            )
            line = self._line.under(signed, lowered)
            complained = line.complain(mail, now)
            is_trapped = not due.not_spam and any(each.reason == "trap" for each in complained.refusals)
            return Looked(
                reports=tuple(_drafted(due, complained, each) for each in complained.reports),
                refusals=tuple(_refusal(each, complained.origin) for each in complained.refusals),
                to_look_up=complained.to_look_up,
                trapped=line.sent_by(complained.origin) if is_trapped else None,
                sighting=None if due.not_spam else seen_here(complained.origin, is_trap=is_trapped),
                steps=tuple(step_object(replace(each, about=_without_host(each.about))) for each in complained.steps),
            )
        except Exception as error:  # the edge of one complaint: it is shunted, the others are decided
            return Unseen(reason="fault", detail=type(error).__name__)


class AtHand:
    """Looks in this process, when it is asked for the answers."""

    def __init__(self, look: Callable[..., Looked | Unseen]) -> None:
        self._look = look
        self._batch: Sequence[Task] = ()

    def send(self, batch: Sequence[Task]) -> None:
        """Remember a batch."""
        self._batch = batch

    def receive(self) -> list[Looked | Unseen | LostReader]:
        """Look at it."""
        batch, self._batch = self._batch, ()
        return [self._look(*task) for task in batch]

    def close(self) -> None:
        """There is nothing to end."""


def _refusal(no: NoReport, origin: Origin) -> dict[str, str | None]:
    """A no as it is kept; where nobody had an agreement, with the network that could have one."""
    about = no.party or no.about
    if no.party is None and about is not None and "@" in about:
        about = about.rpartition("@")[2] or None  # a mailbox that the mail named for itself: its domain names nobody
    if no.reason == UNTOLD and about is None and origin.source_standing.is_believed:
        about = source_net(origin.source_ip) or None
    return {"reason": no.reason, "party": _without_host(about)}


def _without_host(about: str | None) -> str | None:
    """Of an address its network: it stays when all else that was read in the mail is erased.

    >>> _without_host("198.51.100.7"), _without_host("east.example")
    ('198.51.100.0/24', 'east.example')
    """
    return source_net(about) or about


def _drafted(due: DueComplaint, complained: Complained, written: Report) -> Drafted:
    return Drafted(
        outgoing=_outgoing(due, complained, written),
        address=written.send.address,
        data=written.data,
        packed=compress(written.data, 1),
    )


def _outgoing(due: DueComplaint, complained: Complained, written: Report) -> Outgoing:
    """The row of one report; its leaf says no more than its tier shows."""
    origin, send = complained.origin, written.send
    not_spam = due.not_spam
    evidence_class = "not-spam" if not_spam else "other" if send.informs else "complaint"
    tlp = (send.agreement.tlp if send.agreement else Tlp.AMBER).value
    believed = [
        each.domain
        for each in origin.signatures
        if each.standing.is_believed and (send.informs or not each.is_replayed)
    ]
    # The signature for which this party is told stands in its leaf, before any other.
    by = send.rule.removeprefix("dkim:")
    domain = next((each for each in believed if inside(each, (by,))), next(iter(believed), None))
    # A host name may name a recipient.
    shown = organisation_of(domain) if domain and written.tier is Tier.T1 else domain
    observed = arrival(origin.arrived, written.tier)
    facts = {
        "class": evidence_class,
        "definition": Definition.COMPLAINT.value,
        "role": send.role.value,
        "source": {"ip": source_shown(origin.source_ip, written.tier), "dkim": shown},
        "tier": written.tier.value,
        "tlp": tlp,
        "agreement": send.agreement.version if send.agreement else None,
    }
    if send.unasked is not None:
        found = send.unasked
        facts["contact"] = {"network": found.network, "source": found.source, "day": found.day.isoformat()}
    if send.agreement is not None and send.agreement.terms is not None:
        facts["terms"] = send.agreement.terms
    return Outgoing(
        report_key=_report_key(due, send.party),
        name=written.report_id,
        complaint_id=due.complaint_id,
        party=send.party,
        role=send.role.value,
        rule=send.rule,
        agreement_version=send.agreement.version if send.agreement else None,
        tier=written.tier.value,
        tlp=tlp,
        definition=Definition.COMPLAINT.value,
        evidence_class=evidence_class,
        source_ip=origin.source_ip,
        source_net=source_net(origin.source_ip),
        observed=observed,
        precision="hour" if written.tier is Tier.T1 else precision_of(observed),
        message_id=None if origin.message_id is None else kept_id(origin.message_id),
        dkim_domain=domain,
        mailbox_token=due.mailbox_token,
        facts=facts,
        reported=send.address.rpartition("@")[2] if send.agreement else None,
        campaign=complained.campaign,
    )


def _report_key(due: DueComplaint, party: str) -> bytes:
    """The same for every report of one complaint to one party: it is told once."""
    kind = b"not-spam" if due.not_spam else b"spam"
    return blake2b(b"\0".join((b"out", due.key.hex().encode(), kind, party.encode())), digest_size=16).digest()
