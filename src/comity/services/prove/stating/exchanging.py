"""A joint statement between two desks: proposed by one, counted again and cosigned or refused by the other, fetched by either.

Trust:      a file comes from anybody: nothing is kept before the pinned key of the other party has signed these very bytes. What is
            kept is counted again out of our own ledger first; a person signs. Whoever posts is told which numbers differ, but not
            what our ledger says of them: that is told to whoever signs a question (``comity.services.prove.asking``).
Standards:  files as in ``making``, over HTTPS as they are.
Answers:    ``Statements.take(store, data, now)`` gives ``Answer`` for the door; ``taken(rows, data, now)`` what is kept then.
            ``propose`` and ``accept`` sign; ``give(store, peer, post, now)`` hands over what we signed.
Limits:     8 MiB a file and 24 files a day and peer; of what one side alone signed the newest of a period is kept. A period is
            stated once: what both signed stands. Where both proposed at once, the one whose SHA-256 is lower goes on, at both.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Protocol

from comity.accord.statement import canonical
from comity.ledger import note
from comity.ledger.posting import MOST_BYTES
from comity.model import period as periods
from comity.model.joint_statement import NEXT, KeptStatement, StatementState
from comity.model.outcomes import ComityError, Outcome
from comity.model.peer_key import KeyState
from comity.model.period import Period
from comity.services.prove import pairing
from comity.services.prove.documents import CountedKeys
from comity.services.prove.forwarding import Post
from comity.services.prove.leaves.refusals import no_answer
from comity.services.prove.receiving import Answer, refusal
from comity.services.prove.stating import baselines, making
from comity.services.prove.stating.agreeing import DisagreedError, Stating, StatingTransaction
from comity.services.prove.stating.checking import check

PER_DAY: Final = 24
NONE: Final = "none"  # in the place of a period: nothing is compared
_NAMED: Final = 20
_LOOKED_AT: Final = 12  # earlier statements, for one that says something of spam or traps
FROM_THEM: Final = (StatementState.PROPOSED, StatementState.DIFFERS)
STANDS, CROSSED = "statement-stands", "statement-crossed"


class StatementRows(Protocol):
    """Files as they stand here."""

    def put(self, kept: KeptStatement) -> None:
        """One file, in the place of what was there of this period and not signed by both."""

    def newest(self, peer: str, period: str) -> KeptStatement | None:
        """What came or was made last about a period."""

    def of_peer(self, peer: str) -> Sequence[KeptStatement]:
        """Every file between us and one peer, without its bytes."""

    def with_digest(self, sha256: str) -> KeptStatement | None:
        """The one with these bytes."""

    def waiting(self, peer: str) -> Sequence[KeptStatement]:
        """What we signed and this peer has not had from us."""

    def given(self, kept: KeptStatement, at: datetime) -> None:
        """The peer has it."""

    def refused(self, kept: KeptStatement, *, reason: str, where: str | None, at: datetime) -> None:
        """The peer said why it does not sign."""


class StatementTransaction(StatingTransaction, Protocol):
    """All rows of one transaction."""

    @property
    def statements(self) -> StatementRows:
        """Files as they stand here."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


class StatementStore(Protocol):
    """A store."""

    def write(self) -> AbstractContextManager[StatementTransaction]:
        """One transaction that writes."""


class NotTakenError(Exception):
    """A file is not kept: why, by name."""

    def __init__(self, code: str, status: int, where: str | None = None) -> None:
        super().__init__(code)
        self.code, self.status, self.where = code, status, where


