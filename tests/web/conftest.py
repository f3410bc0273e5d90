"""A triage made by hand, with everything in it that a stranger would like to see run."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from comity.cases.grouping import group
from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.case import Evidence, EvidenceClass, ItemFacts, Triage
from comity.model.feedback import Kind

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def make_triage() -> Callable[..., Triage]:
    """A triage whose every stranger's text is ``text``; ``copies`` makes it larger."""

    def make(text: str = "a summer sale", copies: int = 1) -> Triage:
        lines = [f'192.0.2.{number},"Customer {number}",noc@west.example' for number in range(min(copies, 250))] + [
            "198.51.100.0/24",
            "mail.example",
        ]
        own = OwnSide(read_own("\n".join(lines).encode(), "own.csv").holdings)
        items = []
        for number in range(copies):
            evidence = Evidence(
                evidence_class=list(EvidenceClass)[number % 6],
                source_ip=f"192.0.2.{number % 250}",
                seen=NOW - timedelta(days=number % 20),
                message_id=f"{number}{text}"[:150],
                subject=text,
                reporter=text,
                feedback_id=text if number % 2 else None,
                link_domain=(text,),
                dkim_domain=(text,),
                complainer=str(number),
            )
            strange = Evidence(evidence_class=EvidenceClass.COMPLAINT, dkim_domain=(text,), reported_domain=(text,))
            named = Evidence(evidence_class=EvidenceClass.COMPLAINT, dkim_domain=("mail.example",), header_from=text)
            items += [
                _item(Kind.ARF, text, evidence, named, strange),
                _item(Kind.PROSE, text, mentioned=(text, "192.0.2.0")),
                _item(Kind.UNREADABLE, text, why="triage.why.fault"),
                _item(Kind.VERIFICATION, text, why="triage.why.older"),
                _item(Kind.NOTICE, text),
            ]
        items.append(items[0])
        return group(items, own, NOW)

    return make


_counter = iter(range(10**9))


def _item(
    kind: Kind, text: str, *evidence: Evidence, why: str = "triage.why.no-rows", mentioned: tuple[str, ...] = ()
) -> ItemFacts:
    number = next(_counter)
    return ItemFacts(
        name=f"{text}{number}",
        position=f"{number}",
        size=1,
        digest=f"{number:032x}",
        kind=kind,
        why=why,
        detail=text,
        findings=("field-empty",),
        subject=text,
        sent=NOW,
        carried_from=text,
        evidence=evidence,
        mentioned=mentioned,
    )
