"""Join what the pages about other networks need: the same services as the commands.

Answers:    ``Dealings(settings)``, with a method for each thing that a page shows or does about other networks.
Limits:     settings are those of the start of the program, as everywhere in the desk; what is slow is done when it is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from comity.model.consumer import ConsumerAct
from comity.model.outcomes import ComityError
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.bootstrap.owed.outcomes import HeldAnswers
    from comity.bootstrap.pages.settings_shown import Room
    from comity.bootstrap.sending import ProviderSide
    from comity.model.coalition import PeerDigest
    from comity.model.consumer import Consumer
    from comity.model.joint_statement import KeptStatement
    from comity.model.period import Period
    from comity.model.recourse import Consequence
    from comity.model.source import JoinedLoop
    from comity.services.complain.cards.making import Card
    from comity.services.complain.enrolment.acting import EnrolmentDesk
    from comity.services.prove.closing import Closed
    from comity.services.prove.recourse.acting import RecourseDesk
    from comity.services.prove.recourse.mail import Posted
    from comity.services.prove.repairing import Scrubbed
    from comity.services.prove.stating.checking import Checked
    from comity.services.receive.sources.alarming import Watch
    from comity.store.engine import Store
    from comity.store.records import Records

_DAYS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCard:
    """Our card, and its fingerprint as two people read it out."""

    text: str
    figures: str
    words: tuple[str, ...]  # in each language
    picture: str  # a QR code as SVG


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program that may be told something, without what is secret of it."""

    name: str
    host: str
    signed_by: str  # "hmac" or "ed25519"


