"""Public keys out of the DNS.

Trust:      the answers are strangers'; ``comity.formats.dkim`` judges them.
Standards:  RFC 6376 section 3.6.2; RFC 1035 and RFC 2308 on how long an answer holds.
Answers:    ``find(names)``: the record of each name, None where there is none; a name that could not be asked for is left out,
            and ``is_silent(name)`` says so.
Limits:     3 s a name; names that are no names are not asked for. The last 10,000 answers are kept for as long as they say, an
            hour at most; "there is none" for a minute. Where nobody answered for a domain, it is left alone for 20 s, and
            after three domains in a row so is the DNS: a name server that is gone must not cost 3 s for every mail.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import dns.exception
import dns.resolver

from comity.formats import header_text

_SECONDS: Final = 3.0
_KEPT: Final = 10_000
_LONGEST: Final = 3600.0
_NONE_KEPT: Final = 60.0
_LEFT_ALONE: Final = 20.0
_IN_A_ROW: Final = 3


class DnsKeys:
    """Looks keys up, each once for as long as the answer holds."""

    def __init__(
        self,
        resolver: dns.resolver.Resolver | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        every: bool = False,
    ) -> None:
        """``every``: where there are several records of a name all of them, a line each; else the first."""
        self._every = every
        self._resolver = resolver or dns.resolver.Resolver()
        self._clock = clock
        self._answers: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()
        self._left_alone: OrderedDict[str, float] = OrderedDict()  # domains for which nobody answered, and until when
        self._in_a_row = 0  # of these, since somebody answered
        self._gone_until = float("-inf")

    def find(self, names: Iterable[str]) -> Mapping[str, bytes | None]:
        """The records of these names."""
        found: dict[str, bytes | None] = {}
        for name in names:
            if self.is_silent(name) and not self._ask(name):
                continue
            found[name] = self._answers[name][1]
        return found

    def is_silent(self, name: str) -> bool:
        """Whether there is no answer for a name that holds now."""
        kept = self._answers.get(name)
        return kept is None or kept[0] <= self._clock()

    def _ask(self, name: str) -> bool:
        """Ask for one name; False where nobody answered."""
        lives, answer = _NONE_KEPT, None
        if header_text.domain(name) is not None:
            domain = name.rpartition("._domainkey.")[2].lower()
            now = self._clock()
            if now < max(self._gone_until, self._left_alone.get(domain, now)):
                return False
            try:
                records = self._resolver.resolve(f"{name}.", "TXT", lifetime=_SECONDS)
                texts = [b"".join(each.strings) for each in records]
                answer = b"\n".join(texts) if self._every and texts else texts[0]
                lives = min(float(records.rrset.ttl) if records.rrset is not None else 0.0, _LONGEST)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                pass
            except (dns.exception.DNSException, IndexError, OSError):
                self._nobody_answered(domain)
                return False
            self._in_a_row = 0
            self._left_alone.pop(domain, None)
        # A record that says "do not keep me" is kept for one mail.
        self._answers[name] = self._clock() + max(lives, 1.0), answer
        self._answers.move_to_end(name)
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return True

    def _nobody_answered(self, domain: str) -> None:
        until = self._clock() + _LEFT_ALONE
        self._left_alone[domain] = until
        if len(self._left_alone) > _KEPT:
            self._left_alone.popitem(last=False)
        self._in_a_row += 1
        if self._in_a_row >= _IN_A_ROW:
            self._gone_until = until
            self._in_a_row = 0
