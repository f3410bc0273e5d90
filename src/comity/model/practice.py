"""Voluntary practices: what networks promise of their own will, and what is measured of it.

Answers:    ``Practice``, ``Claim``, ``Listed`` (an entry of an official list) and ``Measured``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """How it is known whether a practice is kept."""

    AUTOMATED = "automated"  # the program does it
    CHECKED = "checked"  # the program looks whether it is so
    SHOWN = "shown"  # anybody can see it
    RECORDED = "recorded"  # a person says so, with evidence


class Provenance(StrEnum):
    """Where a theme comes from."""

    ATTESTED = "attested"  # named in what is known of the joint report, or of the meetings before it
    SISTER = "sister"  # a document beside it
    FIELD = "field"  # this program


class Standing(StrEnum):
    """What a network claims."""

    KEPT = "kept"
    PARTLY = "partly"
    PLANNED = "planned"
    NOT_KEPT = "not-kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One theme; ``title`` and ``text`` by language (en, zh)."""

    practice_id: str
    area: str
    addressees: tuple[str, ...]  # "operator", "isp", "email"
    provenance: Provenance
    source: str
    mode: Mode
    measure: str | None
    title: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one network says of one practice; ``reviewer`` is a person of the other side who looked at the evidence, as
    whoever wrote it down says: only ``Reviewed`` is the other side's own word."""

    practice_id: str
    network: str
    standing: Standing
    evidence: str
    reviewer: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Who of the other side looked at a claim, by its signature; ``at`` is None while it waits for that."""

    network: str
    by: str | None
    at: datetime | None
    guidance_id: str  # the text that carries both signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of an official list, as it was imported, and which of our themes it is about."""

    source: str
    number: str
    text: str
    text_zh: str | None
    practice_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure: so many of so many."""

    name: str
    part: int
    whole: int
