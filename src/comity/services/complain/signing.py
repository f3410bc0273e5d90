"""Put our signature before a mail of ours.

Standards:  RFC 9477 section 3.3: a report is signed with d= of its From domain, or it must not be processed.
Answers:    ``signer(domain, selector, key=...)`` gives what signs one mail at one moment.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from comity.formats.arf_writer import REPORT_ID_FIELD, TLP_FIELD
from comity.formats.dkim import fields_of, names_to_sign, sign
from comity.formats.dkim.keys import PrivateKey
from comity.formats.dkim.signing import SIGNED

_NAMES: Final = (*SIGNED, REPORT_ID_FIELD.lower(), TLP_FIELD.lower())


def signer(domain: str, selector: str, *, key: PrivateKey) -> Callable[[bytes, datetime], bytes]:
    """Signs mail from addresses of ``domain``."""

    def signed(data: bytes, now: datetime) -> bytes:
        split = fields_of(data) if b"\r\n" in data else data
        names = names_to_sign(split, names=_NAMES)
        return sign(split, domain=domain, selector=selector, key=key, headers=names, timestamp=now) + data

    return signed
