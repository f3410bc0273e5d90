"""What a disk may hold when the power fails: out of a trace of strace, for each moment.

Trust:      a sync that returned put all earlier writes of its file on the disk. Of what was written since, each piece of 512 bytes
            is there or not, and in no order. A file that was deleted is gone for certain when its folder was synced.
Answers:    ``read_trace(lines)`` gives ``Act`` after act; ``Disk`` takes them in and gives, at any moment, files as they may lie
            there.
Limits:     the name of a file is on the disk when the file was synced for the first time: SQLite and the program sync the folder,
            too.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

SECTOR = 512
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_FILE = re.compile(r"^\d+<([^>]*)>")
_SYNCS = ("fsync", "fdatasync")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing done to a file, or said."""

    kind: str  # "write", "sync", "failed" (a sync), "cut", "gone", "said"; a sync without a file is that of the folder
    file: str
    at: int = 0
    data: bytes = b""


def read_trace(lines: Iterator[str]) -> Iterator[Act]:
    """The acts of a process of one thread, of ``strace -y -xx -s 100000``."""
    for line in lines:
        found = _CALL.match(line)
        if found is None:
            continue
        name, words = found[1], found[2]
        if int(found[3]) < 0 and name not in _SYNCS:
            continue
        named = _FILE.match(words)
        file = "" if named is None else _plain(named[1]).decode().rpartition("/")[2]
        if name == "pwrite64":
            at = int(words.rpartition(", ")[2], 0)
            yield Act(kind="write", file=file, at=at, data=_only(words))
        elif name in _SYNCS:
            yield Act(kind="failed" if int(found[3]) < 0 else "sync", file=file if "." in file else "")
        elif name == "unlink":
            yield Act(kind="gone", file=_only(words).decode().rpartition("/")[2])
        elif name == "ftruncate":
            yield Act(kind="cut", file=file, at=int(words.rpartition(", ")[2], 0))
        elif name == "write" and words.startswith("1<"):
            yield Act(kind="said", file="", data=_only(words))


def _only(words: str) -> bytes:
    found = _TEXT.search(words)
    return b"" if found is None else _plain(found[1])


def _plain(text: str) -> bytes:
    return bytes(ast.literal_eval(f'b"{text}"'))


@dataclass
class Disk:
    """What is certainly on a disk, and what is only on its way."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    underway: dict[str, list[Act]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)  # and the folder was not synced since

    def take(self, act: Act) -> None:
        """One act more."""
        if act.kind in ("write", "cut"):
            self.underway.setdefault(act.file, []).append(act)
            self.deleted.discard(act.file)
        elif act.kind == "gone":
            self.deleted.add(act.file)
        elif act.kind == "sync" and not act.file:
            for file in self.deleted:
                self.safe.pop(file, None)
                self.underway.pop(file, None)
            self.deleted.clear()
        elif act.kind == "sync" and act.file in self.underway:
            content = self.safe.setdefault(act.file, bytearray())
            for each in self.underway.pop(act.file):
                _apply(content, each)

    def forget(self, act: Act, chance: Random) -> None:
        """A sync that failed: of what was written some pieces are on the disk, and the system tries the others never again."""
        if act.file not in self.underway:
            return
        content, share = self.safe.setdefault(act.file, bytearray()), chance.choice((0.0, 0.5))
        for each in self.underway.pop(act.file):
            for piece in _pieces(each):
                if chance.random() < share:
                    _apply(content, piece)

    def after_a_cut(self, chance: Random) -> dict[str, bytes]:
        """The files as they may be found."""
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        found = {file: bytearray(content) for file, content in self.safe.items()}
        for file, acts in self.underway.items():
            if file not in found and chance.random() >= share:
                continue
            content = found.setdefault(file, bytearray())
            last = chance.randrange(len(acts) + 1) if chance.random() < 0.5 else len(acts)
            for each in acts[:last]:
                for piece in _pieces(each):
                    if chance.random() < share:
                        _apply(content, piece)
        stays = [file for file in found if file not in self.deleted or chance.random() >= share]
        return {file: bytes(found[file]) for file in stays}


def _pieces(act: Act) -> Iterator[Act]:
    """The sectors that a write touches."""
    if act.kind != "write":
        yield act
        return
    start = 0
    while start < len(act.data):
        end = min(start + SECTOR - (act.at + start) % SECTOR, len(act.data))
        yield Act(kind="write", file=act.file, at=act.at + start, data=act.data[start:end])
        start = end


def _apply(content: bytearray, act: Act) -> None:
    if act.kind == "cut":
        del content[act.at :]
        content.extend(bytes(act.at - len(content)))
        return
    content.extend(bytes(max(act.at - len(content), 0)))
    content[act.at : act.at + len(act.data)] = act.data
