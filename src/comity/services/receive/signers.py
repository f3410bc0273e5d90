"""Who signed a mail, as far as it can be verified: that, and not From:, says which peer a report came from.

Standards:  RFC 6376; RFC 9477 section 3.2 (a report that is not signed by its own domain is not processed as one).
Answers:    ``Signers(keys)(data, arrived)`` gives the domains whose signatures hold, each once.
Limits:     a signature whose key is only being tried (t=y), or that leaves the end of the body unsigned (l=), does not count.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from comity.formats import dkim
from comity.formats.mime import scan


class KeySource(Protocol):
    """Where DKIM keys are found."""

    def find(self, names: Iterable[str]) -> Mapping[str, str | bytes | None]:
        """The records of those names that could be looked up."""


class Signers:
    """Verifies signatures with keys from one source; without a source, nobody has signed anything."""

    def __init__(self, keys: KeySource | None = None) -> None:
        self._keys = keys

    def __call__(self, data: bytes, arrived: datetime) -> tuple[str, ...]:
        """The domains that signed a mail."""
        if self._keys is None:
            return ()
        message = scan(data)
        if message.headers.first("dkim-signature") is None:
            return ()
        fields = dkim.fields_of(message)
        wanted = dkim.keys_wanted(fields)
        if not wanted:
            return ()
        checks = dkim.verify(fields, self._keys.find(each.dns_name for each in wanted), now=arrived)
        return tuple(
            dict.fromkeys(
                each.domain
                for each in checks
                if each.result is dkim.Result.PASS and each.domain and not each.testing and not each.body_unsigned
            )
        )


NO_SIGNERS = Signers()
