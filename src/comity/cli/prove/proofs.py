"""``comity ledger prove|check|opening|forks``: proofs that hold by themselves, and what chance picks for a third party.

Trust:      a proof to be checked is a stranger's file; what counts are the keys that are given.
Standards:  C2SP tlog-proof: any program that knows the format can check it.
Answers:    ``prove`` writes the file to standard output, ``forks`` lists peers that signed two histories, or writes the file about
            one; ``check`` says what either proves, exit status 65 where it proves nothing.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.ledger.note import Verifier
    from comity.ledger.proof import Checked, CheckedFork
    from comity.services.prove.proving import Proved

AsJson = Annotated[bool, typer.Option("--json")]
_LIMIT = 1 << 20


def prove(
    name: Annotated[str, typer.Argument(metavar="ID")],
    channel: Annotated[str | None, typer.Option("--channel", metavar="ORIGIN")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that an event stands in the ledger."""
    from comity.bootstrap.desk import desk_read
    from comity.ledger import checkpoint
    from comity.services.prove import proving

    with desk_read(settings()) as rows:
        channels = [each for each in rows.ledger.channels() if channel in (None, each.origin)]
        known = {each.channel_id for each in channels}
        found = [each for each in rows.history.find(name) if each.channel_id in known]
        proved = proving.prove(rows.history, rows.ledger.channels(), name) if found else []
    proved = [each for each in proved if channel is None or each.proof.head.split("\n", 1)[0] == channel]
    if not proved:
        raise ComityError(
            "leaf-unknown", f"no leaf is called {name}", outcome=Outcome.BAD_INPUT, place=name, details={"name": name}
        )
    if len(proved) > 1 and not as_json:
        origins = ", ".join(each.proof.head.split("\n", 1)[0] for each in proved)
        raise ComityError(
            "leaf-in-many",
            f"{name} stands in several channels",
            outcome=Outcome.USAGE,
            place=name,
            details={"name": name, "channels": origins},
        )
    for each in proved:
        if as_json:
            head = checkpoint.read(each.proof.head.partition("\n\n")[0] + "\n")
            print(json.dumps({"channel": head and head.origin, **_object(each)}))
        else:
            print(each.proof.text(), end="")


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    key: Annotated[list[str], typer.Option("--key", metavar="KEY|CARD")],
    as_json: AsJson = False,
) -> Outcome:
    """Check a proof with public keys and nothing else."""
    from comity.ledger import proof

    keys = [verifier for each in key for verifier in _keys(each)]
    given = file.read_bytes()[:_LIMIT].decode("utf-8", "replace")
    if given.startswith(proof.FORK):
        return _check_fork(proof.checked_fork(proof.read_fork(given), keys), as_json=as_json)
    read = proof.read(given)
    checked = proof.checked(read, keys)
    text = read.leaf.decode("utf-8", "replace") if read and checked.fault is None else None
    if as_json:
        print(
            json.dumps(
                {
                    "holds": checked.fault is None,
                    "fault": checked.fault,
                    "channel": checked.head and checked.head.origin,
                    "size": checked.head and checked.head.size,
                    "position": read and read.position,
                    "leaf": text and json.loads(text),
                    "signed_by": list(checked.signers),
                    "cosigned_by": [{"name": name, "second": second} for name, second in checked.cosigned],
                }
            )
        )
    else:
        _tell(checked, read.position if read else 0, text)
    return Outcome.DONE if checked.fault is None else Outcome.BAD_INPUT


def opening(
    channel: Annotated[str, typer.Argument(metavar="ORIGIN")],
    nonce: Annotated[str, typer.Option("--nonce", metavar="HEX")],
    count: Annotated[int, typer.Option("--count", min=1, max=10_000)] = 60,
) -> None:
    """Open the leaves that a third party's number picks, under the newest head of both sides."""
    from comity.bootstrap.desk import desk_read
    from comity.services.prove import proving

    try:
        drawn = bytes.fromhex(nonce)
    except ValueError:
        drawn = b""
    if len(drawn) < 16:
        raise ComityError("nonce-short", "a nonce has at least 32 hexadecimal figures", outcome=Outcome.USAGE)
    with desk_read(settings()) as rows:
        found = rows.history.channel(channel)
        proved = proving.opening(rows.history, found, drawn, count=count) if found else []
    for each in proved:
        print(json.dumps(_object(each)))


