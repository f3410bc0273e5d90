"""Put a case, or all that is held of a subscriber, on legal hold, and lift it again.

Trust:      only those may whom ``retention.holders`` names; who else asks is refused, and that is written down too, with the
            account that ran the command.
Standards:  GDPR Art. 17(3)(e): what is needed for legal claims is not erased. A hold has a reason and an end.
Answers:    ``Holding(rows, by=..., ...)``: ``admit``, ``place``, ``lift``.
Limits:     a refusal must be on the disk before anything else happens: ``admit`` in a transaction of its own. What was erased
            before does not come back.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from comity.cases.opening import case_key
from comity.model.case import SubjectKind
from comity.model.desk import CaseEvent, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.retention import HoldAct, LegalHold
from comity.services.operate.retention.rows import HoldTransaction

HELD = "legal-hold"
LIFTED = "hold-lifted"


class Holding:
    """One person, in one transaction."""

    def __init__(
        self,
        rows: HoldTransaction,
        *,
        by: str,
        why: str,
        holders: Sequence[str],
        now: datetime,
        account: str | None = None,
    ) -> None:
        """``by`` is a claim; ``account`` is who the system says that it is, and stands beside it."""
        self._rows, self._by, self._why, self._now = rows, by, why, now
        self._holders = frozenset(holders)
        self._logged = by if account in (None, by) else f"{by} ({account})"

    def admit(self, about: str) -> bool:
        """Whether this person may; a refusal is written down."""
        if self._by in self._holders:
            return True
        self._note(HoldAct.REFUSED, None, about)
        return False

    def place(self, *, until: datetime, case: DeskCase | None = None, subscriber: str | None = None) -> LegalHold:
        """Nothing of it is erased before that day, whatever its time."""
        if until <= self._now:
            raise ComityError(
                "hold-past", f"{until:%Y-%m-%d} is over", outcome=Outcome.USAGE, details={"day": f"{until:%Y-%m-%d}"}
            )
        subject = _subject(case) if case is not None else case_key(SubjectKind.SUBSCRIBER, subscriber or "")
        hold = LegalHold(
            subject=subject,
            case_id=None if case is None else case.case_id,
            by=self._logged,
            why=self._why,
            placed=self._now,
            until=until,
        )
        made = replace(hold, hold_id=self._rows.holds.place(hold))
        self._note(HoldAct.PLACED, made.hold_id, _about(made))
        self._tell(made, HELD, case, note=f"{made.hold_id}: {until:%Y-%m-%d}: {self._why}")
        return made

    def lift(self, hold_id: int) -> LegalHold:
        """It ends before its day."""
        hold = self._rows.holds.by_id(hold_id)
        text = str(hold_id)
        if hold is None:
            raise ComityError("hold-unknown", text, outcome=Outcome.UNKNOWN, details={"text": text})
        if not hold.holds(self._now):
            raise ComityError("hold-over", text, outcome=Outcome.USAGE, details={"text": text})
        self._rows.holds.lift(hold_id, by=self._logged, why=self._why, at=self._now)
        self._note(HoldAct.LIFTED, hold_id, _about(hold))
        self._tell(hold, LIFTED, None, note=f"{hold_id}: {self._why}")
        return replace(hold, lifted=self._now, lifted_by=self._logged, lifted_why=self._why)

    def _tell(self, hold: LegalHold, act: str, case: DeskCase | None, *, note: str) -> None:
        """Write it into the history of the cases that it is about."""
        cases = [case] if case is not None else self._rows.cases.on_subject(hold.subject)
        mine = [each for each in cases if hold.case_id in (None, each.case_id)]
        self._rows.cases.record(
            [
                CaseEvent(
                    case_id=each.case_id,
                    at=self._now,
                    actor=self._logged,
                    act=act,
                    note=note,
                    from_state=each.state,
                    to_state=each.state,
                )
                for each in mine
            ]
        )

    def _note(self, act: HoldAct, hold_id: int | None, about: str) -> None:
        self._rows.holds.note(act, hold_id=hold_id, at=self._now, actor=self._logged, about=about, note=self._why)


def _subject(case: DeskCase) -> str:
    """The key of the first case on whoever it is about."""
    return case_key(case.subject_kind, case.label)


def _about(hold: LegalHold) -> str:
    return hold.case_id or hold.subject


def refused(by: str) -> ComityError:
    """Somebody asked who may not."""
    return ComityError("hold-refused", by, outcome=Outcome.FORBIDDEN, details={"text": by})
