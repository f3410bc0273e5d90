"""The content of a mail as it goes out again: ends nowhere but where it does.

Trust:      the bytes are a stranger's. Some servers take a bare LF for a line end, and so LF "." LF for the end of a mail: whoever
            sent that would write the next commands. So each bare LF leaves as CR LF, and a dot behind it is doubled.
Standards:  RFC 5321 sections 2.3.8 and 4.5.2.
Answers:    ``Wire.pass_on(piece)`` for content whose dots are doubled already, piece by piece; ``doubled(data)`` doubles them.
Limits:     nothing is held back but the memory of one sign.
"""

import re
from typing import Final

_BARE: Final = re.compile(rb"(?<!\r)\n(\.?)")


def doubled(data: bytes) -> bytes:
    """The dots at the beginning of lines doubled.

    >>> doubled(b".a\\r\\n.\\r\\nb.\\r\\n")
    b'..a\\r\\n..\\r\\nb.\\r\\n'
    """
    data = data.replace(b"\r\n.", b"\r\n..")
    return b"." + data if data.startswith(b".") else data


class Wire:
    """One content on its way out."""

    def __init__(self) -> None:
        self._is_behind_cr = False
        self._is_behind_bare = False

    def pass_on(self, piece: bytes) -> bytes:
        """The same, with CR LF for each bare LF.

        >>> wire = Wire()
        >>> [wire.pass_on(each) for each in (b"a\\r", b"\\nb\\n", b".\\nc\\n.\\r\\n")]
        [b'a\\r', b'\\nb\\r\\n', b'..\\r\\nc\\r\\n..\\r\\n']
        """
        if not piece:
            return piece
        dot = b"." if self._is_behind_bare and piece.startswith(b".") else b""
        lead = b"\r" if self._is_behind_cr else b""
        joined = lead + piece
        self._is_behind_cr = piece.endswith(b"\r")
        self._is_behind_bare = joined.endswith(b"\n") and not joined.endswith(b"\r\n")
        if joined.count(b"\n") != joined.count(b"\r\n"):
            joined = _BARE.sub(lambda found: b"\r\n" + 2 * found[1], joined)
        return dot + joined[len(lead) :]
