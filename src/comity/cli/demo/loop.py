"""The steps of the demonstration: a complaint becomes a signed report, the report a case, and the answer comes back.

Answers:    ``Loop(stage, telling).run()`` goes through all steps; every one is checked through ``Telling``.
Limits:     what is checked is what the commands say and what lies in the stores. Of other people's mail (a corpus) only that is
            checked that holds for any mail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any, Final

from comity.cli.demo import agreeing, comparing, exchanging, listing, looking, stating
from comity.cli.demo.helping import help_subscriber
from comity.cli.demo.mail_host import MailHost, written_back
from comity.cli.demo.network import Network, wait_until
from comity.cli.demo.places import EAST, FROM_WEST, REPLAYED, SOUTH, WAIT_SECONDS, WEST, WITH_PORT
from comity.cli.demo.telling import Telling
from comity.cli.speech import speaker
from comity.feedback.redaction import leaks
from comity.formats.mime import scan
from comity.model.sending import ComplaintState

Line = dict[str, Any]

_PRIVATE: Final = "08-private-letter.eml"
_SECONDS: Final = 180.0  # a step that takes longer has failed
_EACH: Final = 0.05  # and so much more for each mail
_SHOWN: Final = 12
_OUTCOME: Final = "stopped"
_MENTIONED: Final = "192.0.2.40"  # of the line that the person writes back about


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who and what takes part."""

    west: Network
    east: Network
    mail_host: MailHost
    inbox: Path
    is_corpus: bool


