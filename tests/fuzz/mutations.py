"""Two ways to change a seed: a little (what a careless host does) and a lot of one piece (what makes quadratic work show)."""

from random import Random

PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\n\n",
    b"\x00",
    b"\xff",
    b" ",
    b"\t",
    b":",
    b";",
    b'"',
    b"(",
    b")",
    b"<",
    b">",
    b"[",
    b"]",
    b"=",
    b"=?",
    b"?=",
    b"--",
    b"--b--\n",
    b",",
    b"|",
    b">" * 9,
    b"From ",
    b"Received: ",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"192.0.2.7",
    b"2001:db8::7",
    b"http://",
    b"a@b.example",
    b"=?gb2312?B?zbbL?=",
    "投诉".encode(),
    "投诉".encode("gb18030"),
    b"{",
    b"&#",
    b"\\u",
    b"%3d",
    b"Source-IP: 192.0.2.9\n",
    b"12:00:00 ",
    b"1.",
    b"a.",
    b"::",
    b"0",
    b"x-",
    b"- ",
    b"/",
    b"\\",
    b"'",
    b"=\n",
    b"+AEA-",
    b"~{",
)


def little(data: bytes, rng: Random) -> bytes:
    """Cut, doubled, swapped, or with a piece put in; up to four times."""
    for _ in range(rng.randrange(1, 5)):
        first, second = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        second = min(second, first + 200)
        match rng.randrange(4):
            case 0:
                data = data[:first] + data[second:]
            case 1:
                data = data[:second] + data[first:]
            case 2:
                data = data[:first] + rng.choice(PIECES) + data[first:]
            case _:
                data = data[:first] + bytes([rng.randrange(256)]) + data[first + 1 :]
    return data


def stretched(data: bytes, rng: Random, size: int) -> tuple[bytes, bytes]:
    """One piece of the seed (or a known one) repeated in place up to ``size`` bytes, and up to four times that."""
    at = rng.randrange(len(data) + 1)
    piece = rng.choice(PIECES) if rng.random() < 0.5 else data[at : at + rng.randrange(1, 60)] or b"("
    if rng.random() < 0.3:
        piece += rng.choice(PIECES)
    return tuple(data[:at] + piece * (length // len(piece) + 1) + data[at:] for length in (size, 4 * size))  # type: ignore[return-value]
