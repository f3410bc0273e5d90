"""Who signed a mail, as far as it can be verified: that, and not From:, says which peer a report came from.

Standards:  RFC 6376; RFC 9477 section 3.2 (a report that is not signed by its own domain is not processed as one).
Answers:    ``Signers(keys)(data, arrived)`` gives the domains whose signatures hold, each once; ``seen`` with the selector
            and the key record that was seen, and ``unasked``, domains whose keys nobody answered for: what they signed may
            hold, and should be asked about again.
Limits:     a signature whose key is only being tried (t=y), or that leaves the end of the body unsigned (l=), does not count.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Final, Protocol

from comity.formats import dkim
from comity.formats.mime import Part, scan_again
from comity.formats.mime.addresses import addresses
from comity.model.record import record

_LONGEST: Final = 2000


@record
class SeenKey:
    """The key that verified a signature: keys are changed and taken out of the DNS, so what was seen is kept."""

    selector: str
    record: str


@record
class Seen:
    """What the signatures of a mail say: the domains that signed it, each with its key, and those that could not be asked."""

    keys: Mapping[str, SeenKey] = field(default_factory=dict)
    unasked: tuple[str, ...] = ()
    author: str | None = None  # the one address that it is from, in small letters


class KeySource(Protocol):
    """Where DKIM keys are found."""

    def find(self, names: Iterable[str]) -> Mapping[str, str | bytes | None]:
        """The records of those names that could be looked up."""


class Signers:
    """Verifies signatures with keys from one source; without a source, nobody has signed anything."""

    def __init__(self, keys: KeySource | None = None, *, is_silent: Callable[[str], bool] = lambda _: False) -> None:
        """``is_silent`` says of a name that has no record whether it should be asked for again later."""
        self._keys, self._is_silent = keys, is_silent

    def __call__(self, data: bytes, arrived: datetime) -> tuple[str, ...]:
        """The domains that signed a mail."""
        return tuple(self.seen(data, arrived).keys)

    def seen(self, data: bytes, arrived: datetime) -> Seen:
        """The domains that signed a mail, each with the key that verified it."""
        if self._keys is None:
            return _NOTHING
        message = scan_again(data)  # whoever asks has read it before
        if message.headers.first("dkim-signature") is None:
            return _NOTHING
        fields = dkim.fields_of(message)
        wanted = dkim.keys_wanted(fields)
        if not wanted:
            return _NOTHING
        records = self._keys.find(each.dns_name for each in wanted)
        found: dict[str, SeenKey] = {}
        unasked = dict[str, None]()
        for each in dkim.verify(fields, records, now=arrived):
            if each.result is dkim.Result.PASS and each.domain and not each.testing and not each.body_unsigned:
                record = records.get(f"{each.selector}._domainkey.{each.domain}")
                found.setdefault(each.domain, SeenKey(selector=each.selector or "", record=_text(record)))
            elif (
                each.result is dkim.Result.TEMPERROR
                and each.domain
                and self._is_silent(f"{each.selector}._domainkey.{each.domain}")
            ):
                unasked[each.domain] = None
        return Seen(keys=found, unasked=() if found else tuple(unasked), author=_author(message) if found else None)


def _author(message: Part) -> str | None:
    """The one address that a signed mail is from; None where it says several: which of them was signed for, nobody can tell."""
    fields = message.headers.all("from")
    found = addresses(fields[0]) if len(fields) == 1 else ()
    return found[0].address.lower() if len(found) == 1 else None


def _text(record: str | bytes | None) -> str:
    text = record.decode("ascii", "replace") if isinstance(record, bytes) else record or ""
    return text[:_LONGEST]


_NOTHING: Final = Seen()
NO_SIGNERS = Signers()
