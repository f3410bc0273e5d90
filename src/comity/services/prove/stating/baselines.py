"""The earlier statement that a statement is compared with: both signed it, and what was measured then is in the new file, proved.

Trust:      the note over the earlier statement names a digest of what was measured, so that this part proves itself to
            whoever has the two public keys; that the numbers were ours once, our own ledger says (``agreeing``).
Standards:  C2SP signed-note.
Answers:    ``fitting(kept, period)`` gives those that stand here, in order; ``record(data, keys, ...)`` gives what stands in the
            new file, or raises ``ComityError``; ``fault(baseline, keys, ...)`` names what does not hold in it.
Limits:     of the same two parties, and over before the new period begins. A key that was changed since must be among those given.
"""

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from comity.accord.measured import is_sound
from comity.accord.spam_share import SPAM
from comity.accord.statement import FORMATS
from comity.ledger import note
from comity.model import period as periods
from comity.model.joint_statement import KeptStatement, StatementState
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period
from comity.services.prove.stating import making

_PARTS: Final = {"period", "note", "measured"}


def fitting(kept: Iterable[KeptStatement], period: Period) -> list[KeptStatement]:
    """Those that both signed, are as long, and were over before this period begins; the newest period first."""
    found = [
        (earlier.last, each)
        for each in kept
        if each.state is StatementState.SIGNED
        and (earlier := periods.read(each.period)) is not None
        and earlier.horizon is period.horizon
        and earlier.last < period.first
    ]
    return [each for _, each in sorted(found, key=lambda pair: pair[0], reverse=True)]


def says_something(data: bytes) -> bool:
    """Whether spam or traps were counted for a statement."""
    found = making.read(data)
    measured = found[0].get("measured") if found is not None else None
    return isinstance(measured, dict) and any(isinstance(each, dict) and SPAM in each for each in measured.values())


def record(data: bytes, keys: Sequence[note.Verifier], *, parties: Sequence[str], period: Period) -> dict[str, Any]:
    """What stands in the new file."""
    found = making.read(data)
    statement, note_text = found if found is not None else ({}, None)
    baseline = {"period": statement.get("period"), "note": note_text, "measured": statement.get("measured")}
    wrong = fault(baseline, keys, parties=parties, period=period)
    if wrong is None and not says_something(data):
        wrong = "baseline-says-nothing"
    if wrong is not None:
        raise ComityError(
            wrong,
            f"the earlier statement cannot be compared with: {wrong}",
            outcome=Outcome.BAD_INPUT,
            place=str(statement.get("period") or "-")[:20],
            details={"period": str(statement.get("period") or "-")[:20], "now": period.name},
        )
    return baseline


def fault(baseline: Any, keys: Sequence[note.Verifier], *, parties: Sequence[str], period: Period) -> str | None:
    """What does not hold, by name; None where both signed it, and what was measured is what they signed."""
    if not isinstance(baseline, Mapping) or set(baseline) != _PARTS or not isinstance(baseline["measured"], Mapping):
        return "baseline-malformed"
    earlier = periods.read(str(baseline["period"]))
    if earlier is None or earlier.name != baseline["period"] or earlier.last >= period.first:
        return "baseline-not-before"
    text = baseline["note"] if isinstance(baseline["note"], str) else ""
    opened = note.opened(text, in_both_algorithms(keys))
    if opened is None or not set(parties) <= set(opened.signers):
        return "baseline-not-signed"
    lines = opened.text.splitlines()
    wanted = [f"{parties[0]} {parties[1]} {earlier.name}", making.digest(baseline["measured"])]
    if (
        len(lines) != 4
        or lines[0] not in FORMATS
        or [lines[1], lines[3]] != wanted
        or not is_sound(baseline["measured"], parties)
    ):
        return "baseline-differs"
    return None


def in_both_algorithms(keys: Iterable[note.Verifier]) -> list[note.Verifier]:
    """Each key for both kinds of signatures."""
    return [
        note.Verifier(name=key.name, public=key.public, algorithm=algorithm)
        for key in keys
        for algorithm in (note.ED25519, note.COSIGNATURE)
    ]


def digest_of(baseline: Mapping[str, Any]) -> str:
    """The SHA-256 of the statement that was signed then, as our ledger has it."""
    return b64decode(str(baseline["note"]).splitlines()[2]).hex()
