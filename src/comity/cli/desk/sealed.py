"""``comity sealed key|list|seal|log|hold|handoff|release|destroy``: what nobody may look at but the named role.

Trust:      ``--by`` must be one of ``sealed.holders``, and who opens a box needs the private key, too. Nothing here shows content.
Answers:    a line each or ``--json``; every act stands in the log of what it was done with, with who and why.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.desk.account import account, own_account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.model.sealed import Access, Sealed, SealedAct
from comity.services.public.times import instant

if TYPE_CHECKING:
    from comity.bootstrap.grave.sealing import Deed

command = typer.Typer(add_completion=False)

_NUMBER = Annotated[int, typer.Argument(metavar="NUMBER")]
_WHY = Annotated[str, typer.Option("--why", metavar="TEXT")]
_BY = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_KEY = Annotated[Path, typer.Option("--key", metavar="FILE")]
_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """What nobody may look at."""


@command.command("key")
def key(private: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Make the pair of keys."""
    from comity.bootstrap.grave.boxes import public_key
    from comity.outlets.files.sealed_box import make_keys

    public = public_key(settings())
    made = make_keys(public, private)
    put(speaker().say("sealed.key", id=made, public=str(public), private=str(private)))


@command.command("list")
def list_sealed(*, everything: Annotated[bool, typer.Option("--all")] = False, as_json: _JSON = False) -> None:
    """Show what waits for the role."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found = records.sealed.all(open_only=not everything)
    for each in found:
        print(json.dumps(_object(each), ensure_ascii=True) if as_json else _line(each))
    if not found and not as_json:
        put(speaker().say("sealed.none"))


@command.command("seal")
def seal(
    case: Annotated[str | None, typer.Option("--case", metavar="CASE")] = None,
    complaint: Annotated[int | None, typer.Option("--complaint", metavar="NUMBER")] = None,
    *,
    why: _WHY,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Seal the mails of a case, or that of a complaint."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.grave.boxes import maker_of
    from comity.services.receive.desk import Desk
    from comity.services.receive.grave.custody import BY_PERSON, SEALED, Custody

    if (case is None) == (complaint is None):
        raise ComityError("sealed-what", "--case or --complaint", outcome=Outcome.USAGE)
    now, who, maker = datetime.now(UTC), by or account(), maker_of(settings())
    keep = timedelta(days=settings().sealed.keep_days)
    with desk_write(settings()) as records:
        if case is not None:
            raws = records.sealed.raws_of_case(Desk(records, actor=who, now=now).find(case).case_id)
        else:
            raws = records.sealed.raw_of_complaint(complaint or 0)
        if not raws:
            place = str(case if case is not None else complaint)
            raise ComityError("sealed-nothing", "no mail is kept", outcome=Outcome.UNKNOWN, place=place)
        holders = settings().sealed.holders
        custody = Custody(records.sealed, by=who, why=why, holders=holders, now=now, account=own_account())
        learning = records.learning
        made = custody.seal(
            raws,
            partial(maker.close, sort=BY_PERSON),
            keep=keep,
            forget=lambda samples: learning.take_out(samples, reason=SEALED, at=now),
        )
    print(json.dumps({"sealed": list(made)}) if as_json else speaker().say("sealed.sealed", n=len(made)))


@command.command("log")
def log(number: _NUMBER, *, why: _WHY, by: _BY = None, as_json: _JSON = False) -> None:
    """Who did what with it; that you looked stands there, too."""
    from comity.bootstrap.desk import desk_write

    deed = _deed(number, by, why)
    with desk_write(settings()) as records:
        found, lines = deed.custody(settings(), records).log(number)
    if as_json:
        print(json.dumps({**_object(found), "log": [_logged(each) for each in lines]}, ensure_ascii=True))
        return
    print(_line(found))
    for each in lines:
        said = speaker().say(f"sealed.act.{each.act.value}")
        rest = " ".join(plain(one) for one in (each.to, each.reference, each.why) if one)
        put(f"  {each.at:%Y-%m-%d %H:%M} UTC  {plain(each.by)}  {said}  {rest}")


@command.command("hold")
def hold(
    number: _NUMBER,
    *,
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    why: _WHY,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Keep it until a day, whatever else is said."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.grave.sealing import admit

    deed, store = _deed(number, by, why), desk_store(settings())
    day = days.ahead(until, deed.at)
    admit(settings(), store, deed, act=SealedAct.HELD)
    with store.write() as records:
        found = deed.custody(settings(), records).hold(number, day)
    _print(found, as_json=as_json)


@command.command("handoff")
def handoff(  # noqa: PLR0913, PLR0917 - the options of a command line
    number: _NUMBER,
    key: _KEY,
    to: Annotated[str, typer.Option("--to", metavar="NAME")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    why: _WHY,
    reference: Annotated[str | None, typer.Option("--reference", metavar="TEXT")] = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Write the mail and its papers for whoever the law names."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.grave.sealing import hand_off

    deed = _deed(number, by, why)
    files = hand_off(settings(), desk_store(settings()), deed, private=key, to=to, reference=reference, out=out)
    if as_json:
        print(json.dumps({"sealed": number, "files": [str(each) for each in files]}))
    else:
        put(speaker().say("sealed.handed", n=number, to=plain(to), mail=str(files[0]), papers=str(files[1])))


@command.command("release")
def release(number: _NUMBER, *, key: _KEY, why: _WHY, by: _BY = None, as_json: _JSON = False) -> None:
    """It was none: work it off like any other mail."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.grave import sealing

    fate = sealing.release(settings(), desk_store(settings()), _deed(number, by, why), private=key)
    words = speaker()
    print(json.dumps({"sealed": number, "fate": fate}) if as_json else words.say("sealed.released", n=number))


