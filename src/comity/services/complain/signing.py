"""Put our signature before a mail of ours.

Standards:  RFC 9477 section 3.3: a report is signed with d= of its From domain, or it must not be processed.
Answers:    ``signer(domain, selector, key=...)`` gives what signs one mail at one moment.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from comity.formats.arf_writer import REPORT_ID_FIELD, TLP_FIELD
from comity.formats.dkim import names_to_sign, sign
from comity.formats.dkim.keys import PrivateKey
from comity.formats.dkim.signing import SIGNED

_NAMES: Final = (*SIGNED, REPORT_ID_FIELD.lower(), TLP_FIELD.lower())


def signer(domain: str, selector: str, *, key: PrivateKey) -> Callable[[bytes, datetime], bytes]:
    """Signs mail from addresses of ``domain``."""

    def signed(data: bytes, now: datetime) -> bytes:
        names = names_to_sign(data, names=_NAMES)
        return sign(data, domain=domain, selector=selector, key=key, headers=names, timestamp=now) + data

    return signed
