"""``comity statement``: make, sign, verify and show what two networks state together; by file here, over HTTPS in
``statement_exchange``.

Trust:      ``verify`` and ``show`` read a stranger's file; they need no settings, no store and nothing from the net.
Answers:    exit status 0 when all holds, 65 when something does not, each fault with its name.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.accord.spam_share import SPAM
from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.prove import statement_exchange, statement_show
from comity.cli.prove.statement_show import write_file
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.prove.stating.checking import Checked

_UNREADABLE = ("bytes-changed", "form", "measured-wrong", "changes-differ")

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]


@command.callback()
def _group() -> None:
    """What two networks state together."""


@command.command("make")
def make(  # noqa: PLR0917 - the options of a command line
    peer: Annotated[str, typer.Argument(metavar="PEER")],
    period: Annotated[str, typer.Argument(metavar="PERIOD")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", dir_okay=False)],
    baseline: Annotated[str | None, typer.Option("--baseline", metavar="PERIOD|FILE")] = None,
    as_json: AsJson = False,
) -> None:
    """Begin a statement about a period, with the evidence of our ledger."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.proving import peer_domain, peer_keys, stating

    stretch = days.period(period)
    domain = peer_domain(settings(), peer)
    with desk_read(settings()) as records:
        earlier = statement_exchange.earlier(records, domain, stretch, named=baseline)
        known = peer_keys(records, [domain])
        data = stating(settings()).make(records, domain, stretch, now=datetime.now(UTC), keys=known, baseline=earlier)
    write_file(out, data)
    said = {"path": str(out), "period": stretch.name, "peer": domain, "bytes": len(data)}
    print(json.dumps(said) if as_json else speaker().say("statement.made", **{**said, "path": plain(str(out))}))


