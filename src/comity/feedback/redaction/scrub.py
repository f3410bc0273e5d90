"""Take people out of a text, in whatever coding they stand in it.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 6590 section 2.
Answers:    ``Scrubber(people).clean(text)`` gives ``Cleaned(text, places, is_sure)``.
Limits:     four codings deep; the decoded text may be 40 times as long as the written one: beyond that ``is_sure`` is
            False and nothing of the text may be shown.

What can be written over in place is (percent, quoted-printable, entities ...); islands (base64, hexadecimal, encoded words) are
opened, written over inside, and closed again, so that an originator still can read what else it put there. What was cut into
pieces is written over in place.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from comity.feedback.redaction.codings.islands import Island, encoded_words, islands, runs
from comity.feedback.redaction.codings.layers import View, decoded, unfolded
from comity.feedback.redaction.codings.pieces import Reading, opened
from comity.feedback.redaction.glance import DEPTH, FIELDS, Glance
from comity.feedback.redaction.identity import Identity, Place, digests, squeezed

_ROUNDS: Final = 4
# Pieces are put together on the surface and two codings below it, because all prose is pieces of something.
_PIECES_DEPTH: Final = DEPTH - 3
_FEW_FIELDS: Final = 12
_GROWTH: Final = 40
_ALLOWANCE: Final = 400_000
_FIELD_FOLD: Final = re.compile(r"\r\n[ \t]+")
_HASH: Final = re.compile(r"[0-9a-f]{32,128}")
_CODED_HASH: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{22,86}")
_SHORTEST_HASH: Final = 22
_HEX_SIGNS: Final = frozenset({32, 40, 56, 64, 96, 128})  # md5, sha1, sha224, sha256, sha384, sha512
_BASE64_SIGNS: Final = frozenset({22, 27, 38, 43, 64, 86})  # the same in base64 without padding


class Cleaned(NamedTuple):
    """The text without the people, at how many places they stood, and whether all of it could be looked through."""

    text: str
    places: int
    is_sure: bool


class Scrubber:
    """Finds and replaces a few people; made once per message."""

    __slots__ = (
        "_barren",
        "_budget",
        "_digests",
        "_empty",
        "_exhausted",
        "_glance",
        "_people",
        "_wide",
    )

    def __init__(self, people: Sequence[Identity]) -> None:
        """``people``: whom to take out; who comes first is found first."""
        self._people = tuple(people)
        self._glance = Glance(self._people)
        self._digests: dict[int, dict[bytes, str]] = {}  # by size, made when something looks like a hash
        self._wide = not all(spelling.isascii() for each in people for spelling in each.spellings)
        self._empty: dict[str, int] = {}  # texts that hold nobody, and how deep that is known
        self._barren: dict[str, int] = {}  # the same of runs of base64: what they say when they are opened
        self._budget = 0
        self._exhausted = False

    def clean(self, text: str) -> Cleaned:
        """Give the text with every person replaced."""
        return self.clean_all([text], ())[0]

    def clean_all(self, fields: Sequence[str], beside: Sequence[str]) -> tuple[Cleaned, frozenset[int]]:
        """Give these fields as one text, parted by ``FIELDS``, with every person replaced; and which of those ``beside`` them
        name nobody.
        """
        text, every = FIELDS.join(fields), frozenset(range(len(beside)))
        if not self._people:
            return Cleaned(text, 0, True), every
        whole = FIELDS.join([*fields, *beside])
        self._begin(len(whole))
        if not self._glance.sees(whole, self._afford):
            return Cleaned(text, 0, not self._exhausted), frozenset() if self._exhausted else every
        self._begin(len(text))
        written, count = list(fields), 0
        named = self._named(fields)
        if named is None:
            text, count = self._without_people(text)
        for number in named or ():
            written[number], places = self._without_people(fields[number], is_seen=True)
            count += places
        cleaned = Cleaned(text if named is None else FIELDS.join(written), count, not self._exhausted)
        return cleaned, every.difference(self._naming(beside)) if cleaned.is_sure else frozenset()

    def _naming(self, beside: Sequence[str]) -> Sequence[int]:
        """Which of these values may name somebody; all of them where that is too much to look through."""
        self._begin(sum(map(len, beside)))
        named = self._named(beside)
        return range(len(beside)) if named is None or self._exhausted else named

    def _begin(self, size: int) -> None:
        self._budget = _GROWTH * size + _ALLOWANCE
        self._exhausted = False
        self._empty.clear()
        self._barren.clear()

    def _named(self, fields: Sequence[str]) -> list[int] | None:
        """Which fields may name somebody: those that do so plainly, and of the others by halves, but for those that do so in
        base64, which are looked at alone at once; None where they are so many that all fields are better searched at once.
        """
        found = [number for number, each in enumerate(fields) if self._glance.sees_plainly(each)]
        plain = set(found)
        others = [number for number in range(len(fields)) if number not in plain]
        alone = {number for number in others if self._glance.suspects(fields[number])}
        halves = [[number for number in others if number not in alone], *([number] for number in alone)]
        while halves:
            if len(found) > _FEW_FIELDS:
                return None
            half = halves.pop()
            if not half or not self._glance.sees(FIELDS.join([fields[number] for number in half]), self._afford):
                continue
            if len(half) == 1:
                found += half
            else:
                halves += (half[: len(half) // 2], half[len(half) // 2 :])
        return found

    def _without_people(self, text: str, *, is_seen: bool = False) -> tuple[str, int]:
        """One field without them, in which somebody was seen or not. What stands nearest to the surface goes first: most of what
        would be found deeper is the same again.
        """
        count = 0
        for depth in range(DEPTH + 1):
            if not is_seen and not self._glance.sees(text, self._afford):
                break
            text, places = self._settled(text, depth)
            count += places
            is_seen = not places
        return text, count

    def _afford(self, text: str) -> bool:
        self._budget -= len(text)
        self._exhausted = self._exhausted or self._budget < 0
        return not self._exhausted

    def _settled(self, text: str, depth: int) -> tuple[str, int]:
        """Write over what is found up to ``depth`` until nothing is found."""
        count = 0
        for _ in range(_ROUNDS):
            found = self._search(text, depth)
            # A field goes on behind its fold. A line of a body is looked at alone first: base64 at its end must not take
            # the next line with it.
            flat = unfolded(text) if depth and (not found or _FIELD_FOLD.search(text)) else None
            if flat is not None:
                found += _brought_back(flat, self._search(flat.text, depth))
            if not found:
                return text, count
            text, places = _written_over(text, found)
            count += places
        self._exhausted = True
        return text, count

    def _search(self, text: str, depth: int) -> list[Place]:
        """Every place in ``text`` that names somebody, in any coding up to ``depth``."""
        if self._empty.get(text, -1) >= depth or not self._afford(text):
            return []
        found = list(self._plain(text))
        if depth:
            found += self._coded(text, depth)
        if not found:
            self._empty[text] = depth
        return found

    def _coded(self, text: str, depth: int) -> list[Place]:
        found: list[Place] = []

        shortest = self._glance.shortest

        def barren(run: str) -> bool:
            if len(run) < shortest:
                return True
            known = self._barren.get(run, 0)
            if known < depth and self._glance.is_barren(run, is_last=depth == 1):
                known = self._barren[run] = 1 if depth == 1 else DEPTH
            return known >= depth

        news = [run for run in runs(text) if len(run) >= shortest and self._barren.get(run, -1) < depth]
        said = self._glance.opened(news)
        if said is None or (said and self._search(said, depth - 1)):
            found += self._inside(islands(text, barren, wide=self._wide), depth)
        else:
            self._barren.update((run, depth) for run in news)
        said = self._glance.joined(text) if depth > _PIECES_DEPTH else ""
        if said is None or (said and self._search(said, depth - 1)):
            for reading in opened(text):
                found += _brought_back(reading, self._search(reading.text, depth - 1))
        if "=?" in text:
            found += self._inside(encoded_words(text), depth)
        for view in decoded(text):
            found += _brought_back(view, self._search(view.text, depth - 1))
        return found

    def _inside(self, opened: Iterator[Island], depth: int) -> list[Place]:
        found: list[Place] = []
        for island in opened:
            places = self._search(island.text, depth - 1)
            if places:
                found.append(Place(island.start, island.end, island.close(_written_over(island.text, places)[0])))
        return found

    def _plain(self, text: str) -> Iterator[Place]:
        lower = text.lower()
        if len(lower) != len(text):  # one capital of Turkish becomes two signs
            lower = text.replace("\u0130", "i").lower()
        bare = squeezed(lower)
        for person in self._people:
            if person.stands_in(lower, bare):
                yield from person.places(lower)
        if len(text) < _SHORTEST_HASH:
            return
        for match in _HASH.finditer(lower):
            yield from self._hash(match, bytes.fromhex(match.group()) if len(match.group()) in _HEX_SIGNS else b"")
        for match in _CODED_HASH.finditer(text):
            yield from self._hash(match, _unbase64(match.group()) if len(match.group()) in _BASE64_SIGNS else b"")

    def _hash(self, match: re.Match[str], digest: bytes) -> Iterator[Place]:
        if not digest:
            return
        if len(digest) not in self._digests:
            self._digests[len(digest)] = digests(self._people, len(digest))
        instead = self._digests[len(digest)].get(digest)
        if instead is not None:
            yield Place(match.start(), match.end(), instead)


def _unbase64(written: str) -> bytes:
    return binascii.a2b_base64(written.replace("-", "+").replace("_", "/") + "=" * (-len(written) % 4))


def _brought_back(view: View | Reading, places: list[Place]) -> list[Place]:
    return [Place(*view.source(place.start, place.end), place.instead) for place in places if place.end > place.start]


def _written_over(text: str, places: list[Place]) -> tuple[str, int]:
    """Replace the places; of two that overlap, the one that begins first and reaches farthest is written, the other next round."""
    pieces: list[str] = []
    at = count = 0
    for place in sorted(places, key=lambda each: (each.start, -each.end)):
        if place.start >= at:
            pieces += (text[at : place.start], place.instead)
            at = place.end
            count += 1
    pieces.append(text[at:])
    return "".join(pieces), count
