"""Unpack zip and gzip from a stranger without being blown up.

Trust:      input is a stranger's bytes; a member's name is a label and never a path; nothing touches a disk.
Standards:  PKWARE APPNOTE 6.3 (zip: stored and deflated members, zip64 counts), RFC 1952 (gzip), RFC 1951 (deflate).
Answers:    ``unpack(data, name)``: the members that could be read, and findings for what could not; nothing is raised.
Limits:     1,000 members and 64 MiB in all; beyond the first MiB a member may be at most 200 times its packed size; an archive
            in an archive is unpacked once, not twice. Encrypted members are named and left.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from comity.formats.mime.charsets import decode
from comity.model.findings import Finding, finding

MEMBER_LIMIT: Final = 1_000
TOTAL_LIMIT: Final = 64 << 20
RATIO_LIMIT: Final = 200
RATIO_FREE: Final = 1 << 20  # small files of one repeated line may shrink to anything
NESTING_LIMIT: Final = 1
_CHUNK: Final = 1 << 16
_END: Final = b"PK\x05\x06"
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_END_SEARCH: Final = 65_557  # the end record and the longest comment behind it
_ENCRYPTED: Final = 0x2041  # encrypted, strongly encrypted, or its directory is
_UTF8: Final = 0x800
_ZIP64: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One unpacked file. ``name`` is its last path component, for people."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """All that could be unpacked, and what was remarked."""

    members: tuple[Member, ...] = ()
    findings: tuple[Finding, ...] = ()


class _RefusedError(Exception):
    """Why one member is left packed; never leaves this module."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class _Budget:
    """What is left for one input, however deep its archives are nested."""

    def __init__(self) -> None:
        self.bytes = TOTAL_LIMIT
        self.members = MEMBER_LIMIT
        self.findings: list[Finding] = []

    def note(self, code: str, where: str | None, detail: str | None = None) -> None:
        if len(self.findings) < 20:
            self.findings.append(finding(code, where[:100] if where else None, detail))


def kind(data: bytes) -> str | None:
    """Tell an archive by its first bytes.

    >>> kind(b"PK\\x03\\x04..."), kind(b"\\x1f\\x8b\\x08..."), kind(b"ip,time")
    ('zip', 'gzip', None)
    """
    if data[:2] == b"PK":
        return "zip" if data[:4] in {b"PK\x03\x04", _END} else None
    return "gzip" if data[:3] == b"\x1f\x8b\x08" else None


def unpack(data: bytes, name: str | None = None) -> Unpacked:
    """Unpack one archive; ``name`` is what it was called.

    >>> import gzip
    >>> unpack(gzip.compress(b"ip"), "a.csv.gz").members
    (Member(name='a.csv', data=b'ip'),)
    """
    budget = _Budget()
    members = tuple(_members(data, label(name), budget))
    return Unpacked(members=members, findings=tuple(budget.findings))


