"""Who says it: the source of each item of a batch, and whether a playbook may act on it.

Trust:      a source is believed when it proved who it is and a person trusts it; a network with an agreement is, by that agreement.
Answers:    ``Sources(naming).of(batch, exchanges, rows, now)`` gives ``Heard``; ``count(done, heard, rows, now)`` adds up what came
            of it.
Limits:     a few questions a batch. Of sources without proof ``MOST_UNPROVEN`` are known by name; the others share one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from comity.cases.sources.naming import Naming, Told
from comity.model.source import Hour, Proof, SeenSource, Source, Trust
from comity.services.receive.prepare import Prepared
from comity.services.receive.rows import Exchange
from comity.services.receive.sources.rows import SourceRows

MOST_UNPROVEN: Final = 500
MOST_SELECTORS: Final = 20
_SIGNED: Final = 2
_STRENGTHS: Final = {Proof.PEER.value: _SIGNED, Proof.LOOP.value: _SIGNED, Proof.TOKEN.value: 1}
OTHERS: Final = "mail:others"
_NOTHING_NEW: Final = frozenset({"again"})
_UNREAD: Final = frozenset({"shunted"})
_OF_A_LOOP: Final = frozenset({"stored", "letter"})  # from whom reports are promised, these are no reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The sources of a batch by the digest of each item, and the names of those that a playbook may act on."""

    by_digest: Mapping[bytes, SeenSource]
    acting: frozenset[str]

    def name(self, digest: bytes) -> str | None:
        """The source of an item."""
        seen = self.by_digest.get(digest)
        return None if seen is None else seen.name

    def acts(self, digest: bytes) -> bool:
        """Whether a playbook may act on it."""
        return self.name(digest) in self.acting


NOBODY_HEARD: Final = Heard(by_digest={}, acting=frozenset())


class Sources:
    """Knows who says it."""

    def __init__(self, naming: Naming | None = None) -> None:
        self._naming = naming or Naming()

    def of(
        self, batch: Sequence[Prepared], exchanges: Mapping[bytes, Exchange], rows: SourceRows, *, now: datetime
    ) -> Heard:
        """Who says what; sources that were not known are entered, on trial."""
        seen = {each.digest: self._seen(each, exchanges.get(each.digest)) for each in batch if each.facts is not None}
        known = dict(rows.of({each.name for each in seen.values()}))
        fresh = {each.name: each for each in seen.values() if each.name not in known}
        room = MOST_UNPROVEN - rows.unproven() if any(each.proof is Proof.NONE for each in fresh.values()) else 0
        for name, each in list(fresh.items()):
            if each.proof is Proof.NONE and (room := room - 1) < 0:
                del fresh[name]
        others = SeenSource(name=OTHERS, proof=Proof.NONE)
        for digest, each in seen.items():
            if each.name not in known and each.name not in fresh:
                seen[digest] = others
        if others in seen.values() and OTHERS not in rows.of([OTHERS]):
            fresh[OTHERS] = others
        new = {name: _entered(each, now) for name, each in fresh.items()}
        rows.add(list(new.values()))
        self._note_keys(seen.values(), {**known, **new}, rows)
        acting = frozenset(name for name, each in {**known, **new}.items() if each.acts)
        return Heard(by_digest=seen, acting=acting)

    def count(self, done: Iterable[tuple[Prepared, Any]], heard: Heard, rows: SourceRows, *, now: datetime) -> None:
        """Add up what came of it, by the hour in which it arrived."""
        counts: dict[str, list[int]] = {}
        for prepared, became in done:
            seen = heard.by_digest.get(prepared.digest)
            if seen is None or became.fate.value in _NOTHING_NEW:
                continue
            fate = became.fate.value
            count = counts.setdefault(seen.name, [0, 0, 0, 0])
            count[0] += 1
            count[1] += became.reports - became.repeats
            count[2] += became.unmatched
            count[3] += fate in _UNREAD or (seen.proof is Proof.LOOP and fate in _OF_A_LOOP)
        at = now.replace(minute=0, second=0, microsecond=0)
        hours = {
            name: Hour(at=at, items=items, reports=reports, unmatched=unmatched, unread=unread)
            for name, (items, reports, unmatched, unread) in counts.items()
        }
        rows.count(hours, now)

    def _note_keys(self, seen: Iterable[SeenSource], known: Mapping[str, Source], rows: SourceRows) -> None:
        """Selectors that a source did not sign with before."""
        fresh: dict[str, dict[str, None]] = {}
        for each in seen:
            if each.selector and each.selector not in known[each.name].selectors:
                fresh.setdefault(each.name, {})[each.selector] = None
        for name, selectors in fresh.items():
            rows.signed_with(name, (*known[name].selectors, *selectors)[-MOST_SELECTORS:])

    def _seen(self, prepared: Prepared, exchange: Exchange | None) -> SeenSource:
        submission, facts = prepared.delivery.submission, prepared.facts
        return self._naming.of(
            Told(
                header_from=facts.carried_from if facts else None,
                signed_by={domain: key.selector for domain, key in prepared.seen_keys.items()},
                peer=exchange.peer if exchange else None,
                token=submission.token_id if submission else None,
                author=prepared.author,
            )
        )


def strength_of(name: str | None) -> int:
    """How surely a source of this name said it: 2 where it signed what it said, 1 where it has a token, 0 where it showed nothing.

    A program with a token may hand over what strangers wrote.

    >>> strength_of("loop:jmrp"), strength_of("token:4a1f"), strength_of("mail:west.example"), strength_of(None)
    (2, 1, 0, 0)
    """
    return _STRENGTHS.get((name or "").partition(":")[0], 0)


def who_of(source: str | None, peer: str | None) -> str | None:
    """Who said it: the peer whose ledger it goes into, whatever From: says, else the source."""
    return source if peer is None else f"{Proof.PEER.value}:{peer}"


def signer_of(name: str | None) -> str | None:
    """The source of this name, where it signed what it said: nobody else says anything in its name."""
    return name if strength_of(name) == _SIGNED else None


def _entered(seen: SeenSource, now: datetime) -> Source:
    trust = Trust.TRUSTED if seen.proof is Proof.PEER else Trust.TRIAL
    return Source(name=seen.name, proof=seen.proof, trust=trust, first=now, last=now)
