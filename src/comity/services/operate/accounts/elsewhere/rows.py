"""What signing in through another house needs of the store, and of the way to that house.

Answers:    ``Provider``, ``Begun``; the protocols ``EnteringRows`` and ``Web``.
Limits:     in the caller's transaction; ``Web`` is asked outside of any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from comity.model.account import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One house whose word counts, as the settings have it."""

    name: str
    title: str
    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    roles: tuple[tuple[str, Role], ...]  # the first one that fits
    role_claim: str
    name_claim: str
    domains: tuple[str, ...] = ()  # of verified addresses; empty: every one
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    certificate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Something that was begun in one browser, and counts once: the key is the hash of what only that answer carries."""

    key: bytes = field(repr=False)
    browser: bytes = field(repr=False)  # the hash of what only that browser holds
    kind: str
    facts: Mapping[str, str] = field(repr=False)
    at: datetime


class EnteringRows(Protocol):
    """What is kept between two steps, and who is known elsewhere as whom."""

    def begin(self, begun: Begun) -> None:
        """Keep it."""

    def take(self, key: bytes) -> Begun | None:
        """Give it out, once."""

    def waiting(self) -> int:
        """How many were begun and not ended."""

    def forget(self, before: datetime) -> None:
        """Drop what was begun longer ago."""

    def linked(self, issuer: str, subject: str) -> str | None:
        """The name of the account that is known there as this."""

    def link(self, account_id: int, known_as: tuple[str, str], at: datetime) -> None:
        """It is known from now on as this subject of this issuer."""


class Web(Protocol):
    """The way to another house; gives nothing where nobody answered with a JSON object in time."""

    def get(self, url: str, certificate: Path | None) -> Mapping[str, Any] | None:
        """Look something up."""

    def post(
        self, url: str, form: Mapping[str, str], *, secret: tuple[str, str] | None, certificate: Path | None
    ) -> Mapping[str, Any] | None:
        """Send a form, with name and secret in the field Authorization."""
