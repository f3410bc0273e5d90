"""Archives: what is in them, and what they must not do to us."""

import gzip
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import archives


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def codes(unpacked: archives.Unpacked) -> list[str]:
    """The codes of all findings."""
    return [note.code for note in unpacked.findings]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_gives_its_files(method: int) -> None:
    """Stored or deflated."""
    unpacked = archives.unpack(zipped(("a.csv", b"ip\n"), ("b/c.csv", b"x" * 5000), method=method))
    assert [(member.name, member.data) for member in unpacked.members] == [("a.csv", b"ip\n"), ("c.csv", b"x" * 5000)]
    assert unpacked.findings == ()


def test_a_gzip_gives_its_content_under_its_own_name() -> None:
    """Several members that follow each other are one file (RFC 1952 section 2.2)."""
    unpacked = archives.unpack(gzip.compress(b"ip\n") + gzip.compress(b"192.0.2.7\n") + b"padding", "t.csv.gz")
    assert [(member.name, member.data) for member in unpacked.members] == [("t.csv", b"ip\n192.0.2.7\n")]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "C:\\etc\\passwd", "\u202epasswd"]
)
def test_a_name_is_a_label(name: str) -> None:
    """It leads nowhere, and is shown as it would be saved by a person."""
    assert archives.unpack(zipped((name, b"x"))).members[0].name == "passwd"


@pytest.mark.parametrize("pack", [lambda data: zipped(("a", data)), gzip.compress])
def test_a_bomb_is_not_blown_up(pack, hang_guard: None) -> None:  # type: ignore[no-untyped-def]
    """A thousand to one is more than any list of addresses shrinks."""
    unpacked = archives.unpack(pack(bytes(100 << 20)))
    assert (unpacked.members, codes(unpacked)) == ((), ["archive-limit"])


def test_many_small_files_share_one_limit() -> None:
    """Each is harmless alone; what they unfold to together is capped."""
    lines = b"".join(b"192.0.2.%d,%d\n" % (number % 250, number * 7919) for number in range(100_000))
    unpacked = archives.unpack(zipped(*((f"{number}.csv", lines) for number in range(60))))
    assert sum(len(member.data) for member in unpacked.members) <= archives.TOTAL_LIMIT
    assert codes(unpacked) == ["archive-limit"]


def test_a_million_members_are_not_listed(hang_guard: None) -> None:
    """The directory is read entry by entry, and only as far as the limit."""
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(local), 0)
    unpacked = archives.unpack(local + directory + end)
    assert len(unpacked.members) == archives.MEMBER_LIMIT
    assert codes(unpacked) == ["archive-limit"]


def test_members_that_share_their_bytes_cost_nothing(hang_guard: None) -> None:
    """A thousand entries that point at one place are read, each within the common limit."""
    packed = zlib.compressobj(9, wbits=-15)
    body = packed.compress(b"ip\n") + packed.flush() + bytes(30 << 20)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, zlib.crc32(b"ip\n"), 0, 0, 1, 0) + b"a"
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(b"ip\n"), len(body), 3, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"a") * 1000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), len(local) + len(body), 0)
    unpacked = archives.unpack(local + body + directory + end)
    assert len(unpacked.members) == 1000


def test_one_archive_in_another_is_unpacked_and_no_more() -> None:
    """A mail gateway wraps once; a quine wraps for ever."""
    once = zipped(("a.zip", zipped(("t.csv", b"ip\n"))), ("b.csv.gz", gzip.compress(b"x")))
    assert [member.name for member in archives.unpack(once).members] == ["t.csv", "b.csv"]
    assert codes(archives.unpack(zipped(("o.zip", once)))) == ["archive-nested", "archive-nested"]


def test_an_encrypted_member_is_named_and_left() -> None:
    """The others are read."""
    data = bytearray(zipped(("a.csv", b"ip\n"), ("b.csv", b"x")))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    unpacked = archives.unpack(bytes(data))
    assert [member.name for member in unpacked.members] == ["b.csv"]
    assert [(note.code, note.where) for note in unpacked.findings] == [("archive-encrypted", "a.csv")]


def test_a_way_of_packing_we_do_not_unpack_is_named() -> None:
    """The method's number stands beside it."""
    unpacked = archives.unpack(zipped(("a.csv", b"ip\n"), method=zipfile.ZIP_BZIP2))
    assert [(note.code, note.detail) for note in unpacked.findings] == [("archive-unsupported", "method 12")]


def test_a_damaged_checksum_is_told_and_the_file_read() -> None:
    """A person can judge it."""
    data = zipped(("a.csv", b"ip\n"), method=zipfile.ZIP_STORED).replace(b"ip\n", b"ix\n")
    unpacked = archives.unpack(data)
    assert (unpacked.members[0].data, codes(unpacked)) == (b"ix\n", ["archive-damaged"])


def test_an_archive_that_breaks_off_is_told() -> None:
    """A zip without its directory, a gzip without its end."""
    assert codes(archives.unpack(zipped(("a.csv", b"ip\n" * 50))[:60])) == ["archive-damaged"]
    assert codes(archives.unpack(gzip.compress(bytes(range(256)))[:40])) == ["archive-damaged"]


def test_what_stands_before_the_archive_does_not_matter() -> None:
    """Self-unpacking archives begin with a program; we only look at what begins like an archive."""
    assert archives.kind(b"MZ...") is None
    assert codes(archives.unpack(b"MZ")) == ["archive-unsupported"]


_ARCHIVES = [zipped(("a.csv", b"ip\n" * 20), ("b.csv", b"x")), gzip.compress(b"ip\n" * 20)]


@given(
    st.sampled_from(_ARCHIVES),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_any_damage_is_answered(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    """Nothing is raised, whichever bytes were hit."""
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    archives.unpack(bytes(damaged))
    archives.unpack(bytes(damaged[: cut % (len(damaged) + 1)]))


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Also those that begin like an archive."""
    for head in (b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"PK\x05\x06"):
        archives.unpack(head + data)
