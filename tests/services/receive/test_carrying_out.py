"""What was decided is done outside once, whenever the program dies; and undone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any
from zlib import decompress

import pytest
from sqlalchemy import select, update

from comity.formats.consequence_tables import files_of
from comity.model.case_consequence import CaseConsequence
from comity.model.playbook import ActionKind, Mark
from comity.model.sending import OWN_CUSTOMERS, OWN_PROGRAMS, OutboxState, PeerState
from comity.services.complain.rows import set_peer
from comity.services.operate.backups import hold_all
from comity.services.receive.playbook.carrying_out import Carried, CarryingOut
from comity.services.receive.playbook.lifting import lift, suppress
from comity.services.receive.playbook.noticing import Noticing, Signatory
from comity.store.tables.sending import outbox

from .intake import NOW, arf
from .playbook_scene import Scene
from .test_playbook import LADDER, WEST, _reports

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOOK = """
name = "own"
start = "watched"
[[state]]
name = "watched"
[[state.on]]
event = "report"
do = [{ action = "webhook", to = "helpdesk" }]
[[state.on]]
event = "time"
quiet = "90 days"
to = "closed"
"""
LOCK = """
name = "own"
start = "open"
[[state]]
name = "open"
[[state.on]]
event = "report"
do = [{ action = "webhook", to = "lock" }]
to = "locked"
[[state.on]]
event = "time"
quiet = "90 days"
to = "closed"
[[state]]
name = "locked"
[[state.on]]
event = "person"
word = "unlock"
do = [{ action = "webhook", to = "unlock", undoes = "lock" }]
to = "open"
[[state.on]]
event = "time"
quiet = "90 days"
to = "closed"
"""


@dataclass
class Written:
    """Tables, as they were written last; a disk that fails first."""

    held: list[Sequence[CaseConsequence]] = field(default_factory=list)
    fails: int = 0

    def write(self, held: Sequence[CaseConsequence]) -> None:
        """Write them."""
        if self.fails:
            self.fails -= 1
            raise OSError
        self.held.append(held)

    def targets(self) -> list[str]:
        """Whom the last tables name."""
        return [each.target for each in self.held[-1]]


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    text: str = ""


@dataclass
class Program:
    """Another program that answers as it is told."""

    answers: list[int]
    heard: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def tell(self, what: CaseConsequence, facts: Mapping[str, Any], now: datetime) -> Reply:
        """Hear it."""
        self.heard.append((what.target, what.key, facts))
        return Reply(self.answers.pop(0))


class Office:
    """A scene, and what carries out its decisions."""

    def __init__(self, text: str = LADDER, answers: Sequence[int] = ()) -> None:
        self.scene = Scene(text)
        self.files, self.program = Written(), Program(list(answers))
        tokens = iter(range(1000))
        signatory = Signatory(domain="east.example", address="abuse@east.example", organisation="East")
        noticing = Noticing(self.scene.playbook, signatory, new_token=lambda: f"t{next(tokens)}")
        self.carrying = CarryingOut(
            self.scene.store.write,
            self.scene.following,
            noticing=noticing,
            files=self.files,
            tells=self.program,
            give_up=3 * DAY,
        )

    def turn(self, later: timedelta = timedelta(0)) -> Carried:
        """One turn, later."""
        self.scene.now += later
        return self.carrying.turn(self.scene.now)

    def mails(self) -> list[Any]:
        """What lies in the outbox."""
        with self.scene.store.read() as records:
            return list(records.connection.execute(select(outbox).order_by(outbox.c.id)))


def test_who_is_suppressed_is_written_once_the_commit_is_done() -> None:
    """Twice nothing new; a disk that fails in between costs nothing but time."""
    office = Office()
    office.scene.arrives(*_reports(0, 2))
    office.files.fails = 1
    with pytest.raises(OSError):  # as the disk says it
        office.turn()
    assert office.turn().written == 2
    assert office.files.targets() == ["reader0@mail.example", "reader1@mail.example"]
    assert not office.turn()
    assert len(office.files.held) == 1


def test_what_is_lifted_or_over_is_written_out_again() -> None:
    """The way back reaches the tables; so does the end."""
    office = Office()
    office.scene.arrives(*_reports(0, 2))
    office.turn()
    with office.scene.store.write() as records:
        (lifted,) = lift(records, "reader0@mail.example", by="ann", why="she asked", now=NOW)
        suppress(
            records,
            Mark(kind="address", value="bob@mail.example"),
            until=NOW + DAY,
            by="ann",
            why="-",
            new_key=lambda: "k",
            now=NOW,
        )
    office.turn()
    assert office.files.targets() == ["bob@mail.example", "reader1@mail.example"]
    office.turn(DAY)
    assert office.files.targets() == ["reader1@mail.example"]
    office.turn(100 * DAY)
    assert office.files.targets() == []
    with office.scene.store.read() as records:
        found = records.consequences.by_id(lifted.consequence_id)
    assert found is not None
    assert (found.state.value, found.lifted_by, found.lifted_why) == ("lifted", "ann", "she asked")


def test_a_notice_is_one_mail_in_both_languages() -> None:
    """Signed later by the signatory; generated, so that no machine answers it; of everything that waited."""
    office = Office()
    office.scene.arrives(*_reports(0, 4))
    assert office.turn().noticed == 0  # it waits for a quarter of an hour
    assert office.turn(HOUR).noticed == 1
    assert not office.turn().noticed
    (row,) = office.mails()
    assert (row.kind, row.party, row.address, row.state) == ("notice", OWN_CUSTOMERS, "noc@west.example", "waiting")
    mail = message_from_bytes(decompress(row.data))
    case = office.scene.case(WEST).case_id
    assert str(make_header(decode_header(mail["Subject"]))) == f"Complaints {case} / 投诉 {case}"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "West Hosting: 4 reports, 4," in text
    assert "West Hosting：4 份报告" in text
    assert "reader" not in text
    with office.scene.store.read() as records:
        assert records.peers.by_name([OWN_CUSTOMERS])[OWN_CUSTOMERS].state is PeerState.LIVE


def test_a_notice_says_from_which_addresses_it_came() -> None:
    """A customer with a whole network finds the machine: the worst first, in both languages."""
    office = Office(LADDER.replace("{organisation} {address}", "{sources}"))
    office.scene.arrives(*_reports(0, 2, source="192.0.2.9"), *_reports(2, 5))
    office.turn(HOUR)
    (mail,) = office.mails()
    text = message_from_bytes(decompress(mail.data)).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert text.count("192.0.2.7 (3), 192.0.2.9 (2)") == 2


def test_the_next_notice_waits_for_its_digest() -> None:
    """What comes within a day after a notice is one more notice, a day later."""
    office = Office()
    office.scene.arrives(*_reports(0, 3))
    office.turn(HOUR)
    for number in range(10, 15):
        office.scene.arrives(arf(number, recipient=f"late{number}@mail.example"))
        office.turn(HOUR)
    assert len(office.mails()) == 1
    office.turn(DAY)
    assert len(office.mails()) == 2


@pytest.mark.parametrize("event", ["bounce", "reply"])
def test_a_notice_that_comes_back_is_told_to_the_playbook_once(event: str) -> None:
    """The mail host refuses it: the case hears of a bounce. Where no rule hears it a person is to look, as nobody was told."""
    office = Office(LADDER.replace('event = "reply"', f'event = "{event}"'))
    office.scene.arrives(*_reports(0, 3))
    office.turn(HOUR)
    with office.scene.store.write() as records:
        records.connection.execute(update(outbox).values(state=OutboxState.FAILED.value, reason="refused"))
    assert office.turn().bounced == 1
    assert office.turn().bounced == 0
    position = office.scene.position(WEST)
    assert position is not None
    assert position.raised == office.scene.now


def test_a_program_is_told_until_it_has_heard() -> None:
    """Nobody there, an error, then 200: three tries of one id, and what it is told names no complainer."""
    office = Office(HOOK, answers=[0, 500, 200])
    office.scene.arrives(*_reports(0, 1))
    assert office.turn().failed == {"later": 1}
    assert not office.turn(timedelta(seconds=59))
    office.turn(timedelta(minutes=1))
    assert office.turn(HOUR).told == 1
    assert not office.turn(DAY)
    assert len({key for _, key, _ in office.program.heard}) == 1
    assert len(office.program.heard) == 3
    facts = office.program.heard[0][2]
    assert (facts["label"], facts["reports"], facts["complainers"]) == ("West Hosting", 1, 1)
    assert "reader" not in json.dumps(dict(facts))


@pytest.mark.parametrize(
    ("answers", "later", "reason"), [([410], timedelta(0), "gone"), ([500, 500], 4 * DAY, "gave-up")]
)
def test_a_program_that_wants_no_more_is_left_alone(answers: list[int], later: timedelta, reason: str) -> None:
    """410, or errors for three days: it failed, with a name."""
    office = Office(HOOK, answers=answers)
    office.scene.arrives(*_reports(0, 1))
    office.turn()
    office.turn(later)
    (row,) = office.scene.consequences(WEST)
    assert (row.state.value, row.reason) == ("failed", reason)


def test_what_a_person_undid_is_not_told_any_more() -> None:
    """The lock could not be told; a person has it opened: the lock is told no more, so that it never comes after the opening."""
    office = Office(LOCK, answers=[0, 200])
    office.scene.arrives(*_reports(0, 1))
    assert office.turn().failed == {"later": 1}
    office.scene.decides(WEST, "unlock")
    assert office.turn(DAY).told == 1
    assert [target for target, _, _ in office.program.heard] == ["lock", "unlock"]
    lock, unlock = sorted(office.scene.consequences(WEST), key=lambda each: each.consequence_id)
    assert [(each.state.value, each.reason) for each in (lock, unlock)] == [("failed", "undone"), ("done", None)]
    assert not office.turn(DAY)


def test_whoever_dies_while_a_program_answers_asks_again_with_the_same_id() -> None:
    """The lease ends, the id is the same: the other side counts once."""
    office = Office(HOOK, answers=[200])
    office.scene.arrives(*_reports(0, 1))
    office.program.answers = []
    with pytest.raises(IndexError):
        office.turn()
    assert not office.turn(timedelta(seconds=59))
    office.program.answers = [200]
    assert office.turn(timedelta(seconds=1)).told == 1
    assert len({key for _, key, _ in office.program.heard}) == 1


@pytest.mark.parametrize("answer", [200, 410, 500])
def test_whoever_sleeps_while_a_program_answers_overwrites_nothing(answer: int) -> None:
    """Another machine has told it meanwhile: what the sleeper hears changes nothing, whatever it is."""
    office = Office(HOOK, answers=[answer, 200])
    office.scene.arrives(*_reports(0, 1))
    told, tell = list[int](), office.program.tell

    def slept(what: CaseConsequence, facts: Mapping[str, Any], now: datetime) -> Reply:
        reply = tell(what, facts, now)
        if not told:
            told.append(0)
            told.append(office.turn(timedelta(minutes=2)).told)
        return reply

    office.program.tell = slept  # type: ignore[method-assign]
    done = office.turn()
    assert (told, done.failed.total()) == ([0, 1], 0)
    (row,) = office.scene.consequences(WEST)
    assert (row.state.value, row.reason, row.finished) == ("done", None, office.scene.now)


def test_a_turn_that_takes_long_claims_by_the_clock() -> None:
    """What comes late in a turn is claimed from then on, and not from when the turn began: nobody else is told the same."""
    one = '{ action = "webhook", to = "helpdesk" }'
    assert one in HOOK
    office = Office(HOOK.replace(one, f"{one}, {one.replace('helpdesk', 'stock')}"))
    office.scene.arrives(*_reports(0, 1))
    passed, heard = timedelta(), list[str]()

    def slow(what: CaseConsequence, facts: Mapping[str, Any], now: datetime) -> Reply:
        nonlocal passed
        heard.append(what.target)
        if len(heard) < 3:
            passed += timedelta(seconds=50)
            if len(heard) == 2:  # while the last one is told, another machine finds nothing to tell
                assert not office.carrying.turn(office.scene.now + passed).told
        return Reply(200)

    office.program.tell = slow  # type: ignore[method-assign]
    assert office.carrying.turn(office.scene.now, lambda: office.scene.now + passed).told == 2
    assert sorted(heard) == ["helpdesk", "stock"]


def test_a_desk_that_came_back_does_nothing_outside_before_somebody_says_so() -> None:
    """Programs are told nothing, customers neither, tables stay; cases go on; then all that waited is done."""
    office = Office(HOOK, answers=[200, 200])
    office.scene.arrives(*_reports(0, 1))
    with office.scene.store.write() as records:
        suppress(
            records,
            Mark(kind="address", value="ann@mail.example"),
            until=NOW + 9 * DAY,
            by="li",
            why="-",
            new_key=lambda: "k",
            now=office.scene.now,
        )
        assert hold_all(records, office.scene.now) == [OWN_PROGRAMS]
    office.scene.arrives(*_reports(1, 2))
    assert not office.turn(HOUR)
    assert (office.program.heard, office.files.held) == ([], [])
    with office.scene.store.write() as records:
        set_peer(records.peers, records.peers.by_name([OWN_PROGRAMS])[OWN_PROGRAMS], PeerState.LIVE, now=NOW)
    done = office.turn(HOUR)
    assert (done.told, done.written) == (2, 1)
    assert office.files.targets() == ["ann@mail.example"]


def test_what_a_person_alone_decided_is_held_too() -> None:
    """A recipient who was suppressed by hand stands in a table, whether or not a case ever followed a playbook."""
    office, mark = Office(HOOK), Mark(kind="address", value="ann@mail.example")
    with office.scene.store.write() as records:
        suppress(records, mark, until=NOW + 9 * DAY, by="li", why="-", new_key=lambda: "k", now=NOW)
        assert hold_all(records, NOW) == [OWN_PROGRAMS]
    assert not office.turn(HOUR)
    assert office.files.held == []


def test_where_no_case_ever_followed_a_playbook_nothing_is_held() -> None:
    """Nobody is told to let live what he never had."""
    office = Office(HOOK)
    with office.scene.store.write() as records:
        assert hold_all(records, NOW) == []


def _held(kind: ActionKind, target: str, sort: str = "customer", **facts: Any) -> CaseConsequence:
    from comity.model.case_consequence import ConsequenceState

    return CaseConsequence(
        key=target,
        case_id="c1",
        kind=kind,
        target_kind=sort,
        target=target,
        facts=facts,
        actor="playbook own",
        why="told/1",
        state=ConsequenceState.DONE,
        entered=NOW,
        due=NOW,
        until=NOW + DAY,
    )


def test_tables_are_what_mail_servers_read() -> None:
    """Recipients, networks and domains; a hold goes before a throttle; no line becomes two, no cell a formula."""
    held = [
        _held(ActionKind.SUPPRESS, "=cmd@mail.example", "address"),
        _held(ActionKind.SUPPRESS, "a@b.example\nc@d.example OK", "address"),
        _held(ActionKind.SUPPRESS, "fb-17", "feedback-id"),
        _held(ActionKind.THROTTLE, "West", per_hour=100),
        _held(ActionKind.HOLD, "West"),
        _held(ActionKind.HOLD, "192.0.2.7", "address"),
        _held(ActionKind.HOLD, "Ann", "subscriber"),
    ]
    files = files_of(held, {"West": ["192.0.2.0/25", "west.example"]}, throttle_with="FILTER slow:")
    assert files["suppressed.postfix"].count(b"\n") == 1
    assert files["suppressed.postfix"].startswith(b"=cmd@mail.example REJECT")
    assert files["customers.cidr"] == b"192.0.2.0/25 HOLD comity c1\n192.0.2.7 HOLD comity c1\n"
    assert files["customers.domains"] == b"west.example HOLD comity c1\n.west.example HOLD comity c1\n"
    assert files["customers.logins"] == b"ann HOLD comity c1\n"
    assert b"address,'=cmd@mail.example,suppress" in files["suppressed.csv"]
    assert files["suppressed.csv"].count(b"\r\n") == 4
    assert json.loads(files["suppressed.json"])[0]["value"] == "=cmd@mail.example"
    assert json.loads(files["customers.json"])[0]["per_hour"] == 100
