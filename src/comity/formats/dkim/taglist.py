"""The ``name=value; name=value`` lists that DKIM signatures and key records are written in.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 6376 section 3.2.
Answers:    a mapping of tag to value, or None where the list is invalid as a whole (a tag twice, a tag without "=").
Limits:     64 KiB and 100 tags.
"""

import re
from binascii import Error, a2b_base64
from typing import Final

SIZE_LIMIT: Final = 1 << 16
_TAG_LIMIT: Final = 100
_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_BLANK: Final = b" \t\r\n"


def parse(text: bytes) -> dict[bytes, bytes] | None:
    """Read a tag list; values keep their inner white space, tag names their case.

    >>> parse(b"v=1; h=from :\\r\\n to;")
    {b'v': b'1', b'h': b'from :\\r\\n to'}
    >>> parse(b"v=1; v=1") is None
    True
    """
    if len(text) > SIZE_LIMIT or text.count(b";") > _TAG_LIMIT:
        return None
    specs = text.split(b";")
    if not specs[-1].strip(_BLANK):
        specs.pop()
    tags: dict[bytes, bytes] = {}
    for spec in specs:
        name, equals, value = spec.partition(b"=")
        name = name.strip(_BLANK)
        if not equals or name in tags or not _NAME.fullmatch(name):
            return None
        tags[name] = value.strip(_BLANK)
    return tags


def emptied(text: bytes, tag: bytes) -> bytes:
    """The same list with the value of one tag taken out, the white space around that value with it; all else as it was.

    >>> emptied(b" v=1; b = abc\\r\\n def ; bh=xyz", b"b")
    b' v=1; b =; bh=xyz'
    """
    specs = text.split(b";")
    for at, spec in enumerate(specs):
        name, equals, _ = spec.partition(b"=")
        if equals and name.strip(_BLANK) == tag:
            specs[at] = name + equals
    return b";".join(specs)


def base64(value: bytes) -> bytes | None:
    """The bytes behind a base64 value with white space anywhere in it, None where it is not base64.

    >>> base64(b"YW J1\\r\\n c2U="), base64(b"YWJ1c2U"), base64(b"YWJ1c2U=!")
    (b'abuse', None, None)
    """
    text = b"".join(value.split())
    try:
        return a2b_base64(text, strict_mode=True) if len(text) % 4 == 0 else None
    except Error:
        return None
