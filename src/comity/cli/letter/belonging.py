"""``comity letter open|attach``: a letter that stands in no case is put into one, where it can be answered.

Trust:      a person says where it belongs; what the letter says of itself proves nothing.
Answers:    the case in which it stands then, as a sentence or with ``--json``.
Limits:     the number is that of ``comity letter list``; a letter that stands in a case stays there.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import speaker
from comity.cli.wrapping import put
from comity.model.case import SubjectKind
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.desk import DeskCase
    from comity.services.receive.conversation.joining import Joining
    from comity.store.records import Records

_Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=10**18)]
_By = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json")]


def open_case(
    number: _Number,
    *,
    about: Annotated[str, typer.Option("--about", metavar="letter|customer|address|subscriber")] = "letter",
    label: Annotated[str, typer.Option("--label", metavar="NAME")] = "",
    by: _By = None,
    as_json: _Json = False,
) -> None:
    """Open a case for a letter, or put it into the open one on the same."""
    if about not in list(SubjectKind):
        raise ComityError("letter-about", about, outcome=Outcome.USAGE, details={"text": about})
    kind = SubjectKind(about)
    _put(number, lambda _, joining, item: joining.open(item, kind, label), by=by, as_json=as_json)


def attach(
    number: _Number,
    case: Annotated[str, typer.Argument(metavar="CASE")],
    *,
    by: _By = None,
    as_json: _Json = False,
) -> None:
    """Put a letter into a case that is there."""
    from comity.services.receive.desk import Desk

    def put_into(records: "Records", joining: "Joining", item: int) -> "DeskCase":
        return joining.attach(item, Desk(records, actor="", now=datetime.now(UTC)).find(case))

    _put(number, put_into, by=by, as_json=as_json)


def _put(
    number: int,
    how: "Callable[[Records, Joining, int], DeskCase]",
    *,
    by: str | None,
    as_json: bool,
) -> None:
    from comity.bootstrap.conversation.letter_desk import LetterDesk
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.conversation.joining import Joining

    letters = LetterDesk(settings())
    with desk_write(settings()) as records:
        item = records.arrived.item_of(number)
        if item is None:
            text = str(number)
            raise ComityError("arrived-unknown", f"letter {text}", outcome=Outcome.UNKNOWN, details={"text": text})
        joining = Joining(records, letters.following(), ours=letters.ours, actor=by or account(), now=datetime.now(UTC))
        found = how(records, joining, item.id)
    if as_json:
        print(json.dumps({"letter": number, "case": found.case_id}))
    else:
        put(speaker().say("letter-to-us.stands", case=found.case_id))
