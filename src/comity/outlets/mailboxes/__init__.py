"""Look into a mailbox of any kind, read-only: file, mbox, Maildir, folder tree, IMAP, standard input.

Trust:      whatever lies in the mailbox is a stranger's; nothing in it is opened, followed or run.
Answers:    ``open_source(spec)`` gives the items one after the other, in the same order on every run. What cannot be read
            whole comes as an item that says so; a source that cannot be opened at all raises ``ComityError``.
Limits:     no flag, mark, time stamp of ours or lock is ever written. A mail that is being delivered at this moment may come cut.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.mailboxes.imap import from_imap
from comity.outlets.mailboxes.opening import ITEM_CAP, Opening
from comity.outlets.mailboxes.tree import from_path, from_stream

__all__ = ["ITEM_CAP", "Condition", "Item", "Opening", "open_source"]


def open_source(spec: str, opening: Opening | None = None) -> Iterator[Item]:
    """Give the items of ``spec``: a path, ``-`` for standard input, ``imaps://USER@HOST/FOLDER`` or ``imap://…``."""
    opening = opening or Opening()
    if spec == "-":
        return from_stream(opening)
    if spec.lower().startswith(("imap://", "imaps://")):
        return from_imap(spec, opening)
    path = Path(spec)
    if path.is_fifo():  # what a shell makes of <(command)
        return from_stream(replace(opening, stdin=path.open("rb")))
    if not path.exists():
        raise ComityError(
            "source-missing",
            "there is no such file or folder",
            outcome=Outcome.BAD_INPUT,
            place=spec,
            remedy="Give a file, mbox, Maildir or folder, - for standard input, or imaps://USER@HOST/FOLDER.",
        )
    return from_path(path, opening)
