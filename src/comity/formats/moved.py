"""What our mail store says about a mail that was moved: one line that its program puts before the mail.

Trust:      only the very first line of what is handed over is read, and the program writes one before each mail: a line like it
            further down is the stranger's who wrote the mail.
Standards:  our own form: ``Comity-Moved: from=FOLDER; to=FOLDER; keywords=WORD WORD``.
Answers:    ``taken_off(data)``: the ``Move`` and the mail as it lay in the mailbox; None where there is no such line.
Limits:     1,000 bytes of it.
"""

import re
from typing import Final

from comity.model.move import Move

_LINE: Final = re.compile(rb"Comity-Moved:([^\r\n]{0,1000})\r?\n", re.IGNORECASE)


def taken_off(data: bytes) -> tuple[Move | None, bytes]:
    """The line and the mail behind it.

    >>> move, mail = taken_off(b"Comity-Moved: from=INBOX; to=Junk; keywords=$Junk NonJunk\\r\\nSubject: a\\r\\n")
    >>> sorted(move.keywords), move.target, mail
    (['$junk', 'nonjunk'], 'Junk', b'Subject: a\\r\\n')
    """
    match = _LINE.match(data)
    if match is None:
        return None, data
    said = dict(each.strip().split("=", 1) for each in match[1].decode("utf-8", "replace").split(";") if "=" in each)
    move = Move(
        keywords=frozenset(said.get("keywords", "").lower().split()),
        source=said.get("from", "").strip() or None,
        target=said.get("to", "").strip() or None,
    )
    return move, data[match.end() :]
