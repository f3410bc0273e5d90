"""``comity statement propose|list|accept|fetch``: a joint statement between two desks that reach each other over HTTPS.

Trust:      what a peer proposes is counted again before it is shown as sound; nothing is signed but by ``propose`` and ``accept``.
Answers:    a line for each statement, or ``--json`` objects; 65 where one side does not sign, 75 where the peer was not reached.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.prove.statement_show import write_file
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put, wrapped
from comity.model.joint_statement import KeptStatement, StatementState
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.bootstrap.trust.exchange import ExchangeRun
    from comity.bootstrap.trust.statements import Fetched
    from comity.model.joint_statement import Disagreement
    from comity.model.period import Period
    from comity.store.engine import Store
    from comity.store.records import Records

AsJson = Annotated[bool, typer.Option("--json")]
Peer = Annotated[str, typer.Argument(metavar="PEER")]
Stretch = Annotated[str, typer.Argument(metavar="PERIOD")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)]
_WIDTH, _SHOWN = 80, 20


def propose(  # noqa: PLR0917 - the options of a command line
    peer: Peer,
    period: Stretch,
    baseline: Annotated[str | None, typer.Option("--baseline", metavar="PERIOD|FILE")] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Outcome:
    """Make a statement, sign it first, and put it before the peer."""
    from comity.bootstrap.trust.statements import statements

    domain, stretch = _about(peer, period)
    with _desk() as store, _way(store) as run:
        for _ in run.once():
            pass  # the peer counts again what it has of our ledger: first our leaves, then what is said about them
        with store.write() as records:
            earlier_one = earlier(records, domain, stretch, named=baseline)
            kept = statements(settings()).propose(records, domain, stretch, now=datetime.now(UTC), earlier=earlier_one)
        return _hand(run, kept, out, as_json=as_json)


def accept(  # noqa: PLR0917 - the options of a command line
    peer: Peer,
    period: Stretch,
    with_differences: Annotated[bool, typer.Option("--with-differences")] = False,
    out: Out = None,
    as_json: AsJson = False,
) -> Outcome:
    """Count again what the peer proposed, sign it, and give it back."""
    from comity.bootstrap.trust.statements import statements

    domain, stretch = _about(peer, period)
    with _desk() as store, _way(store) as run:
        with store.write() as records:
            kept = statements(settings()).accept(
                records, domain, stretch, now=datetime.now(UTC), with_differences=with_differences
            )
        return _hand(run, kept, out, as_json=as_json)


def show_all(as_json: AsJson = False) -> None:
    """Every statement that was proposed, refused or signed."""
    with _desk() as store, store.read() as records:
        found = records.statements.all()
    for each in found:
        if as_json:
            print(json.dumps(_object(each)))
        else:
            _tell(each)
    if not found and not as_json:
        put(speaker().say("statement.none"))


def fetch(  # noqa: PLR0917 - the options of a command line
    peer: Peer, period: Stretch, out: Out = None, as_json: AsJson = False
) -> Outcome:
    """Ask the peer where a statement stands, and take what it signed."""
    from comity.bootstrap.trust import statements

    domain, stretch = _about(peer, period)
    with _desk() as store:
        found = statements.fetch(settings(), store, peer=domain, period=stretch.name)
    kept = found.kept
    if out is not None and kept is not None:
        write_file(out, kept.data)
    if as_json:
        told = {
            "peer": domain,
            "period": stretch.name,
            "there": found.state,
            "reason": found.reason,
            "where": found.where,
            "differing": _values(found.numbers),
            "kept": None if kept is None else _object(kept),
            "path": None if out is None or kept is None else str(out),
        }
        print(json.dumps(told))
    else:
        _fetched(domain, found)
        if kept is not None:
            _tell(kept)
        if out is not None and kept is not None:
            put(speaker().say("statement.written", path=plain(str(out))))
    return Outcome.DONE if found.reason is None else Outcome.BAD_INPUT


def earlier(records: "Records", peer: str, period: "Period", *, named: str | None) -> bytes | None:
    """The file of the statement that another one is compared with: a file, or what stands here."""
    from comity.services.prove.stating.exchanging import earlier_file

    if named is not None and Path(named).is_file():
        return Path(named).read_bytes()
    return earlier_file(records.statements, peer, period, named=named)


def _about(peer: str, period: str) -> "tuple[str, Period]":
    from comity.bootstrap.parties import exchanging
    from comity.bootstrap.proving import peer_domain

    stretch = days.period(period)
    return peer if peer in exchanging(settings()) else peer_domain(settings(), peer), stretch


def _desk() -> "closing[Store]":
    from comity.bootstrap.desk import desk_store

    return closing(desk_store(settings()))


@contextmanager
def _way(store: "Store") -> "Iterator[ExchangeRun]":
    """What gives peers our leaves and statements."""
    from comity.bootstrap.trust.exchange import ExchangeRun

    with ExitStack() as stack:
        yield ExchangeRun(settings(), stack, store)


def _hand(run: "ExchangeRun", kept: KeptStatement, out: Path | None, *, as_json: bool) -> Outcome:
    """Give the peer what we signed, and say what became of it."""
    if out is not None:
        write_file(out, kept.data)
    found = next((each for each in run.statements(kept.peer) if each.kept.sha256 == kept.sha256), None)
    reason = "no-site" if found is None else found.reason
    numbers = () if found is None else found.numbers
    if as_json:
        told = {"handed": reason is None, "refused": reason, "at": found and found.where, "numbers": list(numbers)}
        print(json.dumps(_object(kept) | told | {"path": None if out is None else str(out)}))
    else:
        _tell(kept)
        say, where = speaker().say, _place(None if found is None else found.where)
        if found is None:
            _print(say("statement.no-site", peer=plain(kept.peer)), indent=4)
        elif reason is None:
            _print(say("statement.handed", peer=plain(kept.peer)), indent=4)
        else:
            _print(say("statement.not-taken", peer=plain(kept.peer), reason=refusal(reason), where=where), indent=4)
        for each in numbers:
            _print(plain(each), indent=8)
        if out is not None:
            put(say("statement.written", path=plain(str(out))))
    if found is None or reason is None:
        return Outcome.DONE
    return Outcome.BAD_INPUT if found.reached else Outcome.TRY_AGAIN


def _tell(kept: KeptStatement) -> None:
    say = speaker().say
    _print(say(f"statement.stands.{kept.state.value}", peer=plain(kept.peer), period=kept.period))
    if kept.reason is not None:
        _print(say("statement.because", reason=refusal(kept.reason), where=_place(kept.where)), indent=4)
    _numbers_told(kept.numbers)
    if kept.state in (StatementState.PROPOSED, StatementState.DIFFERS):
        _print(say("statement.how-to-accept", peer=plain(kept.peer), period=kept.period), indent=4)


def _fetched(peer: str, found: "Fetched") -> None:
    say = speaker().say
    known = f"statement.there.{found.state}"
    words = speaker()
    _print(say(known, peer=plain(peer)) if known in words else plain(found.state))
    if found.reason is not None:
        _print(say("statement.because", reason=refusal(found.reason), where=_place(found.where)), indent=4)
    _numbers_told(found.numbers)


def _numbers_told(numbers: "Sequence[Disagreement]") -> None:
    for each in numbers[:_SHOWN]:
        values = ", ".join(f"{side} {value}" for side, value in each.values.items())
        _print(plain(f"{each.number}: {values}"), indent=8)
    if len(numbers) > _SHOWN:
        _print(speaker().say("statement.more-numbers", n=len(numbers) - _SHOWN), indent=8)


def _place(where: str | None) -> str:
    """Where something does not hold, with the name of the fault as a sentence."""
    words, (fault, _, rest) = speaker(), (where or "-").partition(" ")
    known = f"statement.fault.{fault}"
    return f"{words.say(known)}, {plain(rest)}" if known in words else plain(where or "-")


def _print(text: str, *, indent: int = 0) -> None:
    for line in wrapped(text, _WIDTH - indent):
        print(" " * indent + line)


def _object(kept: KeptStatement) -> dict[str, object]:
    return {
        "peer": kept.peer,
        "period": kept.period,
        "sha256": kept.sha256,
        "state": kept.state.value,
        "reason": kept.reason,
        "where": kept.where,
        "differing": _values(kept.numbers),
        "entered": kept.entered.isoformat(),
        "given": kept.given and kept.given.isoformat(),
    }


def _values(numbers: "Sequence[Disagreement]") -> list[dict[str, object]]:
    return [{"number": each.number, "values": dict(each.values)} for each in numbers]
