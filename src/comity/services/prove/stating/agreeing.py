"""Make a statement out of our ledger; join and sign one that the other side made.

Trust:      a file of the other side's is checked like a stranger's before anything of ours goes into it. We sign nothing that our
            own ledger does not say: our part in it must be what our ledger gives; where theirs differs, the difference is printed.
Answers:    ``Stating.make(rows, peer, period, now)`` gives the draft; ``examine(rows, data, keys)`` counts again and gives what we
            would sign; ``sign(rows, data, now, ...)`` gives ``Signing``. ``DisagreedError`` names the numbers.
Limits:     that we signed stands in the ledger, in our direction to the peer; of periods that overlap only one is signed, because
            their numbers could be subtracted from each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.statement import canonical
from comity.ledger import leaf, note
from comity.model import period as periods
from comity.model.joint_statement import Disagreement
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period
from comity.services.prove.closing import CloseTerms
from comity.services.prove.leaves.examining import examine_copies
from comity.services.prove.stating import baselines, making
from comity.services.prove.stating.checking import Checked, check
from comity.services.prove.stating.evidence import EvidenceTransaction, HeadRows, OneDirection, ProofRows, evidence
from comity.services.prove.writing import Event, LedgerRows, Scribe

_TOLD: Final = 20


class StatingLedger(LedgerRows, ProofRows, Protocol):
    """The ledger, to read and to write."""


class StatingTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def ledger(self) -> StatingLedger:
        """The ledger."""

    @property
    def closes(self) -> HeadRows:
        """Closes and heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Who we are."""

    domain: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What became of signing: the file, whether our evidence was added, and numbers that differ."""

    data: bytes
    joined: bool
    differences: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]  # whose signature is still to come


@dataclass(frozen=True, slots=True)
class MeasuredFor:
    """For which statement something is measured, and as it was known when."""

    peer: str
    period: Period
    made: datetime