def forks(
    channel: Annotated[str | None, typer.Argument(metavar="[ORIGIN]")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who signed two histories, or write what proves it of one channel."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as rows:
        found = [each for each in rows.forks.all() if channel in (None, each.origin)]
    if channel is not None and not found:
        raise ComityError(
            "fork-unknown", f"nothing proves it of {channel}", outcome=Outcome.BAD_INPUT, place=channel, details={}
        )
    for each in found:
        if as_json:
            shown = {name: getattr(each, name) for name in ("origin", "writer", "smaller", "larger", "proof")}
            print(json.dumps(shown | {"seen": each.seen.isoformat()}))
        elif channel is not None:
            print(each.proof, end="")
        else:
            who, moment = plain(each.writer), f"{each.seen:%Y-%m-%d %H:%M}"
            put(speaker().say("ledger.forked", peer=who, channel=plain(each.origin), at=each.smaller, moment=moment))
            put(speaker().say("ledger.forked.file", channel=plain(each.origin)))
    if not found and not as_json:
        put(speaker().say("ledger.forks.none"))


def _check_fork(checked: "CheckedFork", *, as_json: bool) -> Outcome:
    smaller, larger, say = checked.smaller, checked.larger, speaker().say
    holds = checked.fault is None
    if as_json:
        print(
            json.dumps(
                {
                    "holds": holds,
                    "fault": checked.fault,
                    "channel": smaller and smaller.origin,
                    "signed_twice_by": checked.writer if holds else None,
                    "sizes": [each.size for each in (smaller, larger) if each],
                }
            )
        )
    elif holds and smaller is not None and larger is not None:
        origin, who = plain(smaller.origin), plain(checked.writer or "")
        put(say("ledger.fork-holds", peer=who, channel=origin, at=smaller.size, size=larger.size))
    else:
        put(say("ledger.proof-fails", reason=say(f"ledger.proof.{checked.fault}")))
    return Outcome.DONE if holds else Outcome.BAD_INPUT


def _object(proved: "Proved") -> dict[str, object]:
    return {
        "position": proved.proof.position,
        "proof": proved.proof.text(),
        "salt": proved.salt.hex() if proved.salt else None,
        "payload": proved.payload.decode("utf-8", "replace") if proved.payload is not None else None,
    }


def _keys(given: str) -> "list[Verifier]":
    from comity.ledger import note, pairing

    path = Path(given)
    text = path.read_text(encoding="utf-8") if "+" not in given and path.exists() else given
    card = pairing.read_card(text)
    key = card.ledger if card else note.decoded(text)
    if key is None:
        raise ComityError("key-unreadable", "this is no public key and no card", outcome=Outcome.USAGE, place=given)
    return [
        note.Verifier(name=key.name, public=key.public, algorithm=each) for each in (note.ED25519, note.COSIGNATURE)
    ]


def _tell(checked: "Checked", position: int, text: str | None) -> None:
    from datetime import UTC, datetime

    say = speaker().say
    if checked.fault is not None or checked.head is None:
        put(say("ledger.proof-fails", reason=say(f"ledger.proof.{checked.fault}")))
        return
    put(say("ledger.proof-holds", position=position, size=checked.head.size, channel=plain(checked.head.origin)))
    for name in checked.signers:
        put(say("ledger.proof-signed", name=plain(name)))
    for name, second in checked.cosigned:
        moment = f"{datetime.fromtimestamp(min(second, 1 << 34), UTC):%Y-%m-%d %H:%M:%S}"
        put(say("ledger.proof-cosigned", name=plain(name), moment=moment))
    print(plain(text or ""))
