"""Look into a mailbox of any kind, read-only: file, mbox, Maildir, folder tree, IMAP, standard input.

Trust:      whatever lies in the mailbox is a stranger's; nothing in it is opened, followed or run.
Answers:    ``open_source(spec)`` gives the items one after the other, in the same order on every run. What cannot be read
            whole comes as an item that says so; a source that cannot be opened at all raises ``ComityError``.
Limits:     no flag, mark, time stamp of ours or lock is ever written. A mail that is being delivered at this moment may come cut.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.mailboxes.opening import ITEM_CAP, Opening
from comity.outlets.mailboxes.tree import from_path, from_stream

__all__ = ["ITEM_CAP", "Condition", "Item", "Opening", "as_given", "open_source"]


def open_source(spec: str, opening: Opening | None = None) -> Iterator[Item]:
    """Give the items of ``spec``: a path, ``-`` for standard input, ``imaps://USER@HOST/FOLDER`` or ``imap://…``."""
    opening = opening or Opening()
    if spec == "-":
        return from_stream(opening)
    if spec.lower().startswith(("imap://", "imaps://")):
        from comity.outlets.mailboxes.imap import from_imap  # noqa: PLC0415 - TLS loads long

        return from_imap(spec, opening)
    path = Path(spec)
    if not spec:  # Path("") is the working folder, and nobody means that
        raise _missing('""')
    if path.is_fifo():  # what a shell makes of <(command)
        return from_stream(replace(opening, stdin=path.open("rb")))
    if not path.exists():
        raise _missing(spec)
    return from_path(path, opening)


def as_given(spec: str, items: Iterator[Item]) -> Iterator[Item]:
    """The items of one file called as the file was on the command line: two folders may have files of one name."""
    called = os.fsencode(spec).decode("utf-8", "backslashreplace")
    for item in items:
        if item.position == "." or item.position.startswith(".#"):
            item = replace(item, name=called + item.name.removeprefix(Path(called).name))  # noqa: PLW2901
        yield item


def _missing(place: str) -> ComityError:
    return ComityError(
        "source-missing",
        "there is no such file or folder",
        outcome=Outcome.BAD_INPUT,
        place=place,
        remedy="Give a file, mbox, Maildir or folder, - for standard input, or imaps://USER@HOST/FOLDER.",
    )
