"""Put one automatic notice together: what it is, whose address, when, about what.

Trust:      input is a stranger's bytes; a notice never counts as an end user's complaint.
Answers:    ``read(message, context, without)``: a Reading of kind NOTICE or None. ``without`` names rules to leave out.
Limits:     a notice that no rule knows needs three things: a mark of a program, the speech of a complaint, and a fact.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from comity.formats import arf, ip, original
from comity.formats.clues import automatic, classes, complaint, desk, names
from comity.formats.clues.levelled import level
from comity.formats.clues.suggestions import suggest
from comity.formats.dialects import pasted
from comity.formats.dialects.context import Context
from comity.formats.dialects.notices import lists, rules, values
from comity.formats.dialects.notices.facts import Facts, gather, names_an_address, source_of
from comity.formats.dialects.notices.rules import Rule
from comity.formats.mime import Part, first_address, scan
from comity.formats.plain_text import read_text
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_NOTHING: Final[frozenset[str]] = frozenset()
_TYPE_LABELS: Final = ("report type", "type", "category", "issue", "事件类型", "类型")
_ENOUGH: Final = 2
_MOST: Final = 50
_TEXT: Final = 4_000


def read(message: Part, context: Context, without: frozenset[str] = _NOTHING) -> Reading | None:
    """Read one notice."""
    facts = gather(message)
    rule = rules.known(facts, without)
    if rule is None and not _is_notice(message, facts):
        return None
    about = _about(facts, rule)
    notes = [finding("text-limit")] if read_text(message).cut else []
    reports = _listed(message, facts, about) if rule is not None and rule.is_list else ()
    if not reports:
        one, remarks = _one(message, facts, context, about=about)
        notes.extend(remarks)
        reports = (_with_message(one, facts) if rule is not None and rule.has_message else one,)
    return arf.carried(message, Kind.NOTICE, rule.why if rule else "why.notice", reports, notes)


def _is_notice(message: Part, facts: Facts) -> bool:
    """No rule knows it: a program wrote it (or drew a table), it speaks like a complaint, and it names an address or a link."""
    weight = complaint.weigh(f"{facts.subject}\n{facts.text}")
    if weight.total < _ENOUGH or not weight.points_at_reader:
        return False
    if not facts.rows and automatic.mark(message, facts.text) is None:
        return False
    return names_an_address(facts) or bool(values.links(facts))


def _about(facts: Facts, rule: Rule | None) -> str:
    said = rule.about if rule else None
    if said is None:
        typed = next((label.value for label in facts.labelled(_TYPE_LABELS)), None)
        said = (classes.about(typed, "") if typed else None) or classes.about(facts.subject, facts.text[:_TEXT])
    return f"notice/{said or 'other'}"


def _one(message: Part, facts: Facts, context: Context, *, about: str) -> tuple[FeedbackReport, list[Finding]]:
    address, rule, remarks = source_of(facts)
    arrived, time_rule, time_remarks = values.moment(facts, address, context.now)
    port = values.port(facts, about == "notice/copyright")
    notes = [*remarks, *time_remarks]
    if port is not None and address is None:
        notes.append(finding("port-without-address"))
        port = None
    provenance = {"source_ip": rule, "arrival_date": time_rule}
    found = FeedbackReport(
        source_ip=address,
        source_ip_from=rule,
        source_port=port,
        arrival_date=arrived,
        reported_uri=values.links(facts),
        reported_domain=values.domains(facts),
        reported_class=about,
        reporter=first_address(message.headers.first("from") or ""),
        report_id=values.number(facts),
        provenance=MappingProxyType({key: value for key, value in provenance.items() if value}),
        suggestions=() if address else suggest(level(facts.text), context.now, desk.own_mailboxes(message.headers)),
    )
    return found, notes


def _with_message(one: FeedbackReport, facts: Facts) -> FeedbackReport:
    """Add what the pasted mail says of itself; the address stays the notice's own."""
    block = pasted.raw_block(facts.text)
    if block is None or block.raw is None:
        return one
    inner = scan(block.raw)
    said = original.facts(inner.headers)
    return replace(
        one,
        message_id=said.message_id,
        dkim_domain=said.dkim_domain,
        feedback_id=said.feedback_id,
        subject=said.subject,
        header_from=said.header_from,
        original=inner.raw,
        original_headers_only=True,
    )


def _listed(message: Part, facts: Facts, about: str) -> tuple[FeedbackReport, ...]:
    """One report for each address of a list; links of one address are one report."""
    reporter = first_address(message.headers.first("from") or "")
    entries: dict[tuple[str | None, str], list[str]] = {}
    records: dict[int, dict[str, str]] = {}
    for leaf in facts.leaves:
        if leaf.path.startswith("url_info@"):
            records.setdefault(leaf.record, {})[leaf.path.partition("@")[2]] = leaf.value
    for record in records.values():
        address = ip.canonical(record.get("ip", "")) or ip.canonical(names.host_of(record.get("url", "")) or "")
        if address or record.get("url"):
            entries.setdefault((address, about), []).append(record.get("url", ""))
    for heading, address in lists.sections(facts.text):
        entries.setdefault((address, f"notice/{classes.about(heading, '') or 'other'}"), [])
    rule = "xml:url_info@ip" if records else "section"
    return tuple(
        FeedbackReport(
            source_ip=address,
            source_ip_from=rule if address else None,
            reported_uri=tuple(dict.fromkeys(url for url in urls if url))[:_MOST],
            reported_class=kind,
            reporter=reporter,
            provenance=MappingProxyType({"source_ip": rule} if address else {}),
        )
        for (address, kind), urls in list(entries.items())[:_MOST]
    )