class DisagreedError(ComityError):
    """Two ledgers do not say the same of these numbers."""

    def __init__(self, code: str, message: str, numbers: Sequence[Disagreement], *, place: str | None = None) -> None:
        told = "; ".join(
            f"{each.number}: {', '.join(f'{side} {value}' for side, value in each.values.items())}"
            for each in numbers[:_TOLD]
        )
        details = {"n": len(numbers), "differences": told, "cells": told}
        super().__init__(code, message, outcome=Outcome.BAD_INPUT, place=place, details=details)
        self.numbers = tuple(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What we would sign: the statement with our evidence in it, and the note over it where the bytes are the same as theirs."""

    statement: Mapping[str, Any]
    note_text: str | None
    joined: bool
    peer: str
    period: Period

    @property
    def differences(self) -> tuple[Mapping[str, Any], ...]:
        """Numbers that the two ledgers do not have alike."""
        return tuple(self.statement["differences"])

    def agreed(self) -> None:
        """Raise where the two ledgers differ."""
        numbers = [
            Disagreement(number=f"{each['reporting']}/to/{each['reported']} {each['key']}", values=each["values"])
            for each in self.differences
        ]
        if numbers:
            raise DisagreedError("statement-differs", f"the two ledgers differ in {len(numbers)} numbers", numbers)


# What we measured beside the ledger; the rows are those of whoever made it.
Measuring = Callable[[Any, MeasuredFor], making.Measured]


class Stating:
    """Statements between us and one peer."""

    def __init__(self, ours: Ours, scribe: Scribe, terms: CloseTerms, *, measuring: Measuring = lambda *_: {}) -> None:
        """``terms`` are those by which we count again what the other side closed."""
        self._ours, self._scribe, self._terms_of_closes, self._measuring = ours, scribe, terms, measuring

    def make(
        self,
        rows: StatingTransaction,
        peer: str,
        period: Period,
        *,
        now: datetime,
        keys: Sequence[note.Verifier] = (),
        baseline: bytes | None = None,
    ) -> bytes:
        """A draft with our evidence, which nobody has signed; by the peer's ``keys`` heads are found that it cosigned.

        ``baseline`` is the file of an earlier statement, which it is compared with.
        """
        self._apart(rows, peer, period)
        self._count_again(rows, peer, period)
        parties = sorted((self._ours.domain, peer))
        found = self._evidence(rows, period, parties, keys=[*keys, self.public])
        measured = self._measuring(rows, MeasuredFor(peer, period, now.replace(microsecond=0)))
        earlier = (
            None
            if baseline is None
            else baselines.record(baseline, [*keys, self.public], parties=parties, period=period)
        )
        self._stood(rows, peer, earlier)
        draft = making.begin(
            parties, period, self._ours.domain, found=found, made=now, measured=measured, baseline=earlier
        )
        return making.write(draft, None)

    def examine(self, rows: StatingTransaction, data: bytes, keys: Sequence[note.Verifier]) -> Examined:
        """Check a file like a stranger, count again out of our own ledger, and put our evidence in where it says more."""
        known = [*keys, self.public]
        statement, note_text = _sound(check(data, known, signed=False), data)
        period, peer = self._terms(statement)
        self._apart(rows, peer, period)
        self._stood(rows, peer, statement["baseline"])
        self._count_again(rows, peer, period)
        found = self._evidence(rows, period, statement["parties"], keys=known)
        joined = False
        measured = self._measuring(rows, MeasuredFor(peer, period, datetime.fromisoformat(statement["made"])))
        if self._ours.domain in statement["evidence"]:
            self._same(statement, found, measured)
        elif measured or not _is_one_ledger(statement, found):
            statement = making.join(statement, self._ours.domain, found, measured=measured)
            joined, note_text = True, None
            _sound(check(making.write(statement, None), known, signed=False), b"")
        return Examined(statement=statement, note_text=note_text, joined=joined, peer=peer, period=period)

    def sign(
        self,
        rows: StatingTransaction,
        data: bytes,
        keys: Sequence[note.Verifier],
        *,
        now: datetime,
        with_differences: bool = False,
    ) -> Signing:
        """Check a file, add our evidence where it is not in it yet, and sign."""
        known = [*keys, self.public]
        found = self.examine(rows, data, keys)
        if not with_differences:
            found.agreed()
        statement, note_text = found.statement, found.note_text
        text = making.text_to_sign(statement)
        signed = note.sign(text, self._ours.domain, self._ours.key)
        theirs = note.opened(note_text, known) if note_text is not None else None
        if note_text is not None and theirs is not None and theirs.text == text:
            signed = _with_lines(signed, note_text, self._ours.domain)
        written = making.write(statement, signed)
        self._note(rows, found.peer, found.period, statement=statement, now=now)
        missing = check(written, known).unsigned
        return Signing(data=written, joined=found.joined, differences=found.differences, missing=missing)

    @property
    def domain(self) -> str:
        """Who we are."""
        return self._ours.domain

    @property
    def public(self) -> note.Verifier:
        """Our key, for those who check."""
        return note.verifier_of(self._ours.domain, self._ours.key)

    def _evidence(
        self, rows: EvidenceTransaction, period: Period, parties: Sequence[str], *, keys: Sequence[note.Verifier]
    ) -> list[OneDirection]:
        return evidence(rows, period, parties, ours=self._ours.domain, keys=baselines.in_both_algorithms(keys))

    def _terms(self, statement: Mapping[str, Any]) -> tuple[Period, str]:
        period, parties = periods.read(statement["period"]), statement["parties"]
        if period is None or self._ours.domain not in parties:
            raise ComityError(
                "statement-foreign",
                f"a statement between {' and '.join(parties)}, we are {self._ours.domain}",
                outcome=Outcome.BAD_INPUT,
                details={"parties": ", ".join(parties), "ours": self._ours.domain},
            )
        return period, next(each for each in parties if each != self._ours.domain)

    def _same(self, statement: Mapping[str, Any], found: Sequence[OneDirection], measured: making.Measured) -> None:
        """What stands in it as ours is what our ledger says, and what we measured by the day on which it was made."""
        if statement.get("measured", {}).get(self._ours.domain, {}) != measured:
            raise ComityError(
                "statement-not-ours",
                "we measured something else",
                outcome=Outcome.BAD_INPUT,
                place=f"measured {self._ours.domain}",
            )
        for number, mine in enumerate(found):
            direction = statement["directions"][number]
            for row in direction["numbers"]:
                value = row["values"][self._ours.domain]
                if value is not None and value != mine.cells.get(row["key"], 0):
                    place = f"{mine.reporting}/to/{mine.reported} {row['key']}"
                    raise ComityError(
                        "statement-not-ours",
                        f"our ledger says otherwise of {place}",
                        outcome=Outcome.BAD_INPUT,
                        place=place,
                    )

    def _count_again(self, rows: StatingTransaction, peer: str, period: Period) -> None:
        """What the other side closed is what its leaves say: we count them again before we state anything."""
        direction, span = (peer, self._ours.domain), (period.first, period.last)
        for closed, found in examine_copies(rows.closes, direction, span, terms=self._terms_of_closes):
            numbers = [
                Disagreement(number=key, values={peer: said, self._ours.domain: counted})
                for key, said, counted in found
            ]
            raise DisagreedError(
                "close-disputed", f"{closed.name} says otherwise than its leaves", numbers, place=closed.name
            )

    def _apart(self, rows: StatingTransaction, peer: str, period: Period) -> None:
        """No other period that we signed with this peer shares a day with this one."""
        for name in signed_periods(rows.closes, (self._ours.domain, peer)):
            other = periods.read(name)
            if other is not None and other != period and other.overlaps(period):
                raise ComityError(
                    "statement-overlaps",
                    f"{period.name} shares days with {name}, which was signed",
                    outcome=Outcome.USAGE,
                    place=period.name,
                    details={"period": period.name, "other": name},
                )

    def _stood(self, rows: StatingTransaction, peer: str, baseline: Mapping[str, Any] | None) -> None:
        """What is compared with is a statement that we signed, as our own ledger tells: keys alone can be stolen later."""
        if baseline is None:
            return
        digest = baselines.digest_of(baseline)
        if not any(each.get("sha256") == digest for each in _signed(rows.closes, (self._ours.domain, peer))):
            raise ComityError(
                "baseline-not-ours",
                f"our ledger knows of no such statement about {baseline['period']}",
                outcome=Outcome.BAD_INPUT,
                place=str(baseline["period"]),
                details={"period": str(baseline["period"])},
            )

    def _note(
        self, rows: StatingTransaction, peer: str, period: Period, *, statement: Mapping[str, Any], now: datetime
    ) -> None:
        digest = sha256(canonical(statement)).hexdigest()
        event = Event(
            reporting=self._ours.domain,
            reported=peer,
            leaf_type=leaf.LeafType.STATEMENT,
            event_id=f"{period.name}.{digest[:16]}.statement",
            observed=None,
            facts={"period": period.name, "sha256": digest},
        )
        self._scribe.write(rows.ledger, [event], now)


def signed_periods(rows: HeadRows, direction: tuple[str, str]) -> list[str]:
    """The periods of statements that were signed, as the ledger tells."""
    return [str(each.get("period")) for each in _signed(rows, direction)]


def _signed(rows: HeadRows, direction: tuple[str, str]) -> list[dict[str, Any]]:
    """What our ledger says of each."""
    return [
        record
        for channel in rows.of_direction(*direction)
        for data in rows.newest_first(channel.channel_id, leaf.LeafType.STATEMENT.value)
        if (record := leaf.read(data)) is not None
    ]


def _sound(checked: Checked, data: bytes) -> tuple[dict[str, Any], str | None]:
    if checked.faults or checked.statement is None:
        first = checked.faults[0]
        raise ComityError(
            "statement-unsound",
            f"it does not hold: {first.code} at {first.where}",
            outcome=Outcome.BAD_INPUT,
            place=first.where,
            details={"code": first.code, "n": len(checked.faults)},
        )
    found = making.read(data)
    return dict(checked.statement), found[1] if found else None


def _is_one_ledger(statement: Mapping[str, Any], found: Sequence[OneDirection]) -> bool:
    """Whether the closes that the other side put in are the very ones of our ledger: then there is nothing to add."""
    return any(
        all(
            [_leaves(channel) for channel in theirs["channels"]] == [_leaves(channel) for channel in mine.channels]
            for theirs, mine in zip(side["directions"], found, strict=True)
        )
        for side in statement["evidence"].values()
    )


def _leaves(channel: Mapping[str, Any]) -> tuple[str, list[tuple[int, str]]]:
    return channel["origin"], [(each["position"], each["leaf"]) for each in channel["closes"]]


def _with_lines(signed: str, other: str, ours: str) -> str:
    """Our signature beside those of others over the same text."""
    lines = other.rpartition("\n\n")[2].splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"\u2014 {ours} ")]
    return "".join(sorted([*kept, signed.rpartition("\n\n")[2]], key=lambda line: line.split(" ")[1])).join(
        (signed.rpartition("\n\n")[0] + "\n\n", "")
    )
