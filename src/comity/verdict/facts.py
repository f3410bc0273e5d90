"""Facts of a header that generalise: who wrote it with what, from where, and how it is built.

Trust:      the fields are a stranger's; a fact is only "this is what stands there".
Answers:    ``facts_of(header)`` gives short byte strings for hashing, each beginning with the name of what it is.
Limits:     the first 3,500 bytes of the header; the first 200 of a field.
"""

import re
from itertools import pairwise
from typing import Final

_FOLD: Final = re.compile(rb"\r?\n[ \t]++")
_FIELD: Final = re.compile(rb"^([!-9;-~]++)[ \t]*+:[ \t]*+([^\r\n]{0,200}+)", re.MULTILINE)
_ADDRESS: Final = re.compile(rb"(((?<![0-9.])\d{1,3}\.\d{1,3})\.\d{1,3})\.\d{1,3}")
_DIGITS: Final = re.compile(rb"[0-9]++")
_LETTERS: Final = re.compile(rb"[a-z]++")
_NAMES_A_PARTY: Final = frozenset({b"from", b"reply-to", b"return-path", b"sender", b"list-id", b"message-id", b"to"})


def facts_of(header: bytes) -> list[bytes]:
    """The facts of one header block.

    >>> facts_of(b"From: a@west.example\\nX-Mailer: Pen 4.5\\n")
    [b'from@ west.example', b'from= a@west.example', b'x-mailer= pen 9.9', b'order from x-mailer', b'order from,x-mailer']
    """
    fields = _FIELD.findall(_FOLD.sub(b" ", header).lower())
    found: list[bytes] = []
    for name, value in fields:
        if name == b"received":
            for near, nearer in _ADDRESS.findall(value):
                found += (b"hop " + near, b"hop " + nearer)
        elif name in _NAMES_A_PARTY:
            found += (name + b"@ " + value.rpartition(b"@")[2].rstrip(b"> "), name + b"= " + value[:80])
            if name == b"message-id":
                found.append(b"message-id~ " + _shape(value))
        elif name == b"subject":
            found.append(b"subject~ " + _shape(value[:40]))
        elif name == b"date":
            found.append(b"date~ " + value[-5:])
        else:
            found.append(name + b"= " + _DIGITS.sub(b"9", value[:60]))
    names = [name for name, _ in fields]
    found += [b"order " + one + b" " + next_one for one, next_one in pairwise(names)]
    found.append(b"order " + b",".join(names))
    return found


def _shape(value: bytes) -> bytes:
    """Letters and digits, each run as one sign: what a program writes looks alike."""
    return _LETTERS.sub(b"a", _DIGITS.sub(b"9", value))
