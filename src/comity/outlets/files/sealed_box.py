"""Close a mail so that only whoever holds the private key can look at it; find out which mails must be closed.

Trust:      the private key is the named role's, on a medium of its own: this program closes boxes and cannot open them. The list of
            hashes, and the command, are the operator's.
Standards:  X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439): a key of its own for every box. Hashes are
            SHA-256 of a part with its transfer encoding undone.
Answers:    ``make_keys(public, private)``; ``BoxMaker(public).close(data, ...)`` and ``open_box(box, digest, private)``;
            ``HashList.read(paths)``; ``Hook(...)`` gives a ``SealedBox`` where a part is known, else None, or the
            name of the reason why it cannot say.
Limits:     parts of mails, messages within messages too; not what lies in archives. Pictures that differ in one bit have another
            hash: for likeness, the command is given each part and says what it is.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from zlib import compress, decompressobj
from zlib import error as zlib_error

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from comity.formats.mime import Part, scan
from comity.model.outcomes import ComityError, Outcome
from comity.model.sealed import SealedBox
from comity.outlets.programs import bounded
from comity.outlets.secret_file import get, put

_KEY: Final = 32
_NONCE: Final = bytes(12)  # each box has a key of its own
_ABOUT: Final = b"comity sealed 1"
_PEM_LIMIT: Final = 1 << 14
_COMMAND_SECONDS: Final = 5.0
_KNOWN, _UNKNOWN = 0, 1
CANNOT_SAY: Final = "sealed-hook"  # why the mail is put aside, unseen
_SAID: Final = frozenset({"text/plain", "text/html"})


def make_keys(public: Path, private: Path) -> str:
    """Make a pair of keys where there is none; the id of the public one."""
    key = X25519PrivateKey.generate()
    text = key.public_key().public_bytes_raw().hex()
    if public.exists():
        raise _wrong("sealed-key-there", public)
    try:
        put(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except FileExistsError:
        raise _wrong("sealed-key-there", private) from None
    public.write_text(f"{text}\n", encoding="ascii")
    return _key_id(bytes.fromhex(text))


@dataclass(frozen=True, slots=True)
class BoxMaker:
    """Closes boxes."""

    public: bytes

    @classmethod
    def read(cls, path: Path) -> "BoxMaker":
        """With the public key in a file."""
        try:
            public = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            raise _wrong("sealed-key-missing", path) from None
        except ValueError:
            public = b""
        if len(public) != _KEY:
            raise _wrong("sealed-key-malformed", path)
        return cls(public)

    def close(self, data: bytes, *, sort: str, matched: Sequence[str] = ()) -> SealedBox:
        """A box with these bytes in it."""
        once = X25519PrivateKey.generate()
        ours = once.public_key().public_bytes_raw()
        shared = once.exchange(X25519PublicKey.from_public_bytes(self.public))
        closed = ChaCha20Poly1305(_derived(shared, ours, self.public)).encrypt(
            _NONCE, compress(data, 1), sha256(data).digest()
        )
        return SealedBox(data=ours + closed, key_id=_key_id(self.public), sort=sort, matched=tuple(matched))


def open_box(box: SealedBox, digest: str, size: int, *, private: Path) -> bytes:
    """The bytes in a box; a key that is another one, or a box that was changed, is an error."""
    try:
        key = load_pem_private_key(get(private, _PEM_LIMIT), None)
    except (ValueError, TypeError):
        raise _wrong("sealed-key-malformed", private) from None
    if not isinstance(key, X25519PrivateKey):
        raise _wrong("sealed-key-malformed", private)
    public = key.public_key().public_bytes_raw()
    ours, closed = box.data[:_KEY], box.data[_KEY:]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(ours))
        packed = ChaCha20Poly1305(_derived(shared, ours, public)).decrypt(_NONCE, closed, bytes.fromhex(digest))
        # Whoever writes the database has the public key, too, and can make boxes: what is in one must be what was sealed.
        data = decompressobj().decompress(packed, size + 1)
    except (InvalidTag, ValueError, zlib_error):
        raise _wrong("sealed-key-other", private) from None
    if len(data) != size or sha256(data).hexdigest() != digest:
        raise _wrong("sealed-key-other", private)
    return data


def _derived(shared: bytes, ours: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, None, _ABOUT + ours + public).derive(shared)


def _key_id(public: bytes) -> str:
    return sha256(public).hexdigest()[:16]


class HashList:
    """Many hashes in one piece of memory: a million are 32 MB."""

    def __init__(self, hashes: Iterator[bytes]) -> None:
        self._sorted = b"".join(sorted(set(hashes)))

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "HashList":
        """Out of files: SHA-256 in hexadecimal at the start of each line, "#" begins a remark."""
        return cls(each for path in paths for each in _hashes(path))

    def __len__(self) -> int:
        """How many."""
        return len(self._sorted) // _KEY

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, bytes):
            return False
        at = bisect_left(range(len(self)), digest, key=self._at)
        return at < len(self) and self._at(at) == digest

    def _at(self, place: int) -> bytes:
        return self._sorted[place * _KEY : (place + 1) * _KEY]


def _hashes(path: Path) -> Iterator[bytes]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        said = line.partition("#")[0].strip()
        first = said.replace(",", " ").replace(";", " ").replace("\t", " ").split(" ")[0].strip('"')
        if not said or (number == 1 and first.lower() in ("sha256", "sha-256", "hash")):
            continue
        try:
            found = bytes.fromhex(first)
        except ValueError:
            found = b""
        if len(found) != _KEY:
            raise ComityError(
                "sealed-hash", f"{path}:{number}", outcome=Outcome.CONFIGURATION, place=f"{path}:{number}"
            )
        yield found


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Knows which mails must be closed."""

    maker: BoxMaker
    known: HashList
    command: tuple[str, ...] = ()

    def __call__(self, data: bytes) -> SealedBox | str | None:
        """The mail in a box where one of its parts is known; ``CANNOT_SAY`` where the command could not."""
        found: list[str] = []
        sort = "list"
        for part in scan(data).walk():
            if not _is_looked_at(part):
                continue
            content = part.content()
            digest = sha256(content).digest()
            if digest in self.known:
                found.append(digest.hex())
            elif self.command:
                known = self._asked(content)
                if known is None:
                    return CANNOT_SAY
                if known:
                    found.append(digest.hex())
                    sort = "command"
        return self.maker.close(data, sort=sort, matched=found) if found else None

    def _asked(self, content: bytes) -> bool | None:
        """What the command says of a part; None where it cannot say."""
        try:
            ended = bounded.run(self.command, content, _COMMAND_SECONDS)
        except (OSError, ValueError):
            return None
        return {_KNOWN: True, _UNKNOWN: False, None: None}.get(ended.status)


def _is_looked_at(part: Part) -> bool:
    """Attachments and pictures: all that is not the text of the mail, and holds no parts of its own."""
    if part.children:
        return False
    return part.content_type not in _SAID or part.disposition == "attachment" or part.filename is not None


def _wrong(code: str, path: Path) -> ComityError:
    return ComityError(code, f"{code}: {path}", outcome=Outcome.CONFIGURATION, place=str(path))
