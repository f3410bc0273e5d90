"""What the running program logs: events with names, and what each means.

Trust:      an event carries numbers, codes and places of ours. Addresses, subjects and text of mail never go into a log.
Answers:    ``EVENTS``: the name of each event, and whether somebody should look at it. ``LogEvent`` is how a room is
            handed the log.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol


class Weight(StrEnum):
    """Who should look at it."""

    NOTE = "info"  # nobody in particular
    WARNING = "warning"  # it goes on, and somebody should know
    ERROR = "error"  # something of ours is broken


EVENTS: Final[Mapping[str, Weight]] = {
    "lease-service-silent": Weight.WARNING,  # who knows who held an address does not answer: nobody is told meanwhile
    "lease-service-back": Weight.NOTE,
    "setting-file-missing": Weight.ERROR,  # ``setting`` at ``place`` names a file that is not there, or cannot be read
    "process-started": Weight.NOTE,
    "process-ready": Weight.NOTE,
    "process-draining": Weight.NOTE,
    "process-ended": Weight.NOTE,
    "process-died": Weight.ERROR,  # it is started again after ``wait`` seconds
    "process-failed": Weight.ERROR,  # it says that its settings are wrong; the others go on, it is tried again
    "web-closed": Weight.ERROR,  # nobody is answered at this place, for this reason; it is tried again after ``seconds``
    "web-open": Weight.NOTE,  # now it is
    "gate-listening": Weight.NOTE,
    "gate-refused": Weight.WARNING,  # a connection too many
    "gate-too-large": Weight.NOTE,
    "gate-no-room": Weight.WARNING,  # mail was turned away with "try again"
    "gate-fault": Weight.ERROR,
    "milter-fault": Weight.ERROR,  # a fault of ours over one mail, which went on without a mark
    "milter-strange": Weight.WARNING,  # what came is not the milter protocol
    "milter-ended": Weight.NOTE,  # what was done since the start
    "tally-waits": Weight.WARNING,  # what was claimed and proved cannot be counted now; it is tried again within a minute
    "proxy-next-away": Weight.WARNING,  # the LMTP server behind us is not there; our mail host tries again
    "proxy-fault": Weight.ERROR,  # a fault of ours over one mail, which went on as it came
    "proxy-ended": Weight.NOTE,  # what was done since the start
    "model-taken": Weight.NOTE,  # what the filter has learnt was replaced
    "model-learnt": Weight.NOTE,  # what people said was decided on; ``version`` serves now, or nothing new does
    "learning-waits": Weight.WARNING,  # what people said cannot be learnt now; it is kept, and tried again
    "search-waits": Weight.WARNING,  # what is new cannot be indexed now; it is tried again
    "campaigns-junked": Weight.NOTE,  # so many are now, because vetted people complained within the hour
    "model-refused": Weight.ERROR,  # a new file of it cannot be used; the old one keeps serving
    "judge-late": Weight.WARNING,  # a large mail was not judged in time; it went on unjudged
    "spool-trouble": Weight.ERROR,  # mail was turned away because the disk failed
    "watch-begun": Weight.NOTE,
    "watch-waits": Weight.WARNING,  # a watched mailbox cannot be used; it is tried again after ``seconds``
    "watch-fault": Weight.ERROR,
    "watch-closed": Weight.WARNING,  # a mail in it cannot be opened; it is tried again
    "watch-too-large": Weight.WARNING,  # a mail over the size was taken cut; the whole of it stays where it is
    "watch-not-given": Weight.WARNING,  # a server listed mails and did not give them
    "watch-renumbered": Weight.NOTE,  # a server counts anew: all is taken again, and counted once
    "worker-batch": Weight.NOTE,
    "worker-waits": Weight.WARNING,  # the store cannot be written; what waits is kept
    "item-unwritten": Weight.WARNING,  # ``spool_id`` cannot be written alone; it is tried again, others go on
    "worker-fault": Weight.ERROR,
    "keys-silent": Weight.WARNING,  # nobody answers for keys of peers: ``n`` mails that they may have signed wait in the spool
    "keys-given-up": Weight.WARNING,  # they waited for hours, and were taken in as mail that nobody signed
    "house-waits": Weight.WARNING,  # the store is in trouble, or busy; ``step`` is tried again within a minute or so
    "house-step-failed": Weight.ERROR,  # ``step`` of what is done now and then; the others went on, it is tried again
    "replica-left": Weight.WARNING,  # pages ask the primary alone, because the copy of the store cannot be asked for this reason
    "replica-back": Weight.NOTE,
    "reader-died": Weight.ERROR,
    "sending-inherited": Weight.WARNING,  # mail that was claimed by a sender of this name that died is free again
    "item-shunted": Weight.WARNING,
    "playbook-turn": Weight.NOTE,  # timers that ended, and what was done outside
    "playbook-waits": Weight.WARNING,  # something outside cannot be done yet; it is tried again
    "day-not-closed": Weight.WARNING,  # comity ledger close-day says why
    "peer-request": Weight.NOTE,  # a peer posted leaves or asked; ``error`` names the refusal
    "api-request": Weight.NOTE,  # who (the token's id) did what, and how it was answered
    "api-fault": Weight.ERROR,  # a fault of ours over one request
    "help-checked": Weight.NOTE,  # a stranger asked for a reference; ``outcome`` names the answer
    "desk-signed-in": Weight.NOTE,
    "desk-peer-switched": Weight.NOTE,  # somebody lets mail for a peer leave, or holds it
    "desk-sign-in-refused": Weight.NOTE,
    "desk-account-changed": Weight.NOTE,
    "desk-tried-again": Weight.NOTE,  # ``account`` had ``n`` mails of the shunt tried again
    "desk-letters-seen": Weight.NOTE,  # ``account`` has seen ``n`` letters that report nothing
    "desk-sample-begun": Weight.NOTE,  # sample data is being loaded beside the desk
    "desk-sample-removed": Weight.NOTE,
    "desk-fault": Weight.ERROR,  # a page could not be written
    "desk-playbook-unread": Weight.WARNING,  # pages are shown without the playbook, whose file cannot be used
    "desk-examples-unread": Weight.WARNING,  # the locked examples cannot be judged for a picture
    "help-refused": Weight.NOTE,  # a page for subscribers said no, or could not be made
    "portal-applied": Weight.NOTE,  # a stranger applied for feedback in a browser; ``outcome`` names the answer
    "portal-checked": Weight.NOTE,  # the DNS was looked at for an applicant
    "portal-objected": Weight.NOTE,  # somebody objects in a browser to what is done to his network, or escalates
    "portal-proved": Weight.NOTE,  # the DNS was looked at for somebody who asks what is held against a subject
    "portal-signed-in": Weight.NOTE,
    "portal-own-act": Weight.NOTE,  # a network paused, went on or left by itself
    "portal-statement-checked": Weight.NOTE,
    "portal-complained": Weight.NOTE,  # a stranger reported abuse in the form
    "portal-fault": Weight.ERROR,  # a page for other networks could not be made
    "ledger-damaged": Weight.ERROR,  # comity ledger scrub says what, comity ledger heal gets it back
    "certificate-taken": Weight.NOTE,  # a TLS certificate was renewed, and serves from now on
    "certificate-refused": Weight.ERROR,  # a new one, or its key, cannot be used; the old one goes on serving
    "exchange-given": Weight.NOTE,  # a peer gave a receipt
    "exchange-refused": Weight.WARNING,  # a peer refused what we sent, or was not reached; ``reason`` names why
    "documents-given": Weight.NOTE,  # a peer took signed documents of ours
    "document-refused": Weight.WARNING,  # a peer does not take one; ``reason`` names why
    "statement-given": Weight.NOTE,  # a peer has a joint statement that we signed
    "statement-refused": Weight.WARNING,  # a peer does not sign what we signed; ``reason`` names why
    "lists-published": Weight.NOTE,  # the files of the lists were written
    "answers-reminded": Weight.NOTE,  # a peer was reminded of overdue answers, or its contact for escalation was written to
    "heads-mailed": Weight.NOTE,  # heads of our ledger went to a peer that speaks mail alone
    "week-mailed": Weight.NOTE,  # the report of the week went to the desk's boss
    "digest-mailed": Weight.NOTE,  # what changed with each peer went to our own staff
    "silent-closed": Weight.NOTE,  # cases of lines that have been silent for long enough were closed: ``n`` of them
    "feed-alarm": Weight.WARNING,  # a source of feedback needs somebody: ``kind`` names why, comity source alarms shows it
    "urgent-mailed": Weight.WARNING,  # somebody reported fraud: ``n`` such are mailed to our staff, comity urgent shows them
    "own-log-missing": Weight.WARNING,  # logs of our own mail hosts that the settings name are not there
    "own-log-unusual": Weight.NOTE,  # hours of lines that were unlike their past
    "erased": Weight.NOTE,  # what was kept for long enough, by class; ``comity retention proof`` shows it
    "payloads-erased": Weight.NOTE,  # what a peer reported was kept as long as was agreed
    "shown-less": Weight.WARNING,  # a peer washes its list: reports to it tell no more who complained
    "signals-settled": Weight.NOTE,  # entries were taken back because recourse was granted
}


class LogEvent(Protocol):
    """Write one event; ``event`` is a name of ``EVENTS``."""

    def __call__(self, event: str, /, **details: object) -> None:
        """Write it."""
