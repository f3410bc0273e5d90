"""Sign a joint statement that is handed over as a file, by the rules that hold between desks that reach each other.

Trust:      a file comes from anybody: ``agreeing`` checks it and counts again before anything of ours goes into it.
Answers:    ``sign(desk, rows, data, keys, now)`` gives ``Signing``; what we signed stands among the statements of the desk from
            then on, so that the next file, and the next proposal over HTTPS, is held against it.
Limits:     a period is stated once: what both signed stands, and where both began a statement of their own, the one whose SHA-256
            is lower goes on. A file counts as handed over: nothing is posted to the peer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from comity.accord.statement import canonical
from comity.ledger import note
from comity.model import period as periods
from comity.model.joint_statement import KeptStatement, StatementState
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.stating import exchanging, making
from comity.services.prove.stating.agreeing import Signing, Stating
from comity.services.prove.stating.exchanging import StatementTransaction

WAITS: Final = "statement-waits"


def sign(
    desk: Stating,
    rows: StatementTransaction,
    data: bytes,
    *,
    keys: Sequence[note.Verifier],
    now: datetime,
    with_differences: bool = False,
) -> Signing:
    """Check a file, add our evidence where it is not in it yet, sign it, and keep it."""
    about = _about(data, desk.domain)
    before = None if about is None else rows.statements.newest(*about)
    if before is not None and (no := _no(before, data, ours=desk.domain)) is not None:
        raise _refused(no, before)
    done = desk.sign(rows, data, keys, now=now, with_differences=with_differences)
    found = making.read(done.data)
    if about is not None and found is not None:
        rows.statements.put(_kept(about, done, found[0], now=now))
    return done


def _no(before: KeptStatement, data: bytes, *, ours: str) -> str | None:
    """Why this file is not signed beside what stands here, by name."""
    found = making.read(data)
    if found is None:
        return None  # whatever it is, checking it says so
    statement, digest = found[0], sha256(canonical(found[0])).hexdigest()
    if before.state is StatementState.PROPOSED and _is_ours_alone(statement, ours):
        return WAITS
    return exchanging.out_of_turn(before, statement, digest, ours=ours)


def _is_ours_alone(statement: Mapping[str, Any], ours: str) -> bool:
    """Whether nobody but we put evidence into it: a draft of ours, beside the proposal of theirs that waits."""
    evidence = statement.get("evidence")
    return isinstance(evidence, dict) and set(evidence) <= {ours}


def _about(data: bytes, ours: str) -> tuple[str, str] | None:
    """The other party and the period, where a file says so at all."""
    found = making.read(data)
    parties = found[0].get("parties") if found else None
    stretch = periods.read(str(found[0].get("period"))) if found else None
    if not isinstance(parties, list) or ours not in parties or stretch is None:
        return None
    peer = next((each for each in parties if isinstance(each, str) and each != ours), None)
    return None if peer is None else (peer, stretch.name)


def _kept(about: tuple[str, str], done: Signing, statement: Mapping[str, Any], *, now: datetime) -> KeptStatement:
    peer, period = about
    return KeptStatement(
        peer=peer,
        period=period,
        sha256=sha256(canonical(statement)).hexdigest(),
        state=StatementState.OFFERED if done.missing else StatementState.SIGNED,
        data=done.data,
        entered=now,
        given=now,
    )


def _refused(no: str, before: KeptStatement) -> ComityError:
    return ComityError(
        no,
        f"a statement with {before.peer} about {before.period} is {before.state.value}",
        outcome=Outcome.USAGE,
        place=before.period,
        details={"peer": before.peer, "period": before.period, "sha256": before.sha256[:16]},
    )
