"""From what an operator writes to terms that can be signed: a draft, a file laid over it, and the way back to the file's words.

Trust:      the operator's own file; what it says is checked by ``document.faults_of`` like the other side's.
Answers:    ``begun`` and ``following`` give a record, ``laid_over`` it with a file, ``stamped`` with number and time;
            ``file_of`` the file; ``key_of(where, ours)`` the key in the file that a fault is about.
Limits:     in a file the two sides are called ``ours`` and ``theirs``, the two directions ``we_send`` and ``they_send``. A day
            means its first moment in UTC. ``false`` takes a table away.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from comity.accord.agreement.making import Record
from comity.model.agreement import Agreement

ANSWER_WITHIN: Final = timedelta(days=30)
_DIRECTION: Final[Record] = {
    "classes": ["complaint"],
    "definitions": ["complaint"],
    "tier": "T1",
    "body": "never",
    "format": "arf",
    "tlp": "TLP:AMBER",
    "quota": 1000,
    "retention_days": 90,
    "acknowledge_days": 2,
    "answer_days": 5,
    "trial": None,
    "legal_basis": None,
    "transfer": None,
    "subjects": None,
}
_CONTACT: Final[Record] = {"role": "desk", "name": None, "phone": None, "hours": None, "zone": None}
_SIDES: Final = {"ours": "sides", "theirs": "sides", "we_send": "directions", "they_send": "directions"}
_OURS: Final = ("ours", "we_send")
_TIMES: Final = (("begins",), ("ends",), ("answer_by",), ("directions", "*", "trial", "until"))
_NESTED: Final = ("exchange", "complaint", "remarks")
_STAMPED: Final = ("parties", "version", "previous", "proposed_by", "proposed")


def side(domain: str, *, organisation: str, address: str, language: str) -> dict[str, Any]:
    """One side, with what is known of it."""
    return {
        "organisation": organisation,
        "address": address,
        "networks": [],
        "dkim_domains": [],
        "languages": list(dict.fromkeys((language, "en"))),
        "jurisdictions": [],
        "contacts": [],
    }


def begun(ours: str, peer: str, sides: Mapping[str, Record], *, known: Agreement | None = None) -> dict[str, Any]:
    """The first draft: T1 both ways; our direction as the settings have it, where they know the peer."""
    directions = {each: deepcopy(dict(_DIRECTION)) for each in sorted((ours, peer))}
    made = deepcopy({each: dict(sides[each]) for each in sorted((ours, peer))})
    if known is not None:
        theirs = made[peer]
        theirs["networks"], theirs["dkim_domains"] = list(map(str, known.networks)), list(known.dkim_domains)
        theirs["languages"] = list(known.languages)
        directions[ours]["tlp"] = known.tlp.value
        directions[ours]["format"] = known.report_format.value
        directions[ours]["definitions"] = [each.value for each in known.definitions]
        optional = (("not-spam", known.not_spam), ("replay", known.replays))
        directions[ours]["classes"] += [name for name, wanted in optional if wanted]
        if known.quota is not None:
            directions[ours]["quota"] = known.quota
    return {
        "parties": sorted((ours, peer)),
        "version": 1,
        "previous": None,
        "proposed_by": ours,
        "proposed": 0,
        "answer_by": None,
        "begins": None,
        "ends": None,
        "notice_days": 30,
        "escalate_days": 10,
        "sides": made,
        "directions": directions,
        "exchange": {"window_hours": 72, "window_mib": 64, "leaves_per_day": 100_000},
        "complaint": None,
        "remarks": None,
    }


def following(record: Record) -> dict[str, Any]:
    """The next version of terms that hold: it begins when it is accepted, unless the file says otherwise."""
    return deepcopy(dict(record)) | {"answer_by": None, "begins": None}


def stamped(record: Record, ours: str, *, number: int, previous: str | None, now: datetime) -> dict[str, Any]:
    """The record with what the program fills in."""
    answer = record["answer_by"]
    until = int((now + ANSWER_WITHIN).timestamp())
    return dict(record) | {
        "proposed_by": ours,
        "proposed": int(now.timestamp()),
        "answer_by": until if answer is None else answer,
        "version": number,
        "previous": previous,
    }


def laid_over(record: Record, given: Record, ours: str) -> dict[str, Any]:
    """A file over a record; what the file does not name stays.

    >>> laid_over({"parties": ["a", "b"], "notice_days": 30}, {"notice_days": 60}, "a")["notice_days"]
    60
    """
    made = deepcopy(dict(record))
    peer = next(each for each in record["parties"] if each != ours)
    for name, value in given.items():
        if name in _SIDES and isinstance(value, Mapping):
            party = ours if name in _OURS else peer
            target = made[_SIDES[name]][party]
            target.update(_plain(value))
            if isinstance(value.get("contacts"), list):
                target["contacts"] = [_contact(each) for each in value["contacts"]]
        elif name in _NESTED and isinstance(value, Mapping):
            made[name] = {**(made[name] or {}), **_plain(value)}
        else:
            made[name] = _value(value)
    return made


def _plain(table: Record) -> dict[str, Any]:
    return {name: _value(value) for name, value in table.items()}


def _contact(given: Any) -> Any:
    return {**_CONTACT, **_plain(given)} if isinstance(given, Mapping) else given


def _value(value: Any) -> Any:
    """A value of TOML as one of JSON; ``false`` is nothing, a day or moment its second."""
    if value is False:
        return None
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return int(datetime.combine(value, time(), UTC).timestamp())
    if isinstance(value, Mapping):
        return _plain(value)
    return [_value(each) for each in value] if isinstance(value, list) else value


def key_of(where: str, ours: str) -> tuple[str | int, ...]:
    """Where in the file a field of the document stands.

    >>> key_of("directions west.example quota", "west.example"), key_of("sides east.example contacts 0 role", "west.example")
    (('we_send', 'quota'), ('theirs', 'contacts', 0, 'role'))
    """
    words = where.split(" ")
    if words[0] in ("sides", "directions") and len(words) > 1:
        names = ("ours", "theirs") if words[0] == "sides" else ("we_send", "they_send")
        words = [names[words[1] != ours], *words[2:]]
    return tuple(int(each) if each.isdigit() else each for each in words)


def file_of(record: Record, ours: str) -> str:
    """The file that says the same, to be changed by a person."""
    peer = next(each for each in record["parties"] if each != ours)
    return "\n".join(_lines(record, ours, peer)) + "\n"


def _lines(record: Record, ours: str, peer: str) -> Iterator[str]:
    for name, value in record.items():
        if name not in (*_STAMPED, *_NESTED, "sides", "directions"):
            yield _line(name, value)
    tables = {
        "ours": record["sides"][ours],
        "theirs": record["sides"][peer],
        "we_send": record["directions"][ours],
        "they_send": record["directions"][peer],
        **{name: record[name] for name in _NESTED},
    }
    for name, table in tables.items():
        if table is None:
            yield from ("", f"# [{name}]", '# en = "..."', '# zh = "..."')
            continue
        yield from ("", f"[{name}]")
        inner = {key: value for key, value in table.items() if isinstance(value, Mapping) or key == "contacts"}
        for key, value in table.items():
            if key not in inner:
                yield _line(key, value)
        for key, value in inner.items():
            if isinstance(value, Mapping):
                yield from ("", f"[{name}.{key}]", *(_line(one, each) for one, each in value.items()))
        for contact in inner.get("contacts", ()):
            yield from ("", f"[[{name}.contacts]]", *(_line(one, each) for one, each in contact.items()))


def _line(name: str, value: Any) -> str:
    if name in {path[-1] for path in _TIMES} and isinstance(value, int):
        return f"{name} = {datetime.fromtimestamp(value, UTC).isoformat().replace('+00:00', 'Z')}"
    if value is None:
        return f"# {name} = "
    if isinstance(value, list):
        return f"{name} = [{', '.join(json.dumps(each, ensure_ascii=False) for each in value)}]"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"
