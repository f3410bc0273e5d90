"""All queries of one transaction, by area.

Answers:    ``Records``: ``intake``, ``cases``, ``positions``, ``consequences``, ``ledger``, ``sending``, ``peers`` ...;
            ``savepoint()`` undoes a part of the transaction when its block raises.
Limits:     nothing here commits; ``comity.store.engine`` does, when the block of ``write()`` ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from comity.store.cases import Cases
from comity.store.consumers.cards import Cards
from comity.store.consumers.claimed import Claimed
from comity.store.consumers.contacts import NetworkContacts
from comity.store.consumers.enrolled import Consumers
from comity.store.consumers.judged import JudgedMail
from comity.store.consumers.pace import CampaignPace
from comity.store.consumers.portal import PortalKeys
from comity.store.desk.accounts import Accounts
from comity.store.desk.arrived import Arrived
from comity.store.desk.audit import Audit
from comity.store.desk.entering import Entering
from comity.store.desk.letters import CaseLetters
from comity.store.desk.passkeys import PasskeyTable
from comity.store.desk.places import Places
from comity.store.desk.queue import Queue
from comity.store.desk.reversals import Reversals
from comity.store.desk.sealed import SealedTable
from comity.store.desk.search import Search
from comity.store.desk.teamwork import Teamwork
from comity.store.desk.urgent import UrgentTable
from comity.store.dialects import is_open
from comity.store.intake import Intake
from comity.store.integration.aggregates import Aggregates
from comity.store.integration.nodes import ClusterNodes
from comity.store.integration.submissions import SubmissionTable
from comity.store.integration.tokens import ApiTokens
from comity.store.learning.samples import Learning
from comity.store.ledger import Ledger
from comity.store.owed.answers import OwedAnswers
from comity.store.owed.forks import Forks
from comity.store.owed.heads import OwedHeads
from comity.store.owed.held_outcomes import HeldOutcomes
from comity.store.peers import Peers
from comity.store.playbook.consequences import Consequences
from comity.store.playbook.figures import Figures
from comity.store.playbook.history import History as Past
from comity.store.playbook.positions import Positions
from comity.store.remedy.effects import Effects
from comity.store.remedy.infestations import Contacts, Infestations
from comity.store.remedy.notices import Notices
from comity.store.remedy.own_logs import OwnLogs
from comity.store.remedy.sightings import BotSightings
from comity.store.retention.erasing import Erasing
from comity.store.retention.holds import Erasures, Holds
from comity.store.sending import Sending
from comity.store.sources.feeds import Feeds
from comity.store.subscribers.leases import Leases
from comity.store.subscribers.logins import Logins
from comity.store.trouble import told
from comity.store.trust.agreements import Agreements
from comity.store.trust.closes import Closes
from comity.store.trust.coalition import Coalition
from comity.store.trust.complainers import Complainers
from comity.store.trust.deliveries import Deliveries
from comity.store.trust.documents import Documents
from comity.store.trust.guidance import Guidance
from comity.store.trust.history import History
from comity.store.trust.peer_keys import PeerKeys
from comity.store.trust.practices import Practices
from comity.store.trust.recourses import Recourses
from comity.store.trust.retention import Retention
from comity.store.trust.sightings import Sightings
from comity.store.trust.signals import Signals
from comity.store.trust.statements import Statements


class Records:
    """The rows of one transaction."""

    def __init__(self, connection: Connection, place: str) -> None:
        self.connection = connection
        self._place = place

    @cached_property
    def intake(self) -> Intake:
        """What came in."""
        return Intake(self.connection)

    @cached_property
    def owed_answers(self) -> OwedAnswers:
        """Who waits for whose answer."""
        return OwedAnswers(self.connection)

    @cached_property
    def held_outcomes(self) -> HeldOutcomes:
        """Outcomes that nobody told the network that reported."""
        return HeldOutcomes(self.connection)

    @cached_property
    def owed_heads(self) -> OwedHeads:
        """Heads of ledgers that go by mail."""
        return OwedHeads(self.connection)

    @cached_property
    def submissions(self) -> SubmissionTable:
        """What programs handed over."""
        return SubmissionTable(self.connection)

    @cached_property
    def tokens(self) -> ApiTokens:
        """What programs are known by, and what they did."""
        return ApiTokens(self.connection)

    @cached_property
    def cases(self) -> Cases:
        """The desk."""
        return Cases(self.connection)

    @cached_property
    def audit(self) -> Audit:
        """What was done by whom."""
        return Audit(self.connection)

    @cached_property
    def portal(self) -> PortalKeys:
        """What opens pages for other networks."""
        return PortalKeys(self.connection)

    @cached_property
    def accounts(self) -> Accounts:
        """Who works with the pages."""
        return Accounts(self.connection)

    @cached_property
    def places(self) -> Places:
        """The order in which cases are worked on, and how many there are."""
        return Places(self.connection)

    @cached_property
    def passkeys(self) -> PasskeyTable:
        """The passkeys of accounts."""
        return PasskeyTable(self.connection)

    @cached_property
    def entering(self) -> Entering:
        """How they come in without a password."""
        return Entering(self.connection)

    @cached_property
    def queue(self) -> Queue:
        """What changed, and how many reports came."""
        return Queue(self.connection)

    @cached_property
    def search(self) -> Search:
        """What is found by its words."""
        return Search(self.connection)

    @cached_property
    def teamwork(self) -> Teamwork:
        """Who has which case, and who is called to one."""
        return Teamwork(self.connection)

    @cached_property
    def urgent(self) -> UrgentTable:
        """What a person must see within the hour."""
        return UrgentTable(self.connection)

    @cached_property
    def arrived(self) -> Arrived:
        """Letters to us that wait for a person."""
        return Arrived(self.connection)

    @cached_property
    def case_letters(self) -> CaseLetters:
        """What people of ours wrote about cases."""
        return CaseLetters(self.connection)

    @cached_property
    def reversals(self) -> Reversals:
        """Whose token was turned back into a mailbox."""
        return Reversals(self.connection)

    @cached_property
    def sealed(self) -> SealedTable:
        """What nobody may look at."""
        return SealedTable(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        """What was written down for both sides."""
        return Ledger(self.connection)

    @cached_property
    def forks(self) -> Forks:
        """Peers that signed two histories."""
        return Forks(self.connection)

    @cached_property
    def closes(self) -> Closes:
        """What closing days reads of it."""
        return Closes(self.connection)

    @cached_property
    def positions(self) -> Positions:
        """Where cases stand in their playbook."""
        return Positions(self.connection)

    @cached_property
    def consequences(self) -> Consequences:
        """What was decided about cases by itself, and what holds."""
        return Consequences(self.connection)

    @cached_property
    def effects(self) -> Effects:
        """What helped against infections."""
        return Effects(self.connection)

    @cached_property
    def leases(self) -> Leases:
        """Who held which address when."""
        return Leases(self.connection)

    @cached_property
    def logins(self) -> Logins:
        """Who handed in which mail."""
        return Logins(self.connection)

    @cached_property
    def sources(self) -> Feeds:
        """Who says it, and how far that is believed."""
        return Feeds(self.connection)

    @cached_property
    def aggregates(self) -> Aggregates:
        """What was counted, for other programs."""
        return Aggregates(self.connection)

    @cached_property
    def figures(self) -> Figures:
        """Numbers over a time."""
        return Figures(self.connection)

    @cached_property
    def past(self) -> Past:
        """All that came and was done, for a dry run."""
        return Past(self.connection)

    @cached_property
    def sending(self) -> Sending:
        """What leaves."""
        return Sending(self.connection)

    @cached_property
    def peers(self) -> Peers:
        """Who may be written to."""
        return Peers(self.connection)

    @cached_property
    def consumers(self) -> Consumers:
        """Who applied for feedback from us."""
        return Consumers(self.connection)

    @cached_property
    def network_contacts(self) -> NetworkContacts:
        """Whom networks name for abuse."""
        return NetworkContacts(self.connection)

    @cached_property
    def cards(self) -> Cards:
        """What was delivered, and complained about."""
        return Cards(self.connection)

    @cached_property
    def claimed(self) -> Claimed:
        """What was claimed at delivery, and proved."""
        return Claimed(self.connection)

    @cached_property
    def judged(self) -> JudgedMail:
        """How much mail came from peers, and how it was judged."""
        return JudgedMail(self.connection)

    @cached_property
    def pace(self) -> CampaignPace:
        """What parties were told about campaigns."""
        return CampaignPace(self.connection)

    @cached_property
    def recourses(self) -> Recourses:
        """What was done to others, and their way back."""
        return Recourses(self.connection)

    @cached_property
    def practices(self) -> Practices:
        """What is promised of one's own will."""
        return Practices(self.connection)

    @cached_property
    def retention(self) -> Retention:
        """Mails of peers whose time is over."""
        return Retention(self.connection)

    @cached_property
    def holds(self) -> Holds:
        """What may not be erased, whatever its time."""
        return Holds(self.connection)

    @cached_property
    def erasing(self) -> Erasing:
        """What is old enough to go."""
        return Erasing(self.connection)

    @cached_property
    def erasures(self) -> Erasures:
        """What was erased."""
        return Erasures(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Which mails left us."""
        return Deliveries(self.connection)

    @cached_property
    def complainers(self) -> Complainers:
        """Who complained, by the peer that was told."""
        return Complainers(self.connection)

    @cached_property
    def agreements(self) -> Agreements:
        """What was agreed, and signed."""
        return Agreements(self.connection)

    @cached_property
    def keys(self) -> PeerKeys:
        """Whose signatures are believed."""
        return PeerKeys(self.connection)

    @cached_property
    def history(self) -> History:
        """What each side has of the ledger."""
        return History(self.connection)

    @cached_property
    def sightings(self) -> Sightings:
        """Signatures that may have been sent again by somebody else."""
        return Sightings(self.connection)

    @cached_property
    def signals(self) -> Signals:
        """What networks say of others."""
        return Signals(self.connection)

    @cached_property
    def documents(self) -> Documents:
        """What peers are given."""
        return Documents(self.connection)

    @cached_property
    def notices(self) -> Notices:
        """What subscribers were told, and what they said."""
        return Notices(self.connection)

    @cached_property
    def infestations(self) -> Infestations:
        """What is known of infected devices, by case."""
        return Infestations(self.connection)

    @cached_property
    def contacts(self) -> Contacts:
        """How subscribers are reached."""
        return Contacts(self.connection)

    @cached_property
    def bots(self) -> BotSightings:
        """What was seen of bots at our addresses."""
        return BotSightings(self.connection)

    @cached_property
    def own_logs(self) -> OwnLogs:
        """What our own mail hosts counted."""
        return OwnLogs(self.connection)

    @cached_property
    def learning(self) -> Learning:
        """What people teach the filter."""
        return Learning(self.connection)

    @cached_property
    def statements(self) -> Statements:
        """Joint statements on their way."""
        return Statements(self.connection)

    @cached_property
    def guidance(self) -> Guidance:
        """What two parties agree on."""
        return Guidance(self.connection)

    @cached_property
    def coalition(self) -> Coalition:
        """Members, and what was told to ours."""
        return Coalition(self.connection)

    @cached_property
    def nodes(self) -> ClusterNodes:
        """Our own machines."""
        return ClusterNodes(self.connection)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that is undone alone when its block raises.

        Plain statements, because a batch may need hundreds of them; they nest. Where the disk failed, the database has
        undone the whole transaction by itself, and there is no part left to undo.
        """
        with told(self._place):
            self.connection.exec_driver_sql("SAVEPOINT part")
            try:
                yield
            except BaseException:
                if is_open(self.connection):
                    self.connection.exec_driver_sql("ROLLBACK TO part")
                    self.connection.exec_driver_sql("RELEASE part")
                raise
            self.connection.exec_driver_sql("RELEASE part")