@command.command("destroy")
def destroy(number: _NUMBER, *, why: _WHY, by: _BY = None, as_json: _JSON = False) -> None:
    """Empty the box of what was handed off."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.grave.sealing import admit

    deed, store = _deed(number, by, why), desk_store(settings())
    admit(settings(), store, deed, act=SealedAct.DESTROYED)
    with store.write() as records:
        found = deed.custody(settings(), records).destroy(number)
    _print(found, as_json=as_json)


def _deed(number: int, by: str | None, why: str) -> "Deed":
    from comity.bootstrap.grave.sealing import Deed

    return Deed(sealed_id=number, by=by or account(), why=why, at=datetime.now(UTC), account=own_account())


def _print(found: Sealed, *, as_json: bool) -> None:
    print(json.dumps(_object(found), ensure_ascii=True) if as_json else _line(found))


def _line(each: Sealed) -> str:
    words = speaker()
    sort = "-" if each.box is None else words.say(f"sealed.sort.{each.box.sort}")
    line = words.say(
        "sealed.line",
        n=each.sealed_id,
        arrived=f"{each.arrived:%Y-%m-%d %H:%M} UTC",
        size=each.size,
        gate=each.gate,
        sort=sort,
        state=words.say(f"sealed.state.{each.state.value}"),
    )
    return (
        line
        if each.hold_until is None
        else f"{line} {words.say('sealed.on-hold', until=f'{each.hold_until:%Y-%m-%d}')}"
    )


def _object(each: Sealed) -> dict[str, Any]:
    return {
        "sealed": each.sealed_id,
        "sha256": each.digest,
        "size": each.size,
        "gate": each.gate,
        "arrived": instant(each.arrived),
        "entered": instant(each.entered),
        "state": each.state.value,
        "sort": each.box.sort if each.box else None,
        "key": each.box.key_id if each.box else None,
        "hold_until": instant(each.hold_until),
        "kept_until": instant(each.kept_until),
    }


def _logged(each: Access) -> dict[str, str | None]:
    return {
        "at": instant(each.at),
        "by": each.by,
        "act": each.act.value,
        "why": each.why,
        "to": each.to,
        "reference": each.reference,
    }
