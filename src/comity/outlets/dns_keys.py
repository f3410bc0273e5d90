"""Public keys out of the DNS.

Trust:      the answers are strangers'; ``comity.formats.dkim`` judges them.
Standards:  RFC 6376 section 3.6.2.
Answers:    ``find(names)``: the record of each name, None where there is none; a name that could not be asked for is left out.
Limits:     3 s a name; names that are no names are not asked for; the last 10,000 answers are kept.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

import dns.exception
import dns.resolver

from comity.formats import header_text

_SECONDS: Final = 3.0
_KEPT: Final = 10_000


class DnsKeys:
    """Looks keys up, each once."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver or dns.resolver.Resolver()
        self._answers: OrderedDict[str, bytes | None] = OrderedDict()

    def find(self, names: Iterable[str]) -> Mapping[str, bytes | None]:
        """The records of these names."""
        found: dict[str, bytes | None] = {}
        for name in names:
            if name not in self._answers and not self._ask(name):
                continue
            found[name] = self._answers[name]
        return found

    def _ask(self, name: str) -> bool:
        """Ask for one name; False where nobody answered, so that it is asked for again next time."""
        if header_text.domain(name) is None:
            answer = None
        else:
            try:
                records = self._resolver.resolve(f"{name}.", "TXT", lifetime=_SECONDS)
                answer = b"".join(next(iter(records)).strings)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                answer = None
            except (dns.exception.DNSException, StopIteration, OSError):
                return False
        self._answers[name] = answer
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return True
