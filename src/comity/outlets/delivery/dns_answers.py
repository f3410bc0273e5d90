"""Answers out of the DNS for checks that ask one question after the other.

Trust:      the answers are strangers'; the checks judge them. A name that is no name is not asked for.
Standards:  RFC 1035; RFC 7208 section 4.6.4 and 11.1 on what a check may cost.
Answers:    ``DnsAnswers.driven(steps, ...)`` gives what the check found. Nothing is raised: what was not answered has failed.
Limits:     one deadline and ``QUESTIONS`` for a whole check, ``RECORDS`` records an answer; the last 20,000 answers are kept for
            as long as they say, an hour at most, ten seconds for "there is none".
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import dns.asyncresolver
import dns.exception
import dns.resolver
import dns.reversename

from comity.formats import ip
from comity.formats.dns_answers import FAILED, NO_SUCH_NAME, DnsAnswer, DnsQuestion, Kind, Steps
from comity.model.listener import Listener

T = TypeVar("T")
QUESTIONS: Final = 120
RECORDS: Final = 100
_KEPT: Final = 20_000
_LONGEST: Final = 3600.0
_NOTHING_KEPT: Final = 10.0
_SECONDS_A_QUESTION: Final = 2.0


class DnsAnswers:
    """A cache in front of the name servers."""

    def __init__(self, resolvers: Sequence[Listener] = (), *, clock: Callable[[], float]) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not resolvers)
        if resolvers:
            self._resolver.nameservers = [each.host for each in resolvers]
            self._resolver.nameserver_ports = {each.host: each.port for each in resolvers}
        self._clock = clock
        self._kept: OrderedDict[DnsQuestion, tuple[float, DnsAnswer]] = OrderedDict()

    async def driven(self, steps: Steps[T], *, seconds: float, in_thread: bool = False) -> T:
        """Let a check run to its end; ``in_thread`` for one over a message so large that others would wait."""
        end = self._clock() + seconds
        answer: DnsAnswer | None = None
        count = 0
        while True:
            went_on = await asyncio.to_thread(_step, steps, answer) if in_thread else _step(steps, answer)
            if not isinstance(went_on, DnsQuestion):
                return went_on[0]
            count += 1
            left = end - self._clock()
            answer = await self.find(went_on, left) if left > 0 and count <= QUESTIONS else FAILED

    async def find(self, question: DnsQuestion, seconds: float) -> DnsAnswer:
        """One answer."""
        now = self._clock()
        kept = self._kept.get(question)
        if kept is not None and kept[0] > now:
            return kept[1]
        answer, lives = await self._ask(question, min(seconds, _SECONDS_A_QUESTION))
        if not answer.failed:
            self._kept[question] = now + min(lives, _LONGEST), answer
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return answer

    async def _ask(self, question: DnsQuestion, seconds: float) -> tuple[DnsAnswer, float]:
        try:
            name = dns.reversename.from_address(question.name) if question.kind is Kind.PTR else f"{question.name}."
            found = await self._resolver.resolve(name, question.kind.value, lifetime=seconds, search=False)
        except dns.resolver.NXDOMAIN:
            return NO_SUCH_NAME, _NOTHING_KEPT
        except dns.resolver.NoAnswer:
            return DnsAnswer(), _NOTHING_KEPT
        except dns.exception.SyntaxError:
            return NO_SUCH_NAME, _NOTHING_KEPT
        except (dns.exception.DNSException, OSError, UnicodeError):
            return FAILED, 0.0
        records = list(found)[:RECORDS]
        if question.kind is Kind.MX:
            records.sort(key=lambda each: each.preference)
        ttl = found.rrset.ttl if found.rrset is not None else 0
        return DnsAnswer(records=tuple(filter(None, map(_text, records)))), float(ttl)


def _step(steps: Steps[T], answer: DnsAnswer | None) -> DnsQuestion | tuple[T]:
    try:
        return next(steps) if answer is None else steps.send(answer)
    except StopIteration as end:
        return (end.value,)


def _text(record: object) -> str | None:
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "surrogateescape")
    address = getattr(record, "address", None)
    if address is not None:
        return ip.canonical(str(address))
    target = getattr(record, "exchange", None) or getattr(record, "target", None)
    return str(target).rstrip(".").lower() or None