@dataclass(frozen=True, slots=True)
class Dealings:
    """What is joined for pages about other networks."""

    settings: Settings = field(default_factory=Settings, repr=False)

    def watch(self) -> "Watch":
        """Who looks at sources of feedback."""
        from comity.bootstrap.sources import feed_watch

        return feed_watch(self.settings)

    def loops(self) -> "tuple[JoinedLoop, ...]":
        """The register of loops that we joined elsewhere."""
        from comity.bootstrap.sources import joined_loops

        return joined_loops(self.settings)

    def programs(self) -> "list[Program]":
        """Programs that a playbook may tell something."""
        return [
            Program(
                name=each.name,
                host=urlsplit(each.url).netloc,
                signed_by="ed25519" if each.secret_file is None else "hmac",
            )
            for each in self.settings.playbook.webhooks
        ]

    # -- what leaves

    def live(self, store: "Store", name: str, *, now: datetime, with_held: bool) -> int:
        """Let mail for one peer leave; how much of what was held goes too."""
        return self._provider(store).peering.live(name, now=now, with_held=with_held)[1]

    def held_answers(self) -> "HeldAnswers":
        """What peers were not told of cases, while their mail was held."""
        from comity.bootstrap.owed.outcomes import HeldAnswers

        return HeldAnswers(self.settings)

    def observe(self, store: "Store", name: str, *, now: datetime) -> None:
        """Hold mail for one peer."""
        self._provider(store).peering.observe(name, now=now)

    def stopped(self, records: "Records", now: datetime) -> "dict[str, Consumer]":
        """The consumers by enrolment to whom nothing leaves, whatever is said of their mail; no agreement rules them."""
        from comity.bootstrap.trust.agreements import holding
        from comity.services.complain.peers import stopped

        agreed = {each.peer for each in holding(self.settings, records, now)}
        return {each.name: each for each in records.consumers.all() if each.name not in agreed and stopped(each)}

    def let_out(self, store: "Store", name: str, *, actor: str, now: datetime) -> None:
        """Let one report out to a network that did not ask."""
        self._provider(store).confirming.confirm(name, actor=actor, now=now)

    def hold_back(self, store: "Store", name: str, *, actor: str, now: datetime) -> None:
        """Say that such a report does not leave."""
        self._provider(store).confirming.decline(name, actor=actor, now=now)

    def _provider(self, store: "Store") -> "ProviderSide":
        from comity.bootstrap.sending import provider_side

        return provider_side(self.settings, store=store, is_reporting=False)

    # -- who gets it

    def enrolment(self, records: "Records", *, actor: str, now: datetime) -> "EnrolmentDesk":
        """Who enrols consumers, in this transaction."""
        from comity.bootstrap.consumers.enrolling import enrolment_desk

        return enrolment_desk(self.settings, records, actor=actor, now=now)

    def look_up(self, names: Sequence[str]) -> dict[str, str | None]:
        """What stands in the DNS under these names."""
        from comity.bootstrap.consumers.enrolling import look_up

        return look_up(names)

    def consumer_act(
        self, records: "Records", name: str, act: ConsumerAct, *, reason: str | None, actor: str, now: datetime
    ) -> None:
        """Accept, refuse and so on; whoever is told of it is."""
        from comity.bootstrap.consumers.enrolling import asking

        changed = self.enrolment(records, actor=actor, now=now).act(name, act, reason=reason)
        asking(self.settings).decided(records, changed, act, now=now)

    def card(self, store: "Store", name: str, *, since: datetime, until: datetime) -> "Card":
        """The report card of one."""
        from comity.bootstrap.consumers.cards import make_card

        return make_card(self.settings, store, name, since=since, until=until)

    # -- what both sides can show

    @property
    def domain(self) -> str:
        """Who we are."""
        return self.settings.identity.domain or ""

    def exchanging(self) -> tuple[str, ...]:
        """Peers that keep a ledger with us."""
        from comity.bootstrap.parties import exchanging

        return exchanging(self.settings)

    def digest(self, records: "Records", now: datetime) -> "list[PeerDigest]":
        """What changed with each peer in the last days, and who waits for whom; nothing before there is a domain."""
        from comity.bootstrap.trust.coalition import told

        return told(self.settings, records, since=now - _DAYS, now=now) if self.settings.identity.domain else []

    def own_card(self) -> OwnCard | None:
        """Our card with its fingerprint; None before there is a key."""
        from comity.bootstrap.parties import own_card, word_lists
        from comity.ledger import pairing

        try:
            card = own_card(self.settings)
        except ComityError:
            return None
        import segno

        mark = card.fingerprint()
        return OwnCard(
            text=card.text(),
            figures=pairing.figures(mark),
            words=tuple(" ".join(pairing.words(mark, each)) for each in word_lists()),
            picture=segno.make(card.text(), error="m").svg_inline(scale=4, border=3, light="#fff", omitsize=True),
        )

    def recourse(self, records: "Records", *, actor: str, now: datetime) -> "RecourseDesk":
        """Who gives recourse, in this transaction."""
        from comity.bootstrap.trust.recourse import recourse_desk

        return recourse_desk(self.settings, records, actor=actor, now=now)

    def answer(
        self, records: "Records", reference: str, text: str, *, grants: bool, actor: str, now: datetime
    ) -> "Posted":
        """Answer as a person, and write to the other side."""
        from comity.bootstrap.trust.recourse import post

        why, act = self.recourse(records, actor=actor, now=now).answer(reference, text, grants=grants)
        return post(self.settings).answered(records, why, act.value, text, now=now)

    def warning(self, made: "Consequence", now: datetime) -> str:
        """What a warning of it says now, to be handed on."""
        from comity.bootstrap.trust.recourse import post

        return post(self.settings).wording(made, now)

    def told(self, records: "Records", reference: str, how: str, *, actor: str, now: datetime) -> None:
        """Write down that a person of ours told the other side by another way."""
        from comity.bootstrap.trust.recourse import post

        made, _ = self.recourse(records, actor=actor, now=now).find(reference)
        post(self.settings).handed_on(records, made, how, by=actor, now=now)

    def republish(self) -> None:
        """Write the lists anew, where some are published: what was lifted must leave them."""
        from comity.bootstrap.trust.signals import republish

        republish(self.settings)

    def scrub(self, records: "Records") -> "list[Scrubbed]":
        """Compute every channel again and compare it with what both sides signed."""
        from comity.bootstrap.trust.repair import kept_heads, known_keys
        from comity.services.prove import repairing

        return repairing.scrub(records, known_keys(self.settings, records.keys), kept_heads(self.settings))

    def closed_days(self, records: "Records", most: int) -> "list[Closed]":
        """Closes of days, the newest first."""
        from comity.services.prove.closing import all_closes

        found = [
            each
            for direction in records.closes.directions()
            for writer in direction
            for each in all_closes(records.closes, direction, writer)
        ]
        return sorted(found, key=lambda each: (each.said.day, each.channel.origin), reverse=True)[:most]

    def draft(self, records: "Records", peer: str, period: "Period", *, now: datetime) -> bytes:
        """A statement as we would sign it; nothing is kept."""
        from comity.bootstrap.proving import peer_keys, stating
        from comity.services.prove.stating.exchanging import earlier_file

        earlier = earlier_file(records.statements, peer, period)
        known = peer_keys(records, [peer])
        return stating(self.settings).make(records, peer, period, now=now, keys=known, baseline=earlier)

    def propose(self, records: "Records", peer: str, period: "Period", *, now: datetime) -> "KeptStatement":
        """Make a statement and sign it first; the exchange hands it over."""
        from comity.bootstrap.trust.statements import statements
        from comity.services.prove.stating.exchanging import earlier_file

        earlier = earlier_file(records.statements, peer, period)
        return statements(self.settings).propose(records, peer, period, now=now, earlier=earlier)

    def accept(
        self, records: "Records", kept: "KeptStatement", period: "Period", *, now: datetime, with_differences: bool
    ) -> "KeptStatement":
        """Sign this, which a peer proposed; the exchange gives it back."""
        from comity.bootstrap.trust.statements import statements

        desk = statements(self.settings)
        return desk.accept(records, kept.peer, period, now=now, with_differences=with_differences, shown=kept.sha256)

    def checked(self, records: "Records", peer: str, data: bytes, *, signed: bool) -> "Checked":
        """Every number of a file with how it is proved, by the two keys that we know."""
        from comity.bootstrap.proving import peer_keys, stating
        from comity.services.prove.stating.checking import check

        return check(data, [*peer_keys(records, [peer]), stating(self.settings).public], signed=signed)

    # -- settings

    @property
    def settings_file(self) -> str | None:
        """Where they stand."""
        return None if self.settings.file is None else str(self.settings.file)

    def settings_shown(self, language: str, *, everything: bool) -> "list[Room]":
        """Those that are set, or all."""
        from comity.bootstrap.pages.settings_shown import shown

        return shown(self.settings, language, everything=everything)