@command.command("sign")
def sign(  # noqa: PLR0917 - the options of a command line
    path: File,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", dir_okay=False)] = None,
    key: Annotated[list[str] | None, typer.Option("--key", metavar="KEY")] = None,
    with_differences: Annotated[bool, typer.Option("--with-differences")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a statement, add what our ledger says where that is not in it, and sign it."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.proving import keys_in, peer_keys, stating
    from comity.services.prove.stating import by_file

    desk, store = stating(settings()), desk_store(settings())
    data = path.read_bytes()
    try:
        with store.write() as records:
            known = keys_in(key) if key else peer_keys(records, _parties(data))
            done = by_file.sign(
                desk, records, data, keys=known, now=datetime.now(UTC), with_differences=with_differences
            )
    finally:
        store.close()
    write_file(out or path, done.data)
    said = {
        "path": str(out or path),
        "joined": done.joined,
        "differences": [dict(each) for each in done.differences],
        "missing": list(done.missing),
    }
    if as_json:
        print(json.dumps(said))
        return
    say = speaker().say
    put(say("statement.joined" if done.joined else "statement.signed", path=plain(str(out or path))))
    for each in done.differences:
        put(say("statement.difference", what=plain(_difference(each))))
    for name in done.missing:
        put(say("statement.still", name=plain(name)))


@command.command("verify")
def verify(
    path: File,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...")],
    as_json: AsJson = False,
) -> Outcome:
    """Check a statement with nothing but the file and two public keys."""
    from comity.bootstrap.proving import keys_in
    from comity.services.prove.stating.checking import check

    checked = check(path.read_bytes(), keys_in(keys))
    if as_json:
        print(json.dumps(_object(checked)))
    else:
        _tell(checked)
    return Outcome.BAD_INPUT if checked.faults else Outcome.DONE


command.command("show")(statement_show.command)
command.command("propose")(statement_exchange.propose)
command.command("list")(statement_exchange.show_all)
command.command("accept")(statement_exchange.accept)
command.command("fetch")(statement_exchange.fetch)


def _tell(checked: "Checked") -> None:
    from comity.web.pages.statement_compared import sentences

    say = speaker().say
    statement = checked.statement or {}
    if checked.proved:
        put(say("statement.list.proved"))
    noughts: dict[tuple[str, str], list[str]] = {}
    for each in checked.proved:
        value = say("statement.not-shown") if each.value is None else str(each.value)
        how = say("statement.by", close=plain(each.by)) if each.by else ""
        arrow, proof = f"{plain(each.reporting)} → {plain(each.reported)}", f"({plain(each.side)}) {how}".rstrip()
        if each.value == 0:
            noughts.setdefault((arrow, proof), []).append(plain(each.key))
        else:
            put(f"{arrow}  {plain(each.key)}  {value}  {proof}")
    for (arrow, proof), keys in noughts.items():
        put(f"{arrow}  {say('statement.list.noughts', keys=', '.join(keys))}  {proof}")
    is_readable = not any(each.code in _UNREADABLE or each.code.startswith("baseline-") for each in checked.faults)
    if is_readable:
        put(say("statement.list.measured" if _measured(statement) else "statement.list.measured-none"))
    for side, parts in sorted(statement.get("measured", {}).items()) if is_readable else ():
        for name, part in sorted(parts.items()):
            if name == SPAM:
                continue
            whole = 10 if "per_mille" in part else 10_000  # in per cent
            shares = {key: part[key] / whole for key in ("per_mille", "per_million", "low", "high") if key in part}
            put(say(f"statement.measured.{name}", side=plain(side), **{**part, **shares}))
    for sentence in sentences(statement) if is_readable else ():
        put(plain(sentence[speaker().language.startswith("zh")]))
    for name in statement.get("not_measured", []):
        put(say("statement.not-measured", what=say(f"statement.unmeasured.{name}")))
    for each in statement.get("differences", []):
        put(say("statement.difference", what=plain(_difference(each))))
    for fault in checked.faults:
        put(say("statement.fault", what=say(f"statement.fault.{fault.code}"), where=plain(fault.where)))
    for name, key in checked.other_keys:
        put(say("statement.other-key", name=plain(name), key=plain(key)))
    shown = sum(each.value is not None for each in checked.proved)
    if checked.faults:
        put(say("statement.fails", n=len(checked.faults)))
        return
    put(
        say(
            "statement.holds",
            parties=plain(", ".join(checked.signers)),
            n=shown,
            hidden=len(checked.proved) - shown,
            measured=_measured(statement),
            days=checked.days,
            heads=checked.heads,
            cosigned=checked.cosigned_heads,
        )
    )


def _object(checked: "Checked") -> dict[str, object]:
    statement = checked.statement or {}
    baseline = statement.get("baseline")
    return {
        "holds": not checked.faults,
        "faults": [{"code": each.code, "where": each.where} for each in checked.faults],
        "signers": list(checked.signers),
        "other_keys": [{"name": name, "key": key} for name, key in checked.other_keys],
        "period": statement.get("period"),
        "days": checked.days,
        "heads": checked.heads,
        "cosigned_heads": checked.cosigned_heads,
        "numbers": [
            {
                "reporting": each.reporting,
                "reported": each.reported,
                "key": each.key,
                "side": each.side,
                "value": each.value,
                "proved_by": each.by,
            }
            for each in checked.proved
        ],
        "measured": statement.get("measured", {}),
        "not_measured": statement.get("not_measured", []),
        "baseline": baseline and {"period": baseline.get("period"), "measured": baseline.get("measured")},
        "changes": statement.get("changes", []),
        "differences": statement.get("differences", []),
        "faults_by_code": Counter(each.code for each in checked.faults),
    }


def _measured(statement: Mapping[str, Any]) -> int:
    """How many numbers one side measured by itself."""
    return sum(
        sum(part[each] is not None for each in ("spam", "traps")) if name == SPAM else 1
        for parts in statement.get("measured", {}).values()
        for name, part in parts.items()
    )


def _difference(each: Mapping[str, Any]) -> str:
    values = each["values"]
    told = ", ".join(f"{side} {value}" for side, value in values.items())
    return f"{each['reporting']} → {each['reported']}  {each['key']}: {told}"


def _parties(data: bytes) -> list[str]:
    from comity.services.prove.stating.making import read

    found = read(data)
    parties = found[0].get("parties") if found else None
    return [str(each) for each in parties] if isinstance(parties, list) else []
