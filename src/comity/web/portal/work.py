"""What the pages for other networks are given, and one request of somebody.

Answers:    ``PortalWork``, ``Visit``; ``Contact`` and ``House`` are what stands on the page about us.
Limits:     the pages decide nothing: what may be done, and what it does, stands in the services.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request

from comity.locale import Catalogue
from comity.model.arrival import Arrival
from comity.model.log_events import LogEvent
from comity.services.complain.portal.applying import Applying
from comity.services.complain.portal.signing_in import Own, SigningIn
from comity.services.prove.recourse.acting import RecourseDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom another network reaches."""

    name: str
    address: str
    languages: tuple[str, ...]
    hours: str | None = None
    telephone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who we are, and by which rules."""

    name: str
    domain: str
    mailbox: str | None
    contacts: tuple[Contact, ...] = ()
    policy: Mapping[str, Sequence[str]] = field(default_factory=dict)  # paragraphs of our own, by language
    rules: Mapping[str, int] = field(default_factory=dict)  # numbers out of the settings, by what they are


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalWork:
    """All that the pages need. What is None is not offered."""

    store: Any  # ``read()`` and ``write()`` open transactions
    now: Callable[[], datetime]
    log: LogEvent
    house: House
    applying: Applying | None
    signing_in: SigningIn | None
    look_up: Callable[[Sequence[str]], Mapping[str, str | None]]  # what stands in the DNS; may take seconds
    recourse: Callable[..., RecourseDesk]  # who gives recourse, in a transaction
    objected: Callable[..., None]  # acknowledges an objection to a peer that is live
    proof_of: Callable[[str], tuple[list[str], str]]  # names in the DNS, and what stands there
    is_proved: Callable[[str], bool]  # asks the DNS
    csrf: Callable[[bytes], str]  # the word of a session's forms
    check: Callable[..., Any]  # a stranger's statement, by these keys; None where that was too much
    put: Callable[[Arrival], Future[int]] | None = None  # takes a complaint in; the future resolves when it is safe
    # Under which name reports leave for the network.
    party: Callable[..., str] = lambda _, consumer, **__: str(consumer.name)
    precision: Callable[..., Any] = lambda *_, **__: None  # how often what the network reported to us was right
    card: Callable[..., Any] = lambda *_, **__: None  # the report card of a network over a time
    papers: Callable[..., Sequence[Any]] = lambda *_, **__: ()  # what is agreed with a network
    checked: Callable[..., Any] | None = None  # a statement, by the keys that we know; None before there is a key
    keys_of: Callable[..., Sequence[str]] = lambda *_: ()  # public keys of a peer and of ours, as others take them
    per_minute: int = 30
    is_secure: bool = False
    is_behind_proxy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request; ``form`` holds the first value of every field, ``own`` who is signed in."""

    request: Request
    words: Catalogue
    now: datetime
    form: Mapping[str, str] = field(default_factory=dict)
    own: Own | None = None
    sent_file: bytes = b""  # what was sent in the one field for a file

    def said(self, name: str, most: int = 4000) -> str:
        """One field of the form, without the blanks around it."""
        return self.form.get(name, "").replace("\0", "").strip()[:most]

    def lines(self, name: str, most: int) -> tuple[str, ...]:
        """The lines, or what stands between commas and blanks, of one field; ``most`` and one more, so that too many are seen."""
        return tuple(self.said(name, 8000).replace(",", " ").split())[: most + 1]

    def part(self, name: str) -> str:
        """One part of the address."""
        return str(self.request.path_params.get(name, ""))
