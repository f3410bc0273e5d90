"""What is done to the header of one mail at delivery: what came from outside under our names goes, what we say is put on top.

Trust:      see ``comity.formats.delivery_memory``. Results of other filters are taken from the hosts that the settings trust, in
            the block above the first trace line; our border must take away what came from outside under their names
            (RFC 8601 section 5). Where we write results ourselves, under ``authserv_id``, all others under that name go.
Answers:    ``Marker``: ``aim(mail)`` says what is to be done with a mail, ``results(mail)`` what other hosts of ours found,
            ``changes(mail, found)`` what becomes of its header; ``counts`` what was done.
Limits:     only mail for our own mailboxes, from outside, is marked. Mail that our own people hand in leaves as it is, with a
            sealed trace where the settings say so; what we wrote stays when the mail passes here once more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from ipaddress import ip_address

from comity.formats import authres, authres_writer, ip, trace
from comity.formats.authres import MethodResult
from comity.formats.delivery_memory import HEADER, DeliveryKeys, Facts, anchor_of, is_ours, mark
from comity.formats.mime import domain_of
from comity.formats.received import Network
from comity.formats.spam_headers import Field, is_mark
from comity.gates.milter.conversation import Changes, IncomingMail

_NAME = HEADER.lower().encode("ascii")
_RESULTS = "Authentication-Results"
_TRACE = trace.HEADER.lower().encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTerms:
    """Whose mail is marked, and with which keys."""

    keys: DeliveryKeys
    own_domains: frozenset[str]
    trusted_hosts: frozenset[str] = frozenset()
    trusted_networks: tuple[Network, ...] = ()
    authserv_id: str | None = None  # under which we write results, if we do
    trace: Callable[[str], str | None] | None = (
        None  # the sealed trace of a login, where mail of our own people gets one
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out about one mail: results, the verdict in one word, and the fields in which it is said."""

    results: tuple[MethodResult, ...] = ()
    verdict: str | None = None
    fields: tuple[Field, ...] = ()


class Aim(Enum):
    """What is done with a mail."""

    KEEP = "keep"  # it was here before
    LEAVE = "leave"  # not for us, or of our own people
    MARK = "mark"


class Marker:
    """Decides on one mail after the other."""

    def __init__(self, terms: MarkTerms, now: Callable[[], datetime]) -> None:
        self._terms, self._now = terms, now
        self.counts: Counter[str] = Counter()  # marked, kept, left, removed; judged, unjudged, spam

    def aim(self, mail: IncomingMail) -> Aim:
        """What is to be done with a mail."""
        there = [value for name, value in mail.fields if name == _NAME]
        if there and self._is_inside(mail.client_ip) and is_ours(there, anchor_of(mail.fields), self._terms.keys):
            return Aim.KEEP
        is_marked = mail.is_whole and not mail.is_authenticated and self._is_for_us(mail.recipients)
        return Aim.MARK if is_marked else Aim.LEAVE

    def changes(self, mail: IncomingMail, found: Found) -> Changes:
        """What becomes of the header."""
        aim = self.aim(mail)
        if aim is Aim.KEEP:
            self.counts["kept"] += 1
            return Changes()
        removed = tuple(self._foreign(mail))
        self.counts["removed"] += len(removed)
        value = None
        if aim is Aim.MARK:
            facts = Facts(
                delivered=self._now(),
                client_ip=None if self._is_inside(mail.client_ip) else mail.client_ip,
                client_port=mail.client_port,
                queue_id=mail.queue_id,
                mailboxes=mail.recipients,
                results=found.results,
                verdict=found.verdict,
            )
            value = mark(facts, anchor_of(mail.fields), self._terms.keys)
        self.counts["left" if value is None else "marked"] += 1
        if value is None:
            return self._traced(mail, removed)
        return Changes(removed=removed, added=((HEADER, value), *self._written(found), *found.fields))

    def _traced(self, mail: IncomingMail, removed: tuple[tuple[str, int], ...]) -> Changes:
        """Mail that one of our own people hands in: our trace alone says whose it is."""
        value = self._terms.trace(mail.login) if self._terms.trace is not None and mail.login is not None else None
        if value is None:
            return Changes(removed=removed)
        there = sum(name == _TRACE for name, _ in mail.fields)
        self.counts["traced"] += 1
        foreign = tuple((trace.HEADER, number) for number in range(1, there + 1))
        return Changes(removed=(*removed, *foreign), added=((trace.HEADER, value),))

    def source(self, mail: IncomingMail) -> str | None:
        """The address that a mail came from, where somebody outside handed it over."""
        return None if self._is_inside(mail.client_ip) else mail.client_ip

    def results(self, mail: IncomingMail) -> Iterator[MethodResult]:
        """What hosts of ours found out before us."""
        values = []
        for name, value in mail.fields:
            if name == b"received":
                break
            if name == b"authentication-results":
                values.append(_flat(value))
        for each in authres.believed(values, self._terms.trusted_hosts):
            yield from each.results

    def _written(self, found: Found) -> Iterator[Field]:
        if self._terms.authserv_id is not None:
            said = found.results
            if found.verdict is not None:
                said = (*said, MethodResult(method="x-comity", result=found.verdict))
            yield _RESULTS, authres_writer.written(self._terms.authserv_id, said)

    def _foreign(self, mail: IncomingMail) -> Iterator[tuple[str, int]]:
        """The fields that only we may write."""
        numbers: Counter[bytes] = Counter()
        ours = self._terms.authserv_id
        for name, value in mail.fields:
            numbers[name] += 1
            if is_mark(name) and name != _TRACE:  # a trace is sealed: who cannot seal one gains nothing by writing it
                yield HEADER if name == _NAME else name.decode("latin-1"), numbers[name]
            elif name == b"authentication-results" and ours is not None:
                is_cut = not value and not mail.is_whole  # so far down no host of ours wrote
                if is_cut or authres_writer.bears(_flat(value), ours):
                    yield _RESULTS, numbers[name]

    def _is_inside(self, address: str | None) -> bool:
        """Whether the mail was handed over by a host of ours."""
        if address is None or ip.is_private(address):
            return True
        number = ip_address(address)
        return any(number in network for network in self._terms.trusted_networks)

    def _is_for_us(self, recipients: list[str]) -> bool:
        """All of them: a copy for somebody outside would carry the mark there."""
        return bool(recipients) and all(domain_of(each) in self._terms.own_domains for each in recipients)


def _flat(value: bytes) -> str:
    return " ".join(value.decode("utf-8", "replace").split())