class Statements:
    """What our desk does about joint statements."""

    def __init__(self, ours: str, desk: Stating) -> None:
        self._ours, self._desk = ours, desk

    def take(self, store: StatementStore, data: bytes, *, now: datetime) -> Answer:
        """Take a file that a peer posts, count again, and say what came of it."""
        try:
            with store.write() as rows:
                kept = self.taken(rows, data, now=now)
        except NotTakenError as no:
            return refusal(no.code, no.where, status=no.status)
        if kept.reason is None:
            return Answer(status=200, said={"state": kept.state.value, "period": kept.period})
        named = [each.number for each in kept.numbers[:_NAMED]]
        return refusal(kept.reason, kept.where, status=422, more={"numbers": named})

    def taken(self, rows: StatementTransaction, data: bytes, *, now: datetime) -> KeptStatement:
        """Keep a file of a peer, as far as it is one, with what our own count says of it."""
        statement, note_text, (peer, period) = self._read(data)
        keys = pairing.verifiers(rows.keys, peer, cosigning=False)
        if not keys:
            states = {each.state for each in rows.keys.of(peer)}
            raise NotTakenError("key-revoked" if KeyState.REVOKED in states else "peer-not-paired", 403)
        opened = note.opened(note_text, keys) if note_text is not None else None
        if opened is None or peer not in opened.signers or opened.text != making.text_to_sign(statement):
            raise NotTakenError("statement-not-signed", 403)
        digest = sha256(canonical(statement)).hexdigest()
        before = rows.statements.newest(peer, period)
        if before is not None and before.sha256 == digest and before.state in (StatementState.SIGNED, *FROM_THEM):
            return before
        no = None if before is None else out_of_turn(before, statement, digest, ours=self._ours)
        if no == STANDS or (no is not None and not self._is_by_both(data, keys)):
            raise NotTakenError(no, 409, period)
        day = now.astimezone(UTC).date().isoformat()
        if rows.keys.counts(peer, day).get("statements", 0) >= PER_DAY:
            raise NotTakenError("quota", 429)
        rows.keys.count(peer, day, "statements")
        kept = self._counted_again(rows, (peer, period), data, digest=digest, keys=keys, now=now)
        if before is not None and before.sha256 == digest and kept.state not in NEXT[before.state]:
            return before  # what we signed is not put back by what only they signed
        rows.statements.put(kept)
        return kept

    def _read(self, data: bytes) -> tuple[dict[str, Any], str | None, tuple[str, str]]:
        """The statement, the note over it, and the other party with the period."""
        if len(data) > MOST_BYTES:
            raise NotTakenError("message-too-large", 413)
        found = making.read(data)
        if found is None:
            raise NotTakenError("message-malformed", 400)
        statement, note_text = found
        parties, period = statement.get("parties"), periods.read(str(statement.get("period")))
        if not isinstance(parties, list) or len(parties) != 2 or self._ours not in parties or period is None:
            raise NotTakenError("not-for-us", 404)
        peer = next((each for each in parties if each != self._ours), None)
        if not isinstance(peer, str):
            raise NotTakenError("not-for-us", 404)
        return statement, note_text, (peer, period.name)

    def _counted_again(
        self,
        rows: StatementTransaction,
        about: tuple[str, str],
        data: bytes,
        *,
        digest: str,
        keys: Sequence[note.Verifier],
        now: datetime,
    ) -> KeptStatement:
        """What our own ledger says of it; where both signed it, both have said so already."""
        peer, period = about

        def kept(state: StatementState, **more: Any) -> KeptStatement:
            return KeptStatement(
                peer=peer, period=period, sha256=digest, state=state, data=data, entered=now, given=now, **more
            )

        if self._is_by_both(data, keys):
            return kept(StatementState.SIGNED)
        try:
            self._desk.examine(rows, data, keys).agreed()
        except DisagreedError as error:
            return kept(StatementState.DIFFERS, reason=error.code, where=_where(error), numbers=error.numbers)
        except ComityError as error:
            fault = str(error.details.get("code", ""))
            where = f"{fault} {error.place or ''}".strip() or None
            return kept(StatementState.DIFFERS, reason=error.code, where=where)
        return kept(StatementState.PROPOSED)

    def _is_by_both(self, data: bytes, keys: Sequence[note.Verifier]) -> bool:
        return not check(data, [*keys, self._desk.public]).faults

    def propose(
        self, rows: StatementTransaction, peer: str, period: Period, *, now: datetime, earlier: bytes | None = None
    ) -> KeptStatement:
        """Make a statement, and sign it first; not where one stands, or the other side's waits for us."""
        keys = self._keys(rows, peer)
        before = rows.statements.newest(peer, period.name)
        if before is not None and before.state in (StatementState.SIGNED, StatementState.PROPOSED):
            stands = before.state is StatementState.SIGNED
            raise ComityError(
                STANDS if stands else "statement-waits",
                f"a statement with {peer} about {period.name} is {before.state.value}",
                outcome=Outcome.USAGE,
                place=period.name,
                details={"peer": peer, "period": period.name},
            )
        draft = self._desk.make(rows, peer, period, now=now, keys=keys, baseline=earlier)
        return self._signed(rows, (peer, period.name), draft, now=now)

    def accept(
        self,
        rows: StatementTransaction,
        peer: str,
        period: Period,
        *,
        now: datetime,
        with_differences: bool = False,
        shown: str | None = None,
    ) -> KeptStatement:
        """Sign what a peer proposed; our own count is made once more. ``shown`` is the SHA-256 of what was looked at: the peer may
        have proposed another since."""
        before = rows.statements.newest(peer, period.name)
        if before is None or before.state not in FROM_THEM:
            state = "none" if before is None else before.state.value
            raise ComityError(
                "statement-not-proposed",
                f"{peer} has no statement about {period.name} that waits for us ({state})",
                outcome=Outcome.USAGE,
                place=period.name,
                details={"peer": peer, "period": period.name},
            )
        if shown not in (None, before.sha256):
            raise ComityError(
                "statement-newer",
                f"{peer} has proposed another statement about {period.name} since",
                outcome=Outcome.CONFLICT,
                place=period.name,
                details={"peer": peer, "period": period.name},
            )
        return self._signed(rows, (peer, period.name), before.data, now=now, with_differences=with_differences)

    def _signed(
        self,
        rows: StatementTransaction,
        about: tuple[str, str],
        data: bytes,
        *,
        now: datetime,
        with_differences: bool = False,
    ) -> KeptStatement:
        peer, period = about
        done = self._desk.sign(rows, data, self._keys(rows, peer), now=now, with_differences=with_differences)
        if len(done.data) > MOST_BYTES:
            raise ComityError(
                "statement-too-large",
                f"{len(done.data)} bytes are more than a peer takes",
                outcome=Outcome.TOO_LARGE,
                place=period,
                details={"n": len(done.data), "most": MOST_BYTES},
            )
        found = making.read(done.data)
        assert found is not None  # noqa: S101 - written just now
        kept = KeptStatement(
            peer=peer,
            period=period,
            sha256=sha256(canonical(found[0])).hexdigest(),
            state=StatementState.OFFERED if done.missing else StatementState.SIGNED,
            data=done.data,
            entered=now,
        )
        rows.statements.put(kept)
        return kept

    @staticmethod
    def _keys(rows: StatementTransaction, peer: str) -> list[note.Verifier]:
        keys = pairing.verifiers(rows.keys, peer, cosigning=False)
        if not keys:
            raise ComityError(
                "statement-not-paired",
                f"no key of {peer} is pinned",
                outcome=Outcome.USAGE,
                place=peer,
                details={"peer": peer},
            )
        return keys


