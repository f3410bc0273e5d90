"""``comity read PATH... [--json]``: read feedback of any kind, store nothing, one line per report.

Trust:      what is shown comes from strangers: control characters are made visible, JSON is escaped.
Answers:    exit status 0 when everything was read, 65 when an item was unreadable; every item gives at least one line.
"""

import json
import sys
from typing import Annotated, Any, Final

import typer

from comity.cli.configuration import settings
from comity.cli.desk.wanted import wanted
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.outcomes import Outcome
from comity.services.receive import read as service

_FIELDS: Final = "xarf-field-"  # each of these names another field to mend
_PLACES: Final = 5  # of others, which a mail may have a hundred of


def command(
    path: Annotated[list[str], typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Read each item of each path and show what it reports."""
    from comity.bootstrap import reader_for
    from comity.outlets.mailboxes import as_given, open_source

    say = speaker().say
    read = reader_for(settings())
    outcome = Outcome.DONE
    with progress(say("read.progress")) as line:
        for each in path:
            for item, reading in service.read_items(as_given(each, open_source(each)), read):
                line.advance()
                # One row at a time: a table may have hundreds of thousands.
                for row in (service.closed_row(item),) if reading is None else service.rows(item.name, reading):
                    if row["kind"] == "unreadable":
                        outcome = Outcome.BAD_INPUT
                    _show(row, as_json)
    return outcome


def _show(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(row, ensure_ascii=True) + "\n")  # no sign of a stranger's reaches the terminal raw
        return
    say = speaker().say
    facts = [
        row["feedback_type"],
        f"{_address(row['source_ip'], row['source_port'])} ({row['source_ip_from']})" if row["source_ip"] else None,
        " ".join(row["dkim_domain"][:3]) or None,
        f"<{row['message_id']}>" if row["message_id"] else None,
    ]
    shown = "  ".join(plain(each, 60) for each in facts if each)
    words = say(f"kind.{row['kind']}")
    if row["kind"] == "unreadable":
        words += f" ({say(row['why'])})"
    sys.stdout.write(f"{plain(row['path'])}: {words}{'  ' if shown else ''}{shown}\n")
    remarks: dict[str, list[str]] = {}
    for note in row["findings"]:
        if note["severity"] != "note":
            remarks.setdefault(note["code"], []).append(_beside(note))
    for code, places in remarks.items():
        most = len(places) if code.startswith(_FIELDS) else _PLACES
        for place in places[:most]:
            sys.stdout.write(f"    {plain(say(f'finding.{code}'), 200)}{place}\n")
        if len(places) > most:
            sys.stdout.write(f"      {say('read.more', n=len(places) - most)}\n")


def _address(host: str, port: int | None) -> str:
    """Behind an address that many share, the port tells whose mail it was.

    >>> _address("192.0.2.1", 4455), _address("2001:db8::1", 4455), _address("192.0.2.1", None)
    ('192.0.2.1:4455', '[2001:db8::1]:4455', '192.0.2.1')
    """
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _beside(note: dict[str, Any]) -> str:
    """Where it is (a field, a JSON path, a byte), and the text that it is about."""
    detail = note["detail"]
    if detail and note["code"].startswith(_FIELDS):
        detail = wanted(detail)
    said = [plain(each, limit) for each, limit in ((note["where"], 80), (detail, 100)) if each]
    return f" [{(' ' if said[-1][0] in '(（' else ': ').join(said)}]" if said else ""
