"""The text of a joint statement: begun by one side, joined by the other, signed by both over the same bytes.

Trust:      what the other side put in was checked by ``checking`` before it is joined; our own part comes from our own ledger.
Standards:  C2SP signed-note: what is signed names the parties, the period, the SHA-256 of the statement's canonical JSON and
            that of what was measured.
Answers:    ``begin``, ``join``, ``text_to_sign``, ``write`` and ``read`` of the file.
Limits:     a number that one side does not show, neither shows; joining drops signatures that were there before.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from comity.accord.measured import not_measured
from comity.accord.spam_share import changes
from comity.accord.statement import BY_HOURS, FORMAT, FORMATS, breakdown_of, canonical, derived, rules, shown
from comity.ledger import day_close, leaf
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period
from comity.services.prove.stating.evidence import OneDirection

LIMIT: Final = 256 << 20

Measured = Mapping[str, Mapping[str, Any]]  # what one side measured beside its ledger


def begin(
    parties: Sequence[str],
    period: Period,
    ours: str,
    *,
    found: Sequence[OneDirection],
    made: datetime,
    measured: Measured | None = None,
    baseline: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A statement with the evidence of one side; ``baseline`` is what ``baselines.record`` gave."""
    statement: dict[str, Any] = {
        "format": FORMAT if all(each.by_agreement for each in found) else BY_HOURS,
        "parties": list(parties),
        "period": period.name,
        "made": made.replace(microsecond=0).isoformat(),
        "directions": [
            {"reporting": each.reporting, "reported": each.reported, "numbers": [], "withheld": []} for each in found
        ],
        "evidence": {},
        "baseline": baseline,
    }
    return join(statement, ours, found, measured=measured)


def join(
    statement: Mapping[str, Any], ours: str, found: Sequence[OneDirection], *, measured: Measured | None = None
) -> dict[str, Any]:
    """The statement with the evidence of one more side."""
    by_agreement = statement["format"] == FORMAT
    if by_agreement and not all(each.by_agreement for each in found):
        raise ComityError(
            "statement-by-hours",
            "our own closes do not say what became of reports by the days of the agreement",
            outcome=Outcome.BAD_INPUT,
            place=str(statement["period"]),
            details={"period": str(statement["period"])},
        )
    joined: dict[str, Any] = json.loads(canonical(statement))
    records = []
    for direction, mine in zip(joined["directions"], found, strict=True):
        before = {each["key"]: each["values"] for each in direction["numbers"]}
        already = {key for key, values in before.items() if None in values.values()}
        view = shown(mine.cells, already, direction["withheld"], whole=FORMATS[statement["format"]])
        without = set(view.withheld)
        keys = {key for key in (*before, *view.numbers) if breakdown_of(key) not in without}
        hides = already | {key for key, count in view.numbers.items() if count is None}
        sides = [*joined["evidence"], ours]
        direction["numbers"] = [
            {
                "key": key,
                "values": {
                    side: None
                    if key in hides
                    else (view.numbers.get(key, 0) if side == ours else before.get(key, {}).get(side, 0))
                    for side in sides
                },
            }
            for key in sorted(keys)
        ]
        direction["withheld"] = sorted(without)
        records.append((mine, {key for key in keys if key not in hides}))
    joined["evidence"][ours] = {
        "directions": [mine.record(keys) for mine, keys in records],
        "countries": found[0].countries,
    }
    _take_away(joined)
    hours = {hour for each in found for hour in each.within_hours} | set(
        joined.get("rules", {}).get("within_hours", ())
    )
    joined["rules"] = rules(answers=answer_rules(joined)) if by_agreement else rules(within_hours=sorted(hours))
    joined["derived"] = derived_of(joined)
    joined["differences"] = differences(joined)
    joined["measured"] = dict(joined.get("measured", {})) | ({ours: measured} if measured else {})
    joined["not_measured"] = not_measured(joined["measured"])
    joined["changes"] = changes_of(joined)
    return joined


def _take_away(statement: dict[str, Any]) -> None:
    """Openings of numbers that are not shown any more."""
    for number, direction in enumerate(statement["directions"]):
        seen = {each["key"] for each in direction["numbers"] if None not in each["values"].values()}
        for side in statement["evidence"].values():
            record = side["directions"][number]
            record["openings"] = [each for each in record["openings"] if each["key"] in seen]


def answer_rules(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By which days each side answers, as the closes in the statement say: of which agreement, and without which holidays."""
    found = []
    for number, direction in enumerate(statement["directions"]):
        terms: set[tuple[str, int, int]] = set()
        days: dict[str, set[Any]] = {"zones": set(), "work_days": set(), "holidays": set(), "extra_days": set()}
        for evidence in statement["evidence"].values():
            for channel in evidence["directions"][number]["channels"]:
                for each in channel["closes"]:
                    said = day_close.read(leaf.read(str(each["leaf"]).encode()) or {})
                    if said is None or said.answers is None:
                        continue
                    stated = said.answers.work_days
                    terms |= set(said.answers.terms)
                    days["zones"].add(stated.zone)
                    days["work_days"] |= set(stated.work_days)
                    days["holidays"] |= {day.isoformat() for day in stated.holidays}
                    days["extra_days"] |= {day.isoformat() for day in stated.extra_days}
        found.append(
            {
                "answering": direction["reporting"],
                "terms": [{"sha256": digest, "version": version, "days": n} for digest, version, n in sorted(terms)],
            }
            | {name: sorted(each) for name, each in days.items()}
        )
    return found


def derived_of(statement: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What follows from the numbers, for each side whose ledger is in it."""
    found = {}
    for side in statement["evidence"]:
        cells = {
            (each["reporting"], each["reported"]): {row["key"]: row["values"].get(side) for row in each["numbers"]}
            for each in statement["directions"]
        }
        found[side] = [
            asdict(each) | {"direction": list(each.direction)}
            for each in derived(statement["parties"], cells, str(statement["format"]))
        ]
    return found


def differences(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Numbers that the two ledgers do not have alike."""
    return [
        {"reporting": each["reporting"], "reported": each["reported"], "key": row["key"], "values": row["values"]}
        for each in statement["directions"]
        for row in each["numbers"]
        if len(set(row["values"].values())) > 1
    ]


def changes_of(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What changed since the baseline; nothing where there is none."""
    baseline = statement["baseline"]
    return [] if baseline is None else changes(statement["measured"], baseline["measured"], statement["parties"])


def digest(record: Any) -> str:
    """The SHA-256 of a record's one form, as it stands in a note."""
    return b64encode(sha256(canonical(record)).digest()).decode()


def text_to_sign(statement: Mapping[str, Any]) -> str:
    """The text of the note that both sides sign; what was measured has a line of its own, so that it can be a baseline later."""
    one, other = statement["parties"]
    lines = (
        str(statement["format"]),
        f"{one} {other} {statement['period']}",
        digest(statement),
        digest(statement.get("measured")),
    )
    return "".join(f"{line}\n" for line in lines)


def write(statement: Mapping[str, Any], note_text: str | None) -> bytes:
    """The file."""
    return canonical({"note": note_text, "statement": statement}) + b"\n"


def read(data: bytes) -> tuple[dict[str, Any], str | None] | None:
    """Statement and note out of a file; None unless these are exactly the bytes that ``write`` gives."""
    if len(data) > LIMIT:
        return None
    try:
        record = json.loads(data)
        statement, note_text = record["statement"], record["note"]
        is_same = write(statement, note_text) == data
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not is_same or not isinstance(statement, dict) or not (note_text is None or isinstance(note_text, str)):
        return None
    return statement, note_text
