"""Small makers of evidence and items, so that a test says only what matters to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The moment at which every story here is told."""
    return NOW


@pytest.fixture
def own() -> OwnSide:
    """Two customers, an unnamed range, a domain of each sort."""
    text = (
        "192.0.2.0/24,West Hosting,noc@west.example\n192.0.2.128/25,East Shop\n198.51.100.0/24\n2001:db8::/32,West Hosting\n"
        "news.west.example,West Hosting\nmail.example\n"
    )
    return OwnSide(read_own(text.encode(), "own.csv").holdings)


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """One report; a complaint unless it is said to be something else."""

    def make(**fields: Any) -> Evidence:
        return Evidence(**{"evidence_class": EvidenceClass.COMPLAINT, **fields})

    return make


@pytest.fixture
def item() -> Callable[..., ItemFacts]:
    """One item with its own bytes, sent now."""
    numbers = count(1)

    def make(*found: Evidence, **fields: Any) -> ItemFacts:
        number = next(numbers)
        default = {
            "name": f"{number}.eml",
            "position": f"{number}.eml",
            "size": 100,
            "digest": f"{number:032x}",
            "kind": Kind.ARF,
            "why": "why.arf",
            "sent": NOW,
            "evidence": found,
        }
        return ItemFacts(**{**default, **fields})

    return make
