"""What holds on recipients and customers, as files that mail servers and people read.

Trust:      recipients are strangers' words, made fit for each format: no line of a table can become two, no cell a formula.
Standards:  RFC 4180 (CSV), RFC 8259 (JSON), Postfix access(5) and cidr_table(5).
Answers:    ``files_of(held, networks, throttle_with)`` gives the bytes of each file by its name.
Limits:     exact values stand in JSON; in CSV a cell that a spreadsheet would compute has an apostrophe before it.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from comity.formats.cells import cell
from comity.model.case_consequence import CaseConsequence
from comity.model.playbook import ActionKind

_COLUMNS: Final = ("kind", "value", "measure", "case", "why", "by", "since", "until")
SUPPRESSED: Final = "suppressed"
CUSTOMERS: Final = "customers"


def files_of(
    held: Sequence[CaseConsequence], holdings: Mapping[str, Sequence[str]], *, throttle_with: str
) -> Mapping[str, bytes]:
    """All files; ``holdings`` are the networks and domains of each customer."""
    suppressed = [each for each in held if each.kind is ActionKind.SUPPRESS]
    customers = [each for each in held if each.kind is not ActionKind.SUPPRESS]
    cidr, domains = _customer_tables(customers, holdings, throttle_with)
    return {
        f"{SUPPRESSED}.csv": _csv(suppressed),
        f"{SUPPRESSED}.json": _json(suppressed),
        f"{SUPPRESSED}.postfix": _recipients(suppressed),
        f"{CUSTOMERS}.csv": _csv(customers),
        f"{CUSTOMERS}.json": _json(customers),
        f"{CUSTOMERS}.cidr": cidr,
        f"{CUSTOMERS}.domains": domains,
        f"{CUSTOMERS}.logins": _logins(customers, throttle_with),
    }


def _row(each: CaseConsequence) -> dict[str, Any]:
    return {
        "kind": each.target_kind,
        "value": each.target,
        "measure": each.kind.value,
        "case": each.case_id,
        "why": each.why,
        "by": each.actor,
        "since": each.entered.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "until": each.until and each.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _csv(rows: Sequence[CaseConsequence]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(_row(each)[name]) for name in _COLUMNS] for each in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: str | None) -> str:
    return cell("".join(sign if sign.isprintable() else " " for sign in value or ""))


def _json(rows: Sequence[CaseConsequence]) -> bytes:
    extra = [
        {**_row(each), **({"per_hour": each.facts["per_hour"]} if "per_hour" in each.facts else {})} for each in rows
    ]
    return (json.dumps(extra, ensure_ascii=True, indent=1) + "\n").encode("ascii")


def _recipients(rows: Sequence[CaseConsequence]) -> bytes:
    """access(5), asked by recipient."""
    lines = [
        f"{each.target.lower()} REJECT 5.7.1 This recipient wants no more of it ({_word(each.case_id)})"
        for each in rows
        if each.target_kind == "address" and _is_word(each.target)
    ]
    return _lines(lines)


def _customer_tables(
    rows: Sequence[CaseConsequence], holdings: Mapping[str, Sequence[str]], throttle_with: str
) -> tuple[bytes, bytes]:
    """cidr_table(5), asked by client address, and access(5), asked by sender domain."""
    networks, domains = dict[str, str](), dict[str, str]()
    order = sorted(rows, key=lambda each: each.kind is not ActionKind.HOLD)  # a hold is more than a throttle
    for each in (one for one in order if one.target_kind != "subscriber"):
        does = f"HOLD comity {_word(each.case_id)}" if each.kind is ActionKind.HOLD else throttle_with
        names = holdings.get(each.target, ()) if each.target_kind == "customer" else (each.target,)
        for name in filter(_is_word, names):
            (networks if "/" in name or ":" in name or name.replace(".", "").isdigit() else domains).setdefault(
                name, does
            )
    return (
        _lines([f"{name} {does}" for name, does in networks.items()]),
        _lines([line for name, does in domains.items() for line in (f"{name} {does}", f".{name} {does}")]),
    )


def _logins(rows: Sequence[CaseConsequence], throttle_with: str) -> bytes:
    """access(5), asked by login (``check_sasl_access``): the account that sends, or the line."""
    found: dict[str, str] = {}
    for each in sorted(rows, key=lambda each: each.kind is not ActionKind.HOLD):
        if each.target_kind == "subscriber" and _is_word(each.target):
            does = f"HOLD comity {_word(each.case_id)}" if each.kind is ActionKind.HOLD else throttle_with
            found.setdefault(each.target.lower(), does)
    return _lines([f"{name} {does}" for name, does in found.items()])


def _is_word(text: str) -> bool:
    return bool(text) and text.isprintable() and " " not in text and text[0] not in "#\"'"


def _word(text: str | None) -> str:
    return text if text is not None and _is_word(text) else "-"


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