def label(name: str | None) -> str:
    """What a file is called, without where it wanted to be put.

    >>> label("../../etc/passwd"), label("C:\\\\x\\\\report.csv"), label("")
    ('passwd', 'report.csv', 'unnamed')
    """
    last = (name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = "".join(sign for sign in last if sign.isprintable())[:200].strip()
    return clean if clean not in {"", ".", ".."} else "unnamed"


def _members(data: bytes, name: str, budget: _Budget, *, depth: int = 0) -> Iterator[Member]:
    archive = kind(data)
    if archive is None:
        budget.note("archive-unsupported", name)
        return
    for member in _zip(data, name, budget) if archive == "zip" else _gzip(data, name, budget):
        if kind(member.data) is None:
            yield member
        elif depth < NESTING_LIMIT:
            yield from _members(member.data, member.name, budget, depth=depth + 1)
        else:
            budget.note("archive-nested", member.name)


# -- gzip


def _gzip(data: bytes, name: str, budget: _Budget) -> Iterator[Member]:
    stripped = name[:-3] if name.lower().endswith(".gz") else name
    pieces: list[bytes] = []
    at = 0
    try:
        while data[at : at + 3] == b"\x1f\x8b\x08":  # RFC 1952 section 2.2: members may follow each other
            piece, at = _inflate(data, (at, len(data)), 31, budget=budget)
            pieces.append(piece)
            budget.members -= 1
            if budget.members < 0:
                raise _RefusedError("archive-limit", str(MEMBER_LIMIT))
    except _RefusedError as no:
        budget.note(no.code, stripped, no.detail)
        if no.code != "archive-damaged":
            return
    if pieces:
        yield Member(name=label(stripped), data=b"".join(pieces))


def _inflate(data: bytes, span: tuple[int, int], window: int, *, budget: _Budget) -> tuple[bytes, int]:
    """Inflate one stream that begins in ``span``: its bytes, and where it ends. The budget bounds the memory."""
    inflater = zlib.decompressobj(window)
    pieces: list[bytes] = []
    begin, end = span
    size, at = 0, begin
    while not inflater.eof:
        packed = inflater.unconsumed_tail
        if not packed:
            if at >= end:
                raise _RefusedError("archive-damaged", "ends early")
            packed = data[at : min(at + _CHUNK, end)]
            at += len(packed)
        try:
            piece = inflater.decompress(packed, 1 << 20)
        except zlib.error:
            raise _RefusedError("archive-damaged", "cannot be inflated") from None
        size += len(piece)
        if size > budget.bytes:
            raise _RefusedError("archive-limit", str(TOTAL_LIMIT))
        if size > RATIO_FREE and size > RATIO_LIMIT * (at - begin):
            raise _RefusedError("archive-limit", f"{RATIO_LIMIT}:1")
        pieces.append(piece)
    budget.bytes -= size
    return b"".join(pieces), at - len(inflater.unused_data)


# -- zip


def _zip(data: bytes, name: str, budget: _Budget) -> Iterator[Member]:
    at, count = _directory(data)
    if at is None:
        budget.note("archive-damaged", name, "no directory")
        return
    for _ in range(count):
        if at + _CENTRAL.size > len(data):
            budget.note("archive-damaged", name, "directory ends early")
            return
        entry = _CENTRAL.unpack_from(data, at)
        if entry[0] != b"PK\x01\x02":
            budget.note("archive-damaged", name, "directory")
            return
        budget.members -= 1
        if budget.members < 0:
            budget.note("archive-limit", name, str(count))
            return
        raw = data[at + _CENTRAL.size : at + _CENTRAL.size + entry[10]]
        at += _CENTRAL.size + entry[10] + entry[11] + entry[12]
        if raw.endswith(b"/"):
            continue
        shown = label(raw.decode("utf-8", "replace") if entry[3] & _UTF8 else decode(raw, None)[0])
        try:
            yield Member(name=shown, data=_member(data, entry, budget))
        except _RefusedError as no:
            budget.note(no.code, shown, no.detail)
            if budget.bytes <= 0 or no.detail == str(TOTAL_LIMIT):
                return


def _directory(data: bytes) -> tuple[int | None, int]:
    """Where the central directory begins, and how many entries it says it has."""
    at = data.rfind(_END, max(0, len(data) - _END_SEARCH))
    if at < 0 or at + _END_RECORD.size > len(data):
        return None, 0
    _, _, _, _, count, size, offset, _ = _END_RECORD.unpack_from(data, at)
    if offset + size > at or data[offset : offset + 4] != b"PK\x01\x02":
        offset = at - size  # something stands before the archive, or its numbers are those of zip64
    if offset < 0 or (count and data[offset : offset + 4] != b"PK\x01\x02"):
        return None, 0
    return offset, count if count != 0xFFFF else MEMBER_LIMIT + 1


def _member(data: bytes, entry: tuple[bytes, ...] | tuple[int, ...], budget: _Budget) -> bytes:
    flags, method, checksum, packed = int(entry[3]), int(entry[4]), int(entry[7]), int(entry[8])
    if flags & _ENCRYPTED:
        raise _RefusedError("archive-encrypted")
    if method not in {0, 8}:
        raise _RefusedError("archive-unsupported", f"method {method}")
    at = int(entry[16])
    if at + _LOCAL.size > len(data) or data[at : at + 4] != b"PK\x03\x04":
        raise _RefusedError("archive-damaged", "no such member")
    local = _LOCAL.unpack_from(data, at)
    begin = at + _LOCAL.size + local[9] + local[10]
    end = min(begin + packed, len(data)) if packed != _ZIP64 else len(data)
    if method == 0:
        if end - begin > budget.bytes:
            raise _RefusedError("archive-limit", str(TOTAL_LIMIT))
        body = data[begin:end]
        budget.bytes -= len(body)
    else:
        body, _ = _inflate(data, (begin, end), -15, budget=budget)
    if zlib.crc32(body) != checksum:
        budget.note("archive-damaged", None, "checksum")  # read all the same: a person can judge it
    return body
