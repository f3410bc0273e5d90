"""Base64 as it stands in notes, proofs and postings: one text for the same bytes, and no other.

Trust:      strangers' text.
Standards:  RFC 4648 section 4, and section 3.5: the bits that padding leaves over must be zero. The library passes over them, so
            that one signature or proof could be written in several ways, each of which looks like another one.
Answers:    ``strict(text)``.
"""

from base64 import b64decode, b64encode


def strict(text: str) -> bytes | None:
    """The bytes; None where it is not the one text that stands for them.

    >>> strict("AA=="), strict("AB=="), strict("AA==\\n"), strict("é")
    (b'\\x00', None, None, None)
    """
    try:
        decoded = b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return None
    return decoded if b64encode(decoded).decode() == text else None
