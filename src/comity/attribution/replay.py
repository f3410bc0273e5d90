"""Whether a signature that holds was sent again by somebody else than its signer, to people whom the signer never wrote to.

Trust:      what the signature covers, what our own side noted at delivery, and where else the same signature was seen. Marks of
            those who pass mail on (a list, ARC, Resent-From) count only where the host that handed the mail over answers for them;
            even then whoever replays can set them with a domain of its own: such a mail is at most suspected.
Standards:  RFC 6376 section 8.6 (the attack) and 5.4 (what should be signed), RFC 5321 section 4.5.4.1 (how long a queue keeps
            mail), RFC 5322 section 3.6.6 (Resent-), RFC 2919 (List-Id), RFC 8617 (ARC). Why these marks: docs/decisions.
Answers:    ``marked`` sets ``Signature.replay`` from one mail; ``graded`` again, with what was seen in other mailboxes.
            What speaks for it has a name of ``REASONS``.
Limits:     a mail whose mailbox nobody knows is not judged. No single mail proves a replay: the grade says how much speaks for it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from comity.attribution.delivery import Delivery, Vantage, forwarders_of, noted_mailboxes
from comity.formats import received
from comity.formats.domains import is_among, organisation_of
from comity.formats.mime import Headers, addresses, domain_of, first_address, parse_date
from comity.model.origin import Origin, Replay, ReplayGrade, Signature, Standing

# What speaks for a replay; each has a sentence in every language (``replay.CODE``).
NOT_ADDRESSED: Final = "not-addressed"  # the signed To and Cc name somebody else
OTHER_MAILBOX: Final = "addressed-to-another-of-ours"  # may be an alias that we do not know
NOT_SIGNED: Final = "addressees-not-signed"  # anybody could have written To and Cc
ELSEWHERE: Final = "handed-over-elsewhere"  # neither SPF nor the name of the host has to do with the signer
OLD: Final = "signature-old"
MANY: Final = "many-mailboxes"
SEVERAL: Final = "several-networks"
REASONS: Final = frozenset({NOT_ADDRESSED, OTHER_MAILBOX, NOT_SIGNED, ELSEWHERE, OLD, MANY, SEVERAL})
_WEAK: Final = frozenset({OTHER_MAILBOX, NOT_SIGNED})

QUEUED_FOR: Final = timedelta(days=5)  # no mail host tries for longer
MAILBOXES: Final = 3
NETWORKS: Final = 2
_ADDRESSEES: Final = 200
_VALUES: Final = 3
_VALUE_LIMIT: Final = 60_000
_SEALS: Final = 10
_SEALED_BY: Final = re.compile(r"(?:^|;)\s*d\s*=\s*([A-Za-z0-9._-]{1,255})")
_LIST_ID: Final = re.compile(r"<([^<>\s]{1,255})>\s*$")
_NOT_KNOWN: Final = frozenset({"none", "temperror", "permerror"})  # SPF said nothing about the host
_REWRITTEN: Final = re.compile(r"srs[01][=+-]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """In how many mailboxes of ours, and out of how many networks, one signature was complained about."""

    mailboxes: int = 0
    networks: int = 0


def marked(
    signatures: Sequence[tuple[Signature, str]],
    headers: Headers,
    delivery: Delivery,
    *,
    vantage: Vantage,
    recipient: str | None,
    arrived: datetime | None,
) -> tuple[Signature, ...]:
    """The signatures (each with its b=), with what speaks for a replay of each."""
    if recipient is None or not signatures:
        return tuple(signature for signature, _ in signatures)
    mail = _Mail(headers, delivery, vantage=vantage, recipient=recipient)
    believed = [each for each, _ in signatures if each.standing.is_believed]
    return tuple(
        replace(signature, replay=found)
        if value and (found := _replay(signature, value, mail, believed=believed, arrived=arrived)) is not None
        else signature
        for signature, value in signatures
    )


def graded(origin: Origin, seen: Callable[[bytes], Seen | None]) -> Origin:
    """The origin with grades that know what was seen elsewhere; ``seen`` is asked only where something speaks for a replay."""
    return replace(origin, signatures=tuple(_with(each, seen) for each in origin.signatures))


def _with(signature: Signature, seen: Callable[[bytes], Seen | None]) -> Signature:
    found = signature.replay
    counted = None if found is None else seen(found.signature)
    if found is None or counted is None:
        return signature
    more = ((MANY, counted.mailboxes >= MAILBOXES), (SEVERAL, counted.networks >= NETWORKS))
    reasons = (*found.reasons, *(name for name, holds in more if holds and name not in found.reasons))
    return replace(signature, replay=replace(found, reasons=reasons, grade=_grade(reasons, found.mediator)))


def _replay(
    signature: Signature, value: str, mail: "_Mail", *, believed: Sequence[Signature], arrived: datetime | None
) -> Replay | None:
    """What speaks for it; None where the signer wrote to this mailbox, or handed the mail over itself."""
    if signature.standing is Standing.FAILED:
        return None
    first = mail.addressed(signature)
    organisation = organisation_of(signature.domain)
    if first is None or organisation is None or organisation in mail.handed_over_by:
        return None
    others = {organisation_of(each.domain) for each in believed} - {organisation}
    mediator = mail.mediator() or ("own-signature" if others & mail.handed_over_by else None)
    reasons = (
        first,
        *((ELSEWHERE,) if mail.is_handed_over_known else ()),
        *((OLD,) if _is_old(signature, mail.headers, arrived) else ()),
    )
    digest = sha256(value.encode("ascii", "replace")).digest()
    return Replay(signature=digest, reasons=reasons, mediator=mediator, grade=_grade(reasons, mediator))


def _grade(reasons: Sequence[str], mediator: str | None) -> ReplayGrade | None:
    """How sure it is. An alias, a list or a forwarder looks like a replay in one mail; not in many, out of several networks."""
    elsewhere, old, many, several = (each in reasons for each in (ELSEWHERE, OLD, MANY, SEVERAL))
    if mediator is not None:
        return ReplayGrade.SUSPECTED if many and several else None
    if reasons[0] in _WEAK:
        if elsewhere and many and several:
            return ReplayGrade.LIKELY
        return ReplayGrade.SUSPECTED if many or several or (elsewhere and old) else None
    if elsewhere and (old or many or several):
        return ReplayGrade.LIKELY
    return ReplayGrade.SUSPECTED if elsewhere or old or many or several else None


def _is_old(signature: Signature, headers: Headers, arrived: datetime | None) -> bool:
    """Whether it was older at our border than mail can become on its way; its own word (x=) goes before ours."""
    if arrived is None:
        return False
    if signature.expires_at is not None and signature.expires_at < arrived:
        return True
    signed_at = signature.signed_at
    if signed_at is None and "date" in signature.signed_headers and (date := headers.first("date")):
        signed_at = parse_date(date)
    return signed_at is not None and arrived - signed_at > QUEUED_FOR


class _Mail:
    """One mail, asked from several sides; what costs something is found out when it is asked for."""

    def __init__(self, headers: Headers, delivery: Delivery, *, vantage: Vantage, recipient: str) -> None:
        self.headers, self._delivery, self._vantage = headers, delivery, vantage
        self._known = {_bare(recipient)}
        self._named = {name: [_bare(each) for each in self._addresses(name)] for name in ("to", "cc")}
        self._is_searched = False
        self.handed_over_by: frozenset[str] = frozenset()
        self.is_handed_over_known = False

    def _addresses(self, name: str) -> Iterator[str]:
        for value in self.headers.all(name)[:_VALUES]:
            for each in addresses(value[:_VALUE_LIMIT])[:_ADDRESSEES]:
                yield each.address

    def addressed(self, signature: Signature) -> str | None:
        """None where the signer wrote to this mailbox, else the first reason to doubt it."""
        covered = [
            each
            for name in ("to", "cc")
            if name in signature.signed_headers and name not in signature.repeated_unsigned
            for each in self._named[name]
        ]
        if not self._known.isdisjoint(covered):
            return None
        self._search()
        if not self._known.isdisjoint(covered) or self._remembered(covered):
            return None
        said = {each for name in self._named for each in self._named[name]}
        if "to" not in signature.signed_headers or "to" in signature.repeated_unsigned or self._known & said:
            return NOT_SIGNED
        return OTHER_MAILBOX if any(domain_of(each) in self._vantage.own_domains for each in covered) else NOT_ADDRESSED

    def _remembered(self, covered: Sequence[str]) -> bool:
        memory = self._delivery.memory
        return memory is not None and any(map(memory.went_to, covered))

    def _search(self) -> None:
        """The other names of this mailbox that our side noted, and who handed the mail over."""
        if self._is_searched:
            return
        self._is_searched = True
        self._known.update(map(_bare, noted_mailboxes(self.headers, self._delivery.taken)))
        for line in self.headers.all("received")[: self._delivery.taken]:
            named = received.parse(line).recipient
            if named:
                self._known.add(_bare(named))
        found: set[str | None] = set()
        for results in self._delivery.results:
            for each in results.of("spf"):
                self.is_handed_over_known |= each.result not in _NOT_KNOWN
                if each.result == "pass":
                    said = each.properties.get("smtp.mailfrom") or each.properties.get("smtp.helo", "")
                    found.add(organisation_of(said.strip("<>").rpartition("@")[2]))
        border = self._delivery.border
        if border is not None and border.rdns and border.rdns_confirmed:
            self.is_handed_over_known = True
            found.add(organisation_of(border.rdns))
        self.handed_over_by = frozenset(filter(None, found))

    def mediator(self) -> str | None:
        """By which mark the host that handed the mail over says that it passed it on."""
        if self._is_forwarded():
            return "forwarder"
        for name, domain in self._marks():
            if organisation_of(domain) in self.handed_over_by:
                return name
        return None

    def _is_forwarded(self) -> bool:
        names, networks = forwarders_of(self._vantage.forwarders)
        return any(
            is_among(each.rdns, names)
            or (each.ip is not None and any(ip_address(each.ip) in network for network in networks))
            for each in self._delivery.passed
        )

    def _marks(self) -> Iterator[tuple[str, str]]:
        if list_id := _LIST_ID.search((self.headers.first("list-id") or "")[:1000]):
            yield "list", list_id.group(1)
        for seal in self.headers.all("arc-seal")[:_SEALS]:
            if sealed := _SEALED_BY.search(seal[:2000]):
                yield "arc", sealed.group(1)
        if resent := first_address((self.headers.first("resent-from") or "")[:2000]):
            yield "resent", domain_of(resent) or ""
        envelope_from = self._delivery.return_path or ""
        if _REWRITTEN.match(envelope_from):
            yield "rewritten-path", domain_of(envelope_from) or ""


def _bare(address: str) -> str:
    """An address to compare: lower case, without what stands behind "+".

    >>> _bare("Ann+news@West.Example")
    'ann@west.example'
    """
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain.rstrip('.')}"