def earlier_file(rows: StatementRows, peer: str, period: Period, *, named: str | None = None) -> bytes | None:
    """The statement to compare with: the one about this period, ``NONE`` for none, or else the newest that fits."""
    if named == NONE:
        return None
    if named is None:
        files = (rows.with_digest(each.sha256) for each in baselines.fitting(rows.of_peer(peer), period)[:_LOOKED_AT])
        return next((each.data for each in files if each is not None and baselines.says_something(each.data)), None)
    kept = rows.newest(peer, named)
    if kept is None or kept.state is not StatementState.SIGNED:
        raise ComityError(
            "baseline-none",
            f"no statement with {peer} about {named} was signed by both",
            outcome=Outcome.USAGE,
            place=named,
            details={"peer": peer, "period": named},
        )
    return kept.data


def out_of_turn(before: KeptStatement, statement: Mapping[str, Any], digest: str, *, ours: str) -> str | None:
    """Why another file about this period is not looked at, by name.

    Both desks may propose at the same moment. Each then has its own and is given the other's, and the rule must be one that both
    apply to the same two files: the lower hash goes on. What was built on ours has our evidence in it, and is no second proposal.
    """
    if before.sha256 == digest:
        return None
    if before.state is StatementState.SIGNED:
        return STANDS
    evidence = statement.get("evidence")
    is_built_on_ours = isinstance(evidence, dict) and ours in evidence
    is_second = before.state is StatementState.OFFERED and not is_built_on_ours
    return CROSSED if is_second and before.sha256 < digest else None


def _where(error: DisagreedError) -> str | None:
    first = error.numbers[0].number if error.numbers else None
    return " ".join(each for each in (error.place, first) if each) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What came of handing one file over: taken, or why not, and at which numbers."""

    kept: KeptStatement
    reason: str | None = None
    where: str | None = None
    numbers: tuple[str, ...] = ()
    reached: bool = True


def give(store: StatementStore, peer: str, post: Post, *, now: Callable[[], datetime]) -> list[HandedOver]:
    """Hand over everything that we signed and this peer has not had."""
    with store.write() as rows:
        waiting = rows.statements.waiting(peer)
    handed = []
    for each in waiting:
        status, said = post(each.data)
        found = _handed(each, status, said)
        handed.append(found)
        with store.write() as rows:
            if found.reason is None:
                rows.statements.given(each, now())
            elif found.reached:
                rows.statements.refused(each, reason=found.reason, where=found.where, at=now())
    return handed


def _handed(kept: KeptStatement, status: int, said: Mapping[str, Any]) -> HandedOver:
    if status == 200:
        return HandedOver(kept=kept)
    error, where, numbers = said.get("error"), said.get("where"), said.get("numbers")
    code = error if isinstance(error, str) and error.replace("-", "").isalnum() and len(error) < 40 else None
    if status not in (400, 403, 404, 409, 413, 422):
        unreached = no_answer(said) if status == 0 else code or f"http-{status}"
        return HandedOver(kept=kept, reason=unreached, reached=False)
    return HandedOver(
        kept=kept,
        reason=code or "answer-malformed",
        where=where[:200] if isinstance(where, str) else None,
        numbers=tuple(str(each)[:200] for each in numbers[:_NAMED]) if isinstance(numbers, list) else (),
    )
