"""What a person does with what is sealed: look at its log, hold it, hand it off, release it, destroy it; each with a reason.

Trust:      only the named role (``sealed.holders``) may; who else asks is refused, and that stands in the log too, with the account
            that ran the command. The content is opened by the private key alone, which this program does not have.
Answers:    ``Custody(rows, by=..., why=..., holders=..., now=...)``: ``seal``, ``log``, ``hold``, ``opens``, ``handed_off``,
            ``released``, ``failed``, ``destroy``; ``sweep`` destroys what nobody keeps any longer.
Limits:     a refusal, and that somebody opens it, must be on the disk before anything is seen: ``admit`` in a transaction of its
            own first, the deed in the next one. Numbers in cases and reports that were made before a person sealed a mail stay.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol
from zlib import decompressobj

from comity.model.outcomes import ComityError, Outcome
from comity.model.sealed import Access, Sealed, SealedAct, SealedBox, SealedState

PROGRAM: Final = "comity"
BY_PERSON: Final = "person"
SEALED: Final = "sealed"  # why a sample does not teach
_GATE: Final = "desk"


class SealedRows(Protocol):
    """Rows of what was sealed."""

    def add(self, each: Sealed) -> int:
        """A new one; its number."""

    def by_digest(self, digest: str) -> Sealed | None:
        """The one with these bytes."""

    def by_id(self, sealed_id: int) -> Sealed | None:
        """One of them."""

    def over(self, now: datetime) -> list[Sealed]:
        """Those whose time is over, and that no hold keeps."""

    def note(self, access: Access) -> None:
        """A line of the log."""

    def log_of(self, sealed_id: int) -> list[Access]:
        """Who did what with one, oldest first."""

    def become(self, sealed_id: int, state: SealedState, *, keep: bool) -> None:
        """It stands elsewhere from now on; its box is emptied unless it is to be kept."""

    def hold(self, sealed_id: int, until: datetime) -> None:
        """It may not be destroyed before that moment."""

    def samples_of(self, raw_ids: Sequence[int]) -> list[tuple[int, bool]]:
        """What the filter is to learn from them, and whether a model has learnt it."""

    def taken_out(self, raw_id: int) -> tuple[bytes, int, datetime] | None:
        """Packed bytes, size and time of what lies in the store; from now on it does not."""

    def put_back(self, raw_id: int, packed: bytes) -> None:
        """What lay in the store lies there again."""


class Custody:
    """One person, in one transaction."""

    def __init__(
        self,
        rows: SealedRows,
        *,
        by: str,
        why: str,
        holders: Sequence[str],
        now: datetime,
        account: str | None = None,
    ) -> None:
        """``by`` is a claim; ``account`` is who the system says that it is, and stands beside it in the log."""
        self._rows, self._by, self._why, self._now = rows, by, why, now
        self._logged = by if account in (None, by) else f"{by} ({account})"
        self._holders = frozenset(holders)

    def admit(self, sealed_id: int, act: SealedAct) -> bool:
        """Whether this person may do that; written down either way. Only what opens the box is a line of its own when he may."""
        self._of(sealed_id)
        if self._by not in self._holders:
            self._note(sealed_id, SealedAct.REFUSED, why=f"{act.value}: {self._why}")
            return False
        if act is SealedAct.OPENED:
            self._note(sealed_id, act)
        return True

    def seal(
        self,
        raw_ids: Sequence[int],
        close: Callable[[bytes], SealedBox],
        *,
        keep: timedelta,
        forget: Callable[[Sequence[int]], object],
    ) -> tuple[int, ...]:
        """Seal what lies in the store: anybody at the desk may, because it takes away and shows nothing.

        ``forget`` takes samples out that no model has learnt yet; what one has learnt must be taken out before.
        """
        samples = self._rows.samples_of(raw_ids)
        if any(is_learnt for _, is_learnt in samples):
            raise ComityError("sealed-teaches", "the filter learnt from it", outcome=Outcome.USAGE)
        forget([sample_id for sample_id, _ in samples])
        return tuple(self._seal(each, close, keep) for each in raw_ids)

    def log(self, sealed_id: int) -> tuple[Sealed, list[Access]]:
        """The log of one; that it was looked at stands in it."""
        found = self._of(sealed_id)
        self._note(sealed_id, SealedAct.LOOKED)
        return found, self._rows.log_of(sealed_id)

    def hold(self, sealed_id: int, until: datetime) -> Sealed:
        """It may not be destroyed before that day."""
        self._of(sealed_id, closed=True)
        self._rows.hold(sealed_id, until)
        self._note(sealed_id, SealedAct.HELD, why=f"{until:%Y-%m-%d}: {self._why}")
        return self._of(sealed_id)

    def closed(self, sealed_id: int) -> Sealed:
        """One whose box is there."""
        return self._of(sealed_id, closed=True)

    def handed_off(self, sealed_id: int, *, to: str, reference: str | None) -> Sealed:
        """It was given to whoever the law names; the copy stays."""
        self._rows.become(sealed_id, SealedState.HANDED_OFF, keep=True)
        self._note(sealed_id, SealedAct.HANDED_OFF, to=to, reference=reference)
        return self._of(sealed_id)

    def released(self, sealed_id: int, packed: bytes) -> Sealed:
        """It was none: what lay in the store lies there again; what came in sealed is worked off by whoever released it."""
        found = self._of(sealed_id, closed=True)
        if found.raw_id is not None:
            self._rows.put_back(found.raw_id, packed)
        self._rows.become(sealed_id, SealedState.RELEASED, keep=False)
        self._note(sealed_id, SealedAct.RELEASED)
        return found

    def failed(self, sealed_id: int, code: str) -> None:
        """It was not opened after all."""
        self._note(sealed_id, SealedAct.FAILED, why=code)

    def destroy(self, sealed_id: int) -> Sealed:
        """Empty the box; what is on hold, or was never handed off, stays."""
        found = self._of(sealed_id, closed=True)
        if found.hold_until is not None and found.hold_until > self._now:
            details = {"text": str(sealed_id), "until": f"{found.hold_until:%Y-%m-%d}"}
            raise ComityError("sealed-on-hold", f"{sealed_id} is on hold", outcome=Outcome.USAGE, details=details)
        if found.state is not SealedState.HANDED_OFF:
            raise _wrong("sealed-not-handed-off", sealed_id)
        self._rows.become(sealed_id, SealedState.DESTROYED, keep=False)
        self._note(sealed_id, SealedAct.DESTROYED)
        return self._of(sealed_id)

    def _seal(self, raw_id: int, close: Callable[[bytes], SealedBox], keep: timedelta) -> int:
        found = self._rows.taken_out(raw_id)
        if found is None:
            raise _wrong("sealed-dropped", raw_id)
        packed, size, arrived = found
        data = decompressobj().decompress(packed, size)
        sealed_id = self._rows.add(
            Sealed(
                digest=sha256(data).hexdigest(),
                size=size,
                gate=_GATE,
                name=str(raw_id),
                arrived=arrived,
                box=close(data),
                state=SealedState.SEALED,
                entered=self._now,
                kept_until=self._now + keep,
                raw_id=raw_id,
            )
        )
        self._note(sealed_id, SealedAct.SEALED)
        return sealed_id

    def _of(self, sealed_id: int, *, closed: bool = False) -> Sealed:
        found = self._rows.by_id(sealed_id)
        if found is None:
            raise _wrong("sealed-unknown", sealed_id)
        if closed and found.box is None:
            raise _wrong("sealed-empty", sealed_id)
        return found

    def _note(
        self,
        sealed_id: int,
        act: SealedAct,
        *,
        why: str | None = None,
        to: str | None = None,
        reference: str | None = None,
    ) -> None:
        self._rows.note(
            Access(
                sealed_id=sealed_id,
                at=self._now,
                by=self._logged,
                act=act,
                why=why or self._why,
                to=to,
                reference=reference,
            )
        )


def sweep(rows: SealedRows, now: datetime) -> int:
    """Destroy what nobody keeps any longer; how many there were."""
    over = rows.over(now)
    for each in over:
        rows.become(each.sealed_id, SealedState.DESTROYED, keep=False)
        rows.note(Access(sealed_id=each.sealed_id, at=now, by=PROGRAM, act=SealedAct.DESTROYED, why="keep-days"))
    return len(over)


def _wrong(code: str, number: int) -> ComityError:
    text = str(number)
    outcome = Outcome.UNKNOWN if code == "sealed-unknown" else Outcome.USAGE
    return ComityError(code, f"{code}: {text}", outcome=outcome, details={"text": text})
