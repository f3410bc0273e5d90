"""Read the machine-readable part of X-ARF 0.1 and 0.2: lines of "Key: value", mostly called report.txt.

Trust:      input is a stranger's text; output is safe to store, not to print unescaped.
Standards:  X-ARF 0.1 and 0.2 (x-arf.org): the fields of their e-mail form. The text is YAML by name; only its plainest
            form is read, and that by hand: no type, tag, anchor or nested value of YAML means anything here.
Answers:    ``read(text, original)``: the report, or None with findings where nothing says what is reported.
Limits:     200 lines; ``Port`` is the attacked port in most schemas and the source's in some, so it is never taken for a
            source port. ``Category: abuse`` is any attack, not a complaint; no such report is one.
"""

import re
from typing import Final

from comity.formats import ip
from comity.formats.mime import parse_date
from comity.formats.xarf import normal
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding, finding

LINE_LIMIT: Final = 200
_LINE: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]*:(?:[ \t]+(.*)|[ \t]*)$")
_FIELDS: Final = ("reported-from", "category", "report-type", "date", "source", "source-type")
_SOURCES: Final = ("source", "ip", "source-ip")
_URIS: Final = ("uri", "url", "download-link")
_DATES: Final = ("date", "last_seen", "first_seen")
_MAPPED: Final = frozenset(
    {
        "source", "ip", "source-ip", "source-type", "uri", "url", "domain", "date", "reported-from", "report-id",
        "user-agent", "occurrences",
    }
)  # fmt: skip
_NOT_ATTACHED: Final = normal.Original(None)


def is_shaped(text: str) -> bool:
    """Whether a text means to be such a part.

    >>> is_shaped("---\\nReport-Type: login-attack\\nSource: 192.0.2.7\\n"), is_shaped("Source: 192.0.2.7 wrote to us")
    (True, False)
    """
    fields = fields_of(text[:20_000])
    if "report-type" in fields and fields.keys() & {"source", "source-type"}:
        return True
    return text.lstrip().startswith("---") and bool(fields.keys() & {"ip", "uri"}) and len(fields) >= 3


def fields_of(text: str) -> dict[str, list[str]]:
    """The fields, names in lower case; a repeated field has several values, a folded one goes on with an indented line."""
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in text.splitlines()[:LINE_LIMIT]:
        match = _LINE.match(line)
        if match:
            last = found.setdefault(match.group(1).lower(), [])
            last.append(_unquoted(match.group(2) or ""))
        elif line[:1] in {" ", "\t"} and last and line.strip() and not line.lstrip().startswith(("#", "- ")):
            last[-1] = f"{last[-1]} {line.strip()}".strip()[: normal.VALUE_LIMIT]
        elif line.strip() == "..." or (found and line.strip() == "---"):
            break
    return found


def _unquoted(value: str) -> str:
    value = value.strip()[:8_192]
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return "" if value in {"~", "null"} else value


def read(text: str, original: normal.Original = _NOT_ATTACHED) -> tuple[FeedbackReport | None, list[Finding]]:
    """Give the report that the text states; ``original`` is the reported message where one was attached."""
    fields = fields_of(text)
    notes: list[Finding] = []
    single = {name: value for name, values in fields.items() if (value := _one(name, values, notes))}
    if "ip" not in single and "uri" not in single:
        notes += [finding("xarf-field-deviates", name, "missing") for name in _FIELDS if name not in single]
    values, remarks = _source(single)
    if not values.keys() & {"source_ip", "reported_uri", "reported_domain"}:
        return None, [
            *notes,
            finding("xarf-field-missing" if "source" not in single else "xarf-field-invalid", "source"),
        ]
    name, arrived = next(((name, single[name]) for name in _DATES if name in single), ("date", ""))
    date = parse_date(arrived) if arrived else None
    if arrived and date is None:
        notes.append(finding("date-unreadable", name, arrived))
    category, kind = (
        single.get("category", "abuse").lower(),
        single.get("report-type", single.get("signature", "")).lower(),
    )
    occurrences = single.get("occurrences", "1")
    values |= {
        "feedback_type": _feedback_type(category, kind),
        "arrival_date": date,
        "reported_class": f"{category}/{kind}"[:100] if kind else category[:100],
        "user_agent": single.get("user-agent"),
        "reporter": single.get("reported-from"),
        "report_id": single.get("report-id"),
        "incidents": int(occurrences) if occurrences.isdecimal() and 0 < len(occurrences) < 10 else 1,
    }
    values["incidents"] = values["incidents"] or 1
    extra = {
        key: value[: normal.VALUE_LIMIT]
        for key, value in list(single.items())[: normal.EXTRA_LIMIT]
        if key not in _MAPPED
    }
    provenance = {"arrival_date": f"xarf:{name}", "report_id": "xarf:report-id", "reporter": "xarf:reported-from"}
    kept = {key: rule for key, rule in provenance.items() if values.get(key)}
    return normal.build(values, original, extra=extra, provenance=kept), [*notes, *remarks, *original.findings]


def _one(name: str, values: list[str], notes: list[Finding]) -> str | None:
    """The value of a field that may stand once; two different ones are believed neither."""
    if len(set(values)) > 1:
        notes.append(finding("field-conflict", name))
        return None
    if len(values) > 1:
        notes.append(finding("field-repeated", name))
    return values[0] or None


def _source(fields: dict[str, str]) -> tuple[normal.Values, list[Finding]]:
    found: list[normal.Values] = []
    notes: list[Finding] = []
    for name in _SOURCES:
        if name in fields:
            values, remarks = normal.source(fields[name], f"xarf:{name}")
            found.append(values)
            notes += remarks
    found.append(normal.locations(fields[name] for name in _URIS if name in fields))
    if "domain" in fields and ip.canonical(fields["domain"]) is None:  # an address stands there only by mistake
        found.append(normal.source(fields["domain"], "xarf:domain")[0])
    return normal.merged(*found), notes


def _feedback_type(category: str, kind: str) -> str:
    if category == "fraud" or "phish" in kind:
        return "fraud"
    if "malware" in kind or "virus" in kind:
        return "virus"
    return "abuse" if "spam" in kind else "other"