class Loop:
    """One way round."""

    def __init__(self, stage: Stage, telling: Telling) -> None:
        self._stage, self._story = stage, telling
        self._west, self._east, self._host = stage.west, stage.east, stage.mail_host
        self._complaints = 0  # that were not taken back
        self._taken_back = 0
        self._documents: list[str] = []  # mails about which an XARF document is ready
        self._all = ("--most", str(looking.MOST)) if stage.is_corpus else ()

    def run(self) -> None:
        """All steps, in order."""
        comparing.begin(self._west, self._east)
        agreeing.agree(self._west, self._east, self._story)
        self._observing()
        self._complaining()
        self._deciding()
        self._going_live()
        self._making_cases()
        if self._host.for_domain(EAST):
            self._delivering_twice()
            self._answering()
        if not self._stage.is_corpus:
            self._person()
            self._other_way()
        self._proving()
        if not self._stage.is_corpus:
            help_subscriber(self._east, self._host, self._story)
            stating.close(self._west, self._east, self._story)
            exchanging.exchange(self._west, self._east, self._story)
            comparing.state_day_before(self._west, self._east, self._story)
            stating.state_over_https(self._west, self._east, self._story)
            stating.lie(self._west, self._east, self._story)
            comparing.compare(self._west, self._east, self._story)
            listing.list_address(self._west, self._east, self._story)
        self._summing_up()

    def _observing(self) -> None:
        with self._story.step("observing", west=WEST, east=EAST, south=SOUTH):
            peers = [*self._west.comity("peer", "list").lines, *self._east.comity("peer", "list").lines]
            observed = sum(each["state"] == "observe" for each in peers)
            self._story.check("observing", bool(peers) and observed == len(peers), n=observed)

    def _complaining(self) -> None:
        with self._story.step("complaining"):
            inbox, began = self._stage.inbox, datetime.now(UTC)
            waiting = [each for each in self._west.comity("complain", str(inbox)).lines if each["fate"] == "waits"]
            least = began + timedelta(seconds=WAIT_SECONDS)
            late = all(looking.moment(each["due"]) >= least for each in waiting)
            self._story.check("waiting", bool(waiting) and late, n=len(waiting), seconds=WAIT_SECONDS)
            files = [path for each in waiting if (path := inbox / each["path"]).is_file()]
            mistaken = next((path for path in files if self._stage.is_corpus or path.name == _PRIVATE), None)
            if mistaken is not None:
                self._story.tell("mistaken", mail=mistaken.name)
                back = self._west.comity("complain", str(mistaken), "--not-spam").lines
                self._story.check("taken-back", [each["fate"] for each in back] == ["taken-back"], mail=mistaken.name)
                self._taken_back = len(back)
            self._complaints = len(waiting) - self._taken_back

    def _deciding(self) -> None:
        with self._story.step("deciding"):
            self._east.start()
            self._west.start()
            self._host.routes[EAST] = self._east.listening()
            self._host.routes[WEST] = self._west.listening()
            self._wait(lambda: looking.complaints_in(self._west, ComplaintState.WAITING) == 0, self._west)
            decided = looking.complaints_in(self._west, ComplaintState.DECIDED)
            self._story.check("decided", decided == self._complaints, n=decided)
            held = self._west.comity("outbox", "preview", *self._all).lines
            self._show(held, "party", "rule", "tier")
            quiet = all((each["state"], each["reason"]) == ("held", "observe") for each in held)
            self._story.check("nothing-leaves", bool(held) and quiet and not self._host.passed, n=len(held))
            if not self._stage.is_corpus:
                self._check_samples(held)

    def _check_samples(self, held: list[Line]) -> None:
        told = {(PurePath(each["path"]).name, each["party"]): each for each in held}
        forwarded = told.get(("12-forwarded.eml", "east"))
        self._story.check("forwarder", forwarded is not None and forwarded["rule"] == "network:198.51.100.0/24")
        forged = [party for name, party in told if name == "13-forged-from.eml"]
        self._story.check("forged", forged == ["east"])
        self._story.check("private", not any(name == _PRIVATE for name, _ in told))
        newsletter = told.get(("05-newsletter-cfbl.eml", SOUTH))
        self._story.check("cfbl", newsletter is not None and newsletter["rule"].startswith("cfbl"))
        self._story.check("victim", not any("victim" in each["address"] for each in held))
        replayed = [(each["party"], each["rule"]) for (name, _), each in told.items() if name in REPLAYED]
        noes = {
            (PurePath(each["path"]).name, refusal["party"], refusal["reason"])
            for each in self._west.comity("outbox", "not-sent").lines
            for refusal in each["refusals"]
        }
        found = replayed == [("east", "network:203.0.113.64/26")] * len(REPLAYED)
        unblamed = {(name, "letters", "dkim-replay") for name in REPLAYED} <= noes
        self._story.check("replay", found and unblamed)
        self._documents = [name for (name, _), each in told.items() if each["format"] == "xarf"]
        self._story.check("format", self._documents == [WITH_PORT])

    def _going_live(self) -> None:
        with self._story.step("going-live"):
            peers = self._west.comity("peer", "list").lines
            for each in peers:
                if each["held"] and each["name"] != "north":
                    self._west.comity("peer", "live", each["name"], "--with-held")
            n = sum(each["held"] for each in peers if each["name"] != "north")
            self._wait(lambda: len(self._host.passed) >= n, self._west)
            passed = tuple(self._host.passed)
            self._story.check("sent", len(passed) == n, n=len(passed))
            zone = self._west.folder / "dkim.zone"
            signed = sum(looking.signers(each.data, zone) == [WEST] for each in passed)
            self._story.check("signed", signed == n, n=signed)
            envelopes = {each.envelope_from for each in passed}
            self._story.check("envelopes", len(envelopes) == n and all("bounces+" in each for each in envelopes))
            if not self._stage.is_corpus:
                self._check_letters()
                silent = sum(each["held"] for each in peers if each["name"] == "north")
                self._story.check("silent", silent > 0 and not self._host.for_domain("north.example"), n=silent)
            letters = len(list((self._host.folder / SOUTH / "inbox").iterdir()))
            self._story.check("person", letters == len(self._host.for_domain(SOUTH)), n=letters)

    def _check_letters(self) -> None:
        """No complainer stands in any mail that left, in any form that can be decoded."""
        mails = [scan(path.read_bytes()).headers for path in self._stage.inbox.iterdir()]
        people = [address for each in mails if (address := each.first("delivered-to")) is not None]
        leaked = sum(bool(leaks.find(each.data, people)) for each in self._host.passed)
        self._story.check("nobody-named", len(people) > 9 and not leaked, n=len(people))
        documents = looking.documents([each.data for each in self._host.for_domain(EAST)])
        holds = len(documents) == len(self._documents) and not any(documents)
        self._story.check("document", holds, n=len(documents))

    def _making_cases(self) -> None:
        n = len(self._host.for_domain(EAST))
        with self._story.step("making-cases", n=n):
            self._wait(lambda: looking.arrivals(self._east) >= n, self._east)
            again, verified = looking.duplicates(self._east), looking.exchanged(self._east, WEST)
            self._story.check("verified", verified + again == n, n=verified, again=again)
            cases = self._east.comity("case", "list").lines
            rows = [
                (each["label"], looking.state_of(each), str(each["reports"]), each["case"][:12])
                for each in cases[:_SHOWN]
            ]
            self._story.rows(("subject", "state", "reports", "case"), rows)
            self._story.check("cases", sum(each["reports"] for each in cases) == verified, n=len(cases))
            if not self._stage.is_corpus:
                asked = [each for each in cases if each["question"] is not None]
                both = [(each["state"], each["reports"], len(each["question"]["candidates"])) for each in asked]
                self._story.check("shared", both == [("undecided", 2, 2)])

    def _delivering_twice(self) -> None:
        with self._story.step("delivering-twice"):
            letter, n = self._host.for_domain(EAST)[0], looking.arrivals(self._east)
            before = looking.exchanged(self._east, WEST)
            answers = [self._host.hand_over(letter), self._host.hand_over(letter.by_another_way())]
            self._story.check("taken-twice", all(each.startswith("250") for each in answers))
            self._wait(lambda: looking.arrivals(self._east) == n + 2, self._east)
            arrived, after = looking.arrivals(self._east) == n + 2, looking.exchanged(self._east, WEST)
            self._story.check("counted-once", arrived and after == before, n=after)

    def _answering(self) -> None:
        with self._story.step("answering"):
            self._east.comity("peer", "live", "west")
            case = next(each for each in self._east.comity("case", "list").lines if each["question"] is None)
            words = ("case", "close", case["case"], "--outcome", _OUTCOME, "--by", "operator")
            closed = self._east.comity(*words).lines[0]
            told = closed["told"]
            self._story.check("closed", closed["state"] == "closed" and told > 0, n=told, subject=case["label"])
            self._wait(lambda: looking.answers(self._west) >= told, self._west, self._east)
            answered = [line["outcome"] for line in self._sent_to_east() if line["outcome"] is not None]
            outcome = speaker().say(f"outcome.{_OUTCOME}")
            self._story.check("answered", answered == [_OUTCOME] * told, n=len(answered), outcome=outcome)

    def _person(self) -> None:
        with self._story.step("person"):
            reported = next(each for each in self._host.for_domain(SOUTH) if each.to.startswith("abuse@"))
            self._story.quote(looking.text_for_people(reported.data))
            n = looking.arrivals(self._west)
            self._host.hand_over(written_back(reported))
            self._wait(lambda: looking.arrivals(self._west) > n, self._west)
            cases = [each for each in self._west.comity("case", "list").lines if each["about"] == "letter"]
            shown = [self._west.comity("case", "show", each["case"]).lines[0] for each in cases]
            found = [(each["state"], letter["mentioned"]) for each in shown for letter in each["letters"]]
            self._story.check("letter", found == [("new", [_MENTIONED])], subject=_MENTIONED)

    def _other_way(self) -> None:
        with self._story.step("other-way"):
            self._east.comity("complain", str(self._east.folder / FROM_WEST))
            self._wait(lambda: looking.exchanged(self._west, EAST) == 1, self._west, self._east)
            cases = [(each["label"], each["reports"]) for each in self._west.comity("case", "list").lines]
            self._story.check("other-way", ("192.0.2.130", 1) in cases, subject="192.0.2.130")

    def _proving(self) -> None:
        with self._story.step("proving"):
            sizes: dict[str, int] = {}
            for each in (self._west, self._east):
                ran = each.comity("ledger", "verify")
                for line in ran.lines:
                    self._story.detail("channel", network=each.name, channel=line["channel"], n=line["leaves"])
                    if line["channel"].startswith(f"{WEST}/to/{EAST}/"):
                        reports = line["leaves"] - looking.acts_in(each, line["channel"])
                        sizes[each.name] = sizes.get(each.name, 0) + reports
                holds = ran.status == 0 and all(line["holds"] for line in ran.lines)
                channels = {line["channel"]: line["leaves"] for line in ran.lines}
                self._story.check("ledger", holds, network=each.name, channels=channels)
            n = len(self._sent_to_east())
            same = sizes.get(WEST, 0) == n == sizes.get(EAST, 0) + looking.duplicates(self._east)
            self._story.check("same-size", same, n=n)

    def _summing_up(self) -> None:
        with self._story.step("summing-up"):
            sent = self._west.comity("outbox", "sent", *self._all).lines
            self._story.tell("sent-to", n=len(sent))
            self._show(sent, "party", "rule", "outcome")
            noes = self._west.comity("outbox", "not-sent", *self._all).lines
            held = self._west.comity("outbox", "preview", *self._all).lines
            self._story.tell("not-sent", n=len(noes) + len(held))
            rows = [(PurePath(each["path"]).name, why) for each in noes for why in looking.whys(each)]
            rows += [(PurePath(each["path"]).name, looking.held_why(each)) for each in held]
            self._story.rows(("mail", "why"), rows[: 2 * _SHOWN])
            everybody = {each["path"] for each in (*sent, *noes, *held)}
            whole = len(everybody) == self._complaints + self._taken_back
            self._story.check("nobody-forgotten", whole, n=len(everybody))

    def _wait(self, holds: Callable[[], bool], *networks: Network) -> None:
        wait_until(holds, _SECONDS + _EACH * self._complaints, *networks)

    def _sent_to_east(self) -> list[Line]:
        return self._west.comity("outbox", "sent", "east", *self._all).lines

    def _show(self, mails: list[Line], *names: str) -> None:
        rows = [(PurePath(each["path"] or "").name, *(each[name] or "" for name in names)) for each in mails[:_SHOWN]]
        self._story.rows(("mail", *names), rows)
