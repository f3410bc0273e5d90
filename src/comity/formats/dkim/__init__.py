"""DKIM without I/O: which keys a message wants, whether its signatures hold, and a signature for our own mail.

>>> keys_wanted(b"Subject: unsigned\\r\\n\\r\\nhello")
()

A caller asks ``keys_wanted``, looks the names up, and gives what it found to ``verify``; who asks both splits the message once,
with ``fields_of``. See ``checking`` and ``signing``
for what is believed and what is promised.
"""

from comity.formats.dkim.checking import (
    SIGNATURE_LIMIT,
    KeyWanted,
    Result,
    SignatureCheck,
    as_signature,
    as_signatures,
    keys_wanted,
    verify,
)
from comity.formats.dkim.fields import Fields, fields_of
from comity.formats.dkim.keys import public_record
from comity.formats.dkim.signing import names_to_sign, sign

__all__ = [
    "SIGNATURE_LIMIT",
    "Fields",
    "KeyWanted",
    "Result",
    "SignatureCheck",
    "as_signature",
    "as_signatures",
    "fields_of",
    "keys_wanted",
    "names_to_sign",
    "public_record",
    "sign",
    "verify",
]
