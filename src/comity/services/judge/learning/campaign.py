"""What the mails of one run have in common, as one short word: the same for all of them, another one for every other mail.

Trust:      the mail is a stranger's; nothing is raised. Whoever copies another's text and links makes the same word: it groups,
            it accuses nobody, and what is done on it alone ends by itself.
Standards:  the smallest of many hashed pieces are the same for two texts as often as their pieces are (Broder, 1997).
Answers:    ``fingerprint(data)``: 24 hexadecimal digits.
Limits:     the first 8,000 characters of the text. Words with digits or "@" in them differ from mail to mail and are left out; a
            text of fewer than ten words says too little, and the author's domain is added. A run that hides in random words has
            many fingerprints.
"""

import re
from hashlib import blake2b
from itertools import islice
from typing import Final
from zlib import crc32

from comity.cases.campaign import plain_subject
from comity.formats.domains import organisation_of
from comity.formats.mime import Part, decode_words, domain_of, first_address, scan
from comity.formats.plain_text import leaves, readable

DIGITS: Final = 24
_TEXT: Final = 8000
_MARKUP: Final = 60_000
_LINKS: Final = 50
_GREETING: Final = 4  # words at the beginning, where a name stands
_PIECE: Final = 4  # words
_SMALLEST: Final = 3
_FEW: Final = 10
# Han characters stand alone: Chinese has no spaces between words.
_WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]{2,40}")
_VARIES: Final = re.compile(r"\S*[@\d]\S*")
_LINK: Final = re.compile(r"https?://([A-Za-z0-9.-]{3,253})", re.IGNORECASE)


def fingerprint(data: bytes) -> str:
    """The word for the run that a mail belongs to.

    >>> text = b"Subject: Your parcel %d\\n\\nDear %s, your parcel waits at our store and will go back if you do not pay http://x.example/%d"
    >>> fingerprint(text % (1, b"Ann", 5)) == fingerprint(text % (2, b"Bob", 6))
    True
    """
    message = scan(data)
    subject = decode_words(message.headers.first("subject") or "")
    words = _WORD.findall(_VARIES.sub(" ", readable(message)[:_TEXT]).casefold())
    parts = [plain_subject(subject) or "", *_smallest(words), *_linked(message)]
    if len(words) < _FEW:
        parts.append(domain_of(first_address(message.headers.first("from") or "") or "") or "")
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(whole, digest_size=DIGITS // 2).hexdigest()


def _smallest(words: list[str]) -> list[str]:
    """The pieces with the smallest hashes: a few words that differ seldom change them."""
    words = words[_GREETING:] if len(words) > _FEW else words
    pieces = {" ".join(words[at : at + _PIECE]) for at in range(max(1, len(words) - _PIECE + 1))}
    return sorted(pieces, key=lambda piece: (crc32(piece.encode("utf-8", "surrogatepass")), piece))[:_SMALLEST]


def _linked(message: Part) -> list[str]:
    """The organisations that it links to."""
    found = set[str]()
    for leaf in leaves(message):
        if leaf.content_type.startswith(("text/", "multipart/")):
            hosts = (match[1] for match in islice(_LINK.finditer(leaf.text()[:_MARKUP]), _LINKS))
            found |= {organisation_of(host) or host.lower() for host in hosts}
    return sorted(found)[:_LINKS]
