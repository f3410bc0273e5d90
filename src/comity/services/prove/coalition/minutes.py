"""Minutes of meetings, and actions with owners: written by one member, given to those who were there, reported on by the owners.

Trust:      minutes are what their writer signed; whoever sees it otherwise writes minutes of its own. Only the owner says what
            became of an action.
Answers:    ``MinutesDesk``: ``write`` and ``say_of_action``; ``handlers`` for what other members send.
Limits:     minutes are not changed once they were signed; an owner's later word takes the place of an earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord import minutes as forms
from comity.ledger import document
from comity.ledger.document import Document
from comity.model.minutes import Action, ActionReport, ActionState, KeptMinutes, Minutes
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove import pairing
from comity.services.prove.documents import CLOCK_SECONDS, CountedKeys, DocumentRefusedError, Handler
from comity.services.prove.signals.rows import DocumentRows

_SHORTEST: Final = 4


class MinutesRows(Protocol):
    """Rows of minutes."""

    def add_minutes(self, said: Minutes, note: str, taken: datetime) -> None:
        """Minutes that somebody signed."""

    def report_action(self, said: ActionReport, note: str) -> None:
        """What became of an action; a later word of its owner takes the place of an earlier one."""

    def minutes(self) -> Sequence[KeptMinutes]:
        """All minutes, the newest meeting first."""


class MinutesTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def coalition(self) -> MinutesRows:
        """What members keep together."""

    @property
    def documents(self) -> DocumentRows:
        """What peers are given."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody of ours wrote down; actions as (owner, what in both languages, due)."""

    minutes_id: str
    held: datetime
    others: tuple[str, ...]
    title: Mapping[str, str]
    text: Mapping[str, str]
    actions: tuple[tuple[str, Mapping[str, str], datetime], ...]


class MinutesDesk:
    """One person, in one transaction."""

    def __init__(
        self, rows: MinutesTransaction, ours: str, key: Ed25519PrivateKey, *, actor: str, now: datetime
    ) -> None:
        self._rows, self._ours, self._key, self._actor = rows, ours, key, actor
        self._now = now.replace(microsecond=0)

    def write(self, draft: Draft) -> KeptMinutes:
        """Sign minutes, and have everybody who was there given them."""
        for peer in draft.others:
            if not pairing.is_pinned(self._rows.keys, peer):
                raise _wrong("minutes-peer", peer, peer=peer)
        said = Minutes(
            minutes_id=draft.minutes_id,
            issuer=self._ours,
            held=draft.held,
            present=tuple(sorted({self._ours, *draft.others})),
            title=dict(draft.title),
            text=dict(draft.text),
            actions=tuple(
                Action(number=number, owner=owner, what=dict(what), due=due)
                for number, (owner, what, due) in enumerate(draft.actions, 1)
            ),
            by=self._actor,
            made=self._now,
        )
        record = forms.minutes_record(said)
        signed = self._signed(forms.MINUTES, record, forms.read_minutes(record))
        self._rows.coalition.add_minutes(said, signed, self._now)
        self._send(said, signed)
        return KeptMinutes(said=said, note=signed, taken=self._now, reports={})

    def say_of_action(self, start: str, number: int, *, state: ActionState, text: Mapping[str, str]) -> KeptMinutes:
        """Say what became of an action of ours."""
        kept = one(self._rows.coalition.minutes(), start)
        action = next((each for each in kept.said.actions if each.number == number), None)
        if action is None or action.owner != self._ours:
            raise _wrong("action-not-ours", f"{kept.said.minutes_id} {number}", number=number)
        said = ActionReport(
            minutes_id=kept.said.minutes_id,
            number=number,
            issuer=self._ours,
            state=state,
            text=dict(text),
            by=self._actor,
            made=self._now,
        )
        record = forms.report_record(said)
        signed = self._signed(forms.REPORT, record, forms.read_report(record))
        self._rows.coalition.report_action(said, signed)
        self._send(kept.said, signed)
        return one(self._rows.coalition.minutes(), kept.said.minutes_id)

    def _signed(self, kind: str, record: Mapping[str, object], read: object) -> str:
        if isinstance(read, str):
            raise _wrong("minutes-field", read, field=read)
        try:
            return document.write(kind, record, name=self._ours, key=self._key)
        except ValueError:
            raise _wrong("minutes-long", kind) from None

    def _send(self, said: Minutes, signed: str) -> None:
        for peer in said.present:
            if peer != self._ours:
                self._rows.documents.send(peer, f"minutes {said.minutes_id}", signed, at=self._now)


def one(every: Sequence[KeptMinutes], start: str) -> KeptMinutes:
    """The minutes whose id begins so."""
    found = [each for each in every if each.said.minutes_id.startswith(start)] if len(start) >= _SHORTEST else []
    if len(found) != 1:
        raise _wrong("minutes-unknown", start, n=len(found))
    return found[0]


def handlers(ours: str) -> dict[str, Handler[MinutesTransaction]]:
    """What is done with each kind of document of other members."""

    def minutes(rows: MinutesTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_minutes(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        _in_time(found.made, now)
        if ours not in found.present:
            raise DocumentRefusedError("minutes-others", "present")
        known = next((each for each in rows.coalition.minutes() if each.said.minutes_id == found.minutes_id), None)
        if known is not None:
            if known.said != found:
                raise DocumentRefusedError("minutes-differ", "id")
            return False
        rows.coalition.add_minutes(found, said.note, now)
        return True

    def said_of_action(rows: MinutesTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_report(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        _in_time(found.made, now)
        kept = next((each for each in rows.coalition.minutes() if each.said.minutes_id == found.minutes_id), None)
        if kept is None:
            raise DocumentRefusedError("minutes-unknown", "minutes")
        action = next((each for each in kept.said.actions if each.number == found.number), None)
        if action is None or action.owner != found.issuer:
            raise DocumentRefusedError("action-not-theirs", "number")
        before = kept.reports.get(found.number)
        if before == found:
            return False
        if before is not None and before.made > found.made:
            raise DocumentRefusedError("action-older", "made")
        rows.coalition.report_action(found, said.note)
        return True

    return {forms.MINUTES: minutes, forms.REPORT: said_of_action}


def _in_time(made: datetime, now: datetime) -> None:
    if made > now + timedelta(seconds=CLOCK_SECONDS):
        raise DocumentRefusedError("minutes-made-in-future", "made")


def _wrong(code: str, place: str, **details: object) -> ComityError:
    return ComityError(code, code, outcome=Outcome.USAGE, place=place, details=details)
