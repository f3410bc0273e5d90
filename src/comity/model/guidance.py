"""Consensus guidance: a text in two languages on which two networks agree, version by version, with what each said to it.

Answers:    ``GuidanceVersion``, ``GuidanceComment``, ``Consent``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceVersion:
    """One version; texts by language ("en", "zh"). It is agreed when both parties have signed these very bytes."""

    guidance_id: str  # "G-" and sixteen signs
    version: int
    issuer: str  # the domain of who wrote this version
    parties: tuple[str, str]  # domains, in the order of the alphabet
    title: Mapping[str, str]
    text: Mapping[str, str]
    practices: tuple[str, ...]  # themes of the catalogue that it is about
    by: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceComment:
    """What a person of one party says to a version."""

    comment_id: str
    guidance_id: str
    version: int
    issuer: str
    text: Mapping[str, str]
    by: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The other party agrees: its signature line under the version, and who decided."""

    guidance_id: str
    version: int
    issuer: str
    sha256: str  # of the text that is signed
    line: str
    by: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """A version with the note that carries the signatures; ``agreed`` when both are there."""

    said: GuidanceVersion
    note: str
    taken: datetime
    agreed: datetime | None = None
    agreed_by: str | None = None  # who decided, at the party that did not write it
