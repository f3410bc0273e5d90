"""Files as a source: one file, an mbox, a Maildir, a folder tree of all of them, standard input.

Trust:      names and contents are strangers'. Only regular files are opened, and links to them; a link to a folder is not
            followed, so that a tree cannot lead outside itself or in a circle.
Standards:  Maildir and Maildir++ as their authors describe them.
Answers:    items in the order of their names, the same on every run. What cannot be opened comes as an item that says why.
Limits:     inside a Maildir only ``cur`` and ``new`` hold mail, the rest is the server's book-keeping. In other folders hidden
            files, lock files and editors' copies are no items.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from comity.model.mailbox import Condition, Item
from comity.outlets.mailboxes.mbox import begins_mbox, letters
from comity.outlets.mailboxes.opening import HEAD, Opening

_DEPTH: Final = 100
_NO_ITEM: Final = (".lock", "~", ".swp", ".tmp")
_PEEK: Final = 2048

Span = tuple[float, float]  # from where to where in the source something lies, 0 to 1


def from_path(path: Path, opening: Opening) -> Iterator[Item]:
    """Give the items of a file or folder."""
    return (
        _folder(path, (0.0, 1.0), _Walk(path, opening))
        if path.is_dir()
        else _file(path, (0.0, 1.0), _Walk(path, opening))
    )


def from_stream(opening: Opening) -> Iterator[Item]:
    """Give the items of standard input: an mbox, or one mail or file."""
    peeked = _Peeked(opening.stdin)
    if begins_mbox(peeked.head):
        for letter in letters(peeked, opening.cap):  # type: ignore[arg-type]  # only read, seekable and tell are called
            condition = Condition.WHOLE if letter.whole else Condition.TOO_LARGE
            name = f"-#{letter.offset}"
            yield Item(name=name, position=name, size=letter.size, data=letter.data, condition=condition)
        return
    kept, size = bytearray(), 0
    while piece := peeked.read(1 << 20):
        size += len(piece)
        if len(kept) <= opening.cap:
            kept += piece
    whole = size <= opening.cap
    condition = Condition.WHOLE if whole else Condition.TOO_LARGE
    yield Item(
        name="-", position="-", size=size, data=bytes(kept if whole else kept[:HEAD]), condition=condition, share=1.0
    )


class _Peeked:
    """A stream whose first bytes were looked at; it gives what is there without waiting for more.

    A read that waits until it is full would not notice Control-C while the pieces come in.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._some: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self.head = b""
        while len(self.head) < _PEEK and (piece := self._some(_PEEK - len(self.head))):
            self.head += piece
        self._rest = self.head

    def read(self, size: int) -> bytes:
        given, self._rest = self._rest[:size], self._rest[size:]
        return given or self._some(size)

    def seekable(self) -> bool:
        return False


class _Walk:
    """What stays the same while one source is walked through."""

    def __init__(self, root: Path, opening: Opening) -> None:
        self.opening = opening
        self._root = root
        self._without = {(found.st_dev, found.st_ino) for path in opening.without if (found := _stat(path)) is not None}

    def position(self, path: Path) -> str:
        """The path below the root, as text that any file can hold."""
        below = "." if path == self._root else str(path.relative_to(self._root))
        return os.fsencode(below).decode("utf-8", "backslashreplace")

    def is_ours(self, found: os.stat_result) -> bool:
        return (found.st_dev, found.st_ino) in self._without


def _folder(folder: Path, span: Span, walk: _Walk, *, depth: int = 0) -> Iterator[Item]:
    """Give the items of a folder: first the mails of a Maildir, then files and folders by name."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield _closed(folder, error.strerror or str(error), walk)
        return
    if depth > _DEPTH:
        yield _closed(folder, f"more than {_DEPTH} folders deep", walk)
        return
    maildir = _is_maildir(folder)
    inner: list[os.DirEntry[str] | None] = [None] if maildir else []  # None: the mails of this Maildir itself
    inner += [entry for entry in entries if _counts(entry, maildir)]
    for index, entry in enumerate(inner):
        part = _part(span, index, len(inner))
        if entry is None:
            yield from _maildir(folder, part, walk)
        elif entry.is_dir(follow_symlinks=False):
            yield from _folder(Path(entry.path), part, walk, depth=depth + 1)
        else:
            yield from _file(Path(entry.path), part, walk)


def _counts(entry: os.DirEntry[str], in_maildir: bool) -> bool:
    if entry.is_dir(follow_symlinks=False):
        if in_maildir and entry.name in ("cur", "new", "tmp"):
            return False
        return not entry.name.startswith(".") or _is_maildir(Path(entry.path))
    return not (in_maildir or entry.name.startswith(".") or entry.name.endswith(_NO_ITEM))


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _maildir(folder: Path, span: Span, walk: _Walk) -> Iterator[Item]:
    found: dict[str, Path] = {}
    for part in ("new", "cur"):
        try:
            found.update((path.name.partition(":2,")[0], path) for path in (folder / part).iterdir())
        except OSError as error:
            yield _closed(folder / part, error.strerror or str(error), walk)
    bases = sorted((base for base in found if not base.startswith(".")), key=os.fsencode)
    for index, base in enumerate(bases):
        part_span = _part(span, index, len(bases))
        for item in _file(found[base], part_span, walk):
            vanished = item.condition is Condition.CLOSED and not found[base].exists()
            # Another program reads this mailbox too: a mail moves from new to cur, or its flags change.
            moved = _moved(folder, base) if vanished else None
            for fresh in _file(moved, part_span, walk) if moved else (item,):
                yield replace(
                    fresh, position=f"{walk.position(folder)}/{walk.position(folder / base).rpartition('/')[2]}"
                )


def _moved(folder: Path, base: str) -> Path | None:
    return next((path for path in (folder / "cur").iterdir() if path.name.partition(":2,")[0] == base), None)


def _file(path: Path, span: Span, walk: _Walk) -> Iterator[Item]:
    """Give the items of one file: the mails of an mbox, else the file itself."""
    try:
        found = path.stat()
        if walk.is_ours(found):
            return
        if not stat.S_ISREG(found.st_mode):  # a pipe would hold the walk for ever, a device may do anything
            yield _closed(path, "not a regular file", walk)
            return
        with _open(path) as handle:
            if begins_mbox(handle.peek(_PEEK)[:_PEEK]):
                yield from _mails(path, handle, span=span, walk=walk)
            else:
                yield _one(path, handle, share=span[1], walk=walk)
    except OSError as error:
        yield _closed(path, error.strerror or str(error), walk)


def _open(path: Path) -> BufferedReader:
    """Open without a trace: mail programs take the time of the last access as "read by its owner"."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:  # only the owner of a file may ask for that
        descriptor = os.open(path, flags)
    return open(descriptor, "rb")  # noqa: PTH123  # pathlib opens no descriptors


def _mails(path: Path, handle: BinaryIO, *, span: Span, walk: _Walk) -> Iterator[Item]:
    place = walk.position(path)
    called = _called(path, place)
    size = max(os.fstat(handle.fileno()).st_size, 1)
    for letter in letters(handle, walk.opening.cap):
        yield Item(
            name=called if letter.offset == 0 else f"{called}#{letter.offset}",
            position=f"{place}#{letter.offset}",
            size=letter.size,
            data=letter.data,
            condition=Condition.WHOLE if letter.whole else Condition.TOO_LARGE,
            share=span[0] + (span[1] - span[0]) * min((letter.offset + letter.size) / size, 1.0),
        )


def _one(path: Path, handle: BinaryIO, *, share: float, walk: _Walk) -> Item:
    place, cap = walk.position(path), walk.opening.cap
    data = handle.read(cap + 1)
    if len(data) <= cap:
        return Item(name=_called(path, place), position=place, size=len(data), data=data, share=share)
    size = os.fstat(handle.fileno()).st_size
    return Item(
        name=_called(path, place),
        position=place,
        size=size,
        data=data[:HEAD],
        condition=Condition.TOO_LARGE,
        share=share,
    )


def _called(path: Path, place: str) -> str:
    return os.fsencode(path.name).decode("utf-8", "backslashreplace") if place == "." else place


def _closed(path: Path, why: str, walk: _Walk) -> Item:
    place = walk.position(path)
    return Item(name=_called(path, place), position=place, size=0, condition=Condition.CLOSED, detail=why)


def _part(span: Span, index: int, count: int) -> Span:
    width = (span[1] - span[0]) / count
    return span[0] + width * index, span[0] + width * (index + 1)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
