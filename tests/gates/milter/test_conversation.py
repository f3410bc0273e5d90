"""Conversations with a mail host, as playbooks: what it says, what we answer."""

import asyncio
import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.delivery_memory import DeliveryKeys, anchor_of, mark, recall
from comity.formats.delivery_memory import Facts as DeliveryFacts
from comity.formats.mime import scan
from comity.gates.milter.connection import MilterConnection, MilterWork
from comity.gates.milter.conversation import BEYOND_LIMIT, FIELDS_LIMIT, Changes, Conversation, IncomingMail
from comity.gates.milter.marking import Found, Marker, MarkTerms
from comity.gates.milter.packets import PACKET_LIMIT, MilterError, PacketReader, packet

KEYS = DeliveryKeys(secrets={"1": b"k" * 32})
NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
TERMS = MarkTerms(keys=KEYS, own_domains=frozenset({"west.example"}), trusted_hosts=frozenset({"mx.west.example"}))
ALL = 0xFFFFFFFF
FIELDS = [
    (b"Received", b"from a (a.example [198.51.100.6]) by mx7.east.example id 2; 1 May 2026 09:59 +0000"),
    (b"From", b"News\n\t<news@east.example>"),
    (b"Message-ID", b"<1@east.example>"),
    (b"Date", b"1 May 2026 09:58 +0000"),
    (b"Subject", b"\xff\xfe any bytes"),
]


def _decided(marker: Marker, mail: IncomingMail) -> Changes:
    """What is done where nothing but marking is asked for."""
    return marker.changes(mail, Found(results=tuple(marker.results(mail))))


class Host:
    """The mail host's side of one conversation."""

    def __init__(self, marker: Marker, *, protocol: int = ALL, actions: int = 0x1FF) -> None:
        self.faults = 0
        self.decide: Callable[[IncomingMail], Changes | None] = lambda mail: _decided(marker, mail)
        self.conversation = Conversation(self._fault)
        (answer,) = self.say(b"O", struct.pack(">III", 6, actions, protocol))
        assert answer[:1] == b"O"
        self.agreed = struct.unpack(">III", answer[1:])

    def _fault(self) -> None:
        self.faults += 1

    def say(self, kind: bytes, data: bytes = b"") -> list[bytes]:
        answered = self.conversation.feed(packet(kind, data))
        while self.conversation.asked is not None:
            answered += self.conversation.said(self.decide(self.conversation.asked)) + self.conversation.decided()
        return [each.kind + each.data for each in PacketReader().feed(answered)]

    def connect(self, address: str = "192.0.2.7") -> None:
        family = b"6" if ":" in address else b"4"
        said = b"h.example\0" + family + struct.pack(">H", 25) + address.encode() + b"\0"
        assert self.say(b"C", said) in ([], [b"c"])

    def mail(
        self,
        fields: Iterable[tuple[bytes, bytes]] = FIELDS,
        *,
        recipients: Iterable[bytes] = (b"<lin@west.example>",),
        authenticated: bool = False,
    ) -> list[bytes]:
        """One mail; what is answered at its end."""
        self.say(b"D", b"M" + (b"{auth_authen}\0lin\0" if authenticated else b"{mail_host}\0x\0"))
        answers = self.say(b"M", b"<b@east.example>\0SIZE=9\0")
        for each in recipients:
            answers += self.say(b"R", each + b"\0")
        for name, value in fields:
            answers += self.say(b"L", name + b"\0" + value + b"\0")
        assert set(answers) <= {b"c"}
        self.say(b"D", b"Ei\0004F\0")
        return self.say(b"E")


@pytest.fixture
def marker() -> Marker:
    return Marker(TERMS, lambda: NOW)


def _inserted(answers: list[bytes]) -> str | None:
    """The header that is put on top."""
    (found,) = [each for each in answers if each[:1] == b"i"] or [None]
    if found is None:
        return None
    assert found[1:5] == struct.pack(">I", 1)
    name, value, rest = found[5:].split(b"\0")
    assert (name, rest) == (b"Comity-Delivery", b"")
    return value.decode("ascii")


def _remembered(value: str, fields: Iterable[tuple[bytes, bytes]] = FIELDS, client: str = "192.0.2.7") -> bytes:
    """The mail as it then lies in the mailbox."""
    line = (
        f"Received: from x (h.example [{client}]) by mx.west.example (Postfix) id 4F; 1 May 2026 10:00 +0000\n".encode()
    )
    return (
        line
        + f"Comity-Delivery: {value}\n".encode()
        + b"".join(name + b": " + said + b"\n" for name, said in fields)
        + b"\n"
    )


def test_a_mail_is_marked_and_remembers(marker: Marker) -> None:
    """Who handed it over, under which queue id, for whom; read back out of the mail as it was delivered."""
    host = Host(marker)
    host.connect()
    answers = host.mail()
    assert answers[-1] == b"c"
    value = _inserted(answers)
    assert value is not None
    found = recall(scan(_remembered(value)), KEYS)
    assert found is not None
    assert (found.client_ip, found.delivered, found.went_to("lin@west.example")) == ("192.0.2.7", NOW, True)
    assert host.say(b"Q") == []
    assert host.conversation.is_over


@pytest.mark.parametrize("protocol", [ALL, 0, 0x7F, 0x80, 0x1FFFFF])
def test_only_what_was_offered_is_left_unanswered(marker: Marker, protocol: int) -> None:
    """An old host is answered at each step, a new one at the end; both are served."""
    host = Host(marker, protocol=protocol)
    assert host.agreed[0] == 6
    assert host.agreed[1] == 0x11
    assert host.agreed[2] & ~protocol == 0
    assert host.say(b"H", b"h.example\0") == ([] if protocol & 0x2000 else [b"c"])
    host.connect()
    assert _inserted(host.mail())


def test_what_came_from_outside_under_our_name_is_taken_away(marker: Marker) -> None:
    """Each field of that name, the last one first; even a true mark of ours, which somebody outside sends back."""
    host = Host(marker)
    host.connect()
    true = _inserted(host.mail())
    assert true is not None
    again = [(b"Comity-Delivery", b"forged"), *FIELDS, (b"comity-DELIVERY", true.encode())]
    answers = host.mail(again)
    assert [each for each in answers if each[:1] == b"m"] == [
        b"m" + struct.pack(">I", number) + b"Comity-Delivery\0\0" for number in (2, 1)
    ]
    assert _inserted(answers)


def test_a_mark_stays_when_our_own_filter_hands_the_mail_back(marker: Marker) -> None:
    """What the border saw counts, not that a filter on this machine passed it on."""
    host = Host(marker)
    host.connect()
    value = _inserted(host.mail())
    assert value is not None
    line = (b"Received", b"from x (h.example [192.0.2.7]) by mx.west.example (Postfix) id 4F; 1 May 2026 10:00 +0000")
    host.connect("127.0.0.1")
    assert host.mail([line, (b"Comity-Delivery", value.encode()), *FIELDS]) == [b"c"]
    assert marker.counts["kept"] == 1


@pytest.mark.parametrize(
    ("recipients", "authenticated"),
    [
        ([b"<lin@west.example>", b"<bo@north.example>"], False),
        ([b"<bo@north.example>"], False),
        ([b"<lin@west.example>"], True),
        ([], False),
    ],
)
def test_what_leaves_carries_no_mark(marker: Marker, recipients: list[bytes], authenticated: bool) -> None:
    """Mail to somebody outside, and mail that one of our own people submits: it would show their address to others."""
    host = Host(marker)
    host.connect()
    assert host.mail(recipients=recipients, authenticated=authenticated) == [b"c"]
    assert marker.counts["left"] == 1


def test_mail_of_our_own_people_gets_a_sealed_trace() -> None:
    """Of the login, in place of what stood there; other mail that leaves, and mail from outside, gets none."""
    host = Host(Marker(replace(TERMS, trace=lambda login: f"1.a.{login}"), lambda: NOW))
    host.connect()
    fields = (*FIELDS, (b"X-Comity-Trace", b" 1.a.somebody"))
    answers = host.mail(fields, recipients=[b"<eve@north.example>"], authenticated=True)
    assert [each for each in answers if each[:1] == b"i"] == [
        b"i" + struct.pack(">I", 1) + b"X-Comity-Trace\x001.a.lin\0"
    ]
    assert [each[:1] for each in answers].count(b"m") == 1
    for recipients in ([b"<eve@north.example>"], [b"<lin@west.example>"]):
        assert not any(b"Trace" in each for each in host.mail(recipients=recipients))


def test_each_mail_of_a_connection_stands_alone(marker: Marker) -> None:
    """Nothing of an aborted mail, or of one before, gets into the next; nor of the connection before."""
    host = Host(marker)
    host.connect()
    host.say(b"M", b"<b@east.example>\0")
    host.say(b"R", b"<bo@north.example>\0")
    host.say(b"L", b"Received\0from nowhere\0")
    host.say(b"A")
    first, second = _inserted(host.mail()), _inserted(host.mail())
    assert first == second
    assert first is not None
    assert recall(scan(_remembered(first)), KEYS)
    host.say(b"K")
    host.connect("2001:db8::7")
    third = _inserted(host.mail())
    assert third is not None
    assert " h=2001:db8::7;" in third


def test_results_are_taken_from_our_own_hosts_only(marker: Marker) -> None:
    """What stands above the first trace line under a trusted name; nothing below, nothing of others."""
    ours = (b"Authentication-Results", b"mx.west.example;\n\tdkim=pass header.d=east.example")
    theirs = (b"Authentication-Results", b"mx.east.example; spf=pass smtp.mailfrom=x@east.example")
    host = Host(marker)
    host.connect()
    value = _inserted(host.mail([ours, theirs, *FIELDS, ours]))
    assert value is not None
    assert " a=dkim:pass/header.d:east.example;" in " ".join(value.split())


def test_our_faults_never_stop_mail() -> None:
    """Whatever we do wrong, the answer is "accept", and the next mail is served."""
    host = Host(Marker(TERMS, lambda: NOW))
    host.connect()
    decide, host.decide = host.decide, lambda mail: None
    assert host.mail() == [b"a"]
    host.decide = decide
    assert _inserted(host.mail())


def test_what_cannot_be_told_is_left_out_and_the_mail_goes_on() -> None:
    """Over a connection, too: a change that no packet can say is a fault of ours, and the host is answered at once."""
    marker = Marker(TERMS, lambda: NOW)
    work = MilterWork(marker=marker, decide=_untold, log=lambda event, **_: None)

    async def asked() -> bytes:
        server = await asyncio.get_running_loop().create_server(lambda: MilterConnection(work), "127.0.0.1", 0)
        async with server, asyncio.timeout(20):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(packet(b"O", struct.pack(">III", 6, 0x1FF, ALL)) + packet(b"M", b"<a@east.example>\0"))
            writer.write(packet(b"E") + packet(b"M", b"<b@east.example>\0") + packet(b"E"))
            await reader.readexactly(4 + 13)
            said = await reader.readexactly(2 * 5)
            writer.close()
            return said

    assert asyncio.run(asked()) == packet(b"a") * 2
    assert work.faults == 2


async def _untold(mail: IncomingMail) -> Changes:
    return Changes(removed=(("X-Spam-标", 1),))


def test_a_fault_over_one_event_is_counted(marker: Marker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail goes on as if we were not there."""
    host = Host(marker, protocol=0)
    host.connect()

    def broken(self: Conversation, data: bytes) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(Conversation, "_field", broken)
    assert host.say(b"L", b"From\0x\0") == [b"a"]
    assert host.faults == 1


def test_a_host_that_lets_us_change_nothing_is_served(marker: Marker) -> None:
    """Then there is no mark, and no answer that it would not understand."""
    host = Host(marker, actions=0x01)
    host.connect()
    assert host.mail() == [b"c"]


def test_a_header_beyond_measure_is_not_marked(marker: Marker) -> None:
    """What we did not keep cannot be vouched for; the mail goes on, and a forged mark in it does not."""
    host = Host(marker)
    host.connect()
    answers = host.mail([(b"Comity-Delivery", b"x"), *([(b"Received", b"x" * 60_000)] * (FIELDS_LIMIT // 60_000 + 1))])
    assert [each[:1] for each in answers] == [b"m", b"c"]


def test_a_forged_mark_behind_a_header_beyond_measure_does_not_go_on() -> None:
    """However much stands above it: each field of ours goes by its number, a result under our name, too; others stay."""
    marker = Marker(replace(TERMS, authserv_id="mx.west.example"), lambda: NOW)
    host = Host(marker)
    host.connect()
    much = [(b"Received", b"x" * 60_000)] * (FIELDS_LIMIT // 60_000 + 1)
    forged = [(b"X-Spam-Flag", b"NO"), (b"Authentication-Results", b"(pad)mx.west.example; dkim=pass")]
    other = (b"Authentication-Results", b"mx.north.example; dkim=pass")
    answers = host.mail([other, *much, *forged, (b"Subject", b"hello"), *forged])
    gone = [(each[5:].rstrip(b"\0"), int.from_bytes(each[1:5], "big")) for each in answers if each[:1] == b"m"]
    assert sorted(gone) == [
        (b"Authentication-Results", 2),
        (b"Authentication-Results", 3),
        (b"x-spam-flag", 1),
        (b"x-spam-flag", 2),
    ]
    assert answers[-1] == b"c"
    assert marker.counts["left"] == 1


def test_marks_without_end_are_taken_away_within_bounds(marker: Marker) -> None:
    """Ten megabytes of them cost little, and the mail is answered."""
    host = Host(marker)
    host.connect()
    answers = host.mail([(b"X-Spam-Flag", b"NO" * 10)] * 40_000)
    assert answers[-1] == b"c"
    assert BEYOND_LIMIT <= len(answers) < 2 * BEYOND_LIMIT + FIELDS_LIMIT // 20


@pytest.mark.parametrize("name", [b"X-Spam-\xff", "X-Spam-é".encode(), "X-Spam-标".encode(), b"X-Spam-a b"])
def test_a_field_is_taken_away_by_the_name_that_it_came_with(marker: Marker, name: bytes) -> None:
    """Whatever bytes it is made of: the host finds it, and the mail is answered."""
    host = Host(marker)
    host.connect()
    answers = host.mail([*FIELDS, (name, b"NO")])
    assert (answers[0], answers[-1], host.faults) == (b"m\0\0\0\1" + name.lower() + b"\0\0", b"c", 0)


@pytest.mark.parametrize(
    "data", [b"\0\0\0\0", (PACKET_LIMIT + 1).to_bytes(4, "big") + b"L", packet(b"O", b"short"), packet(b"O", bytes(12))]
)
def test_what_is_no_milter_protocol_ends_the_connection(marker: Marker, data: bytes) -> None:
    """Nothing after it could be understood."""
    with pytest.raises(MilterError):
        Conversation(lambda: None).feed(data)


@given(st.lists(st.tuples(st.sampled_from(b"ABCDEHKLMNOQRTUxc"), st.binary(max_size=40))), st.integers(1, 50))
def test_any_packets_in_any_pieces_are_answered(packets: list[tuple[int, bytes]], size: int) -> None:
    """Nothing is raised but that it is not the protocol; cut in pieces it is the same conversation."""
    said = b"".join(packet(bytes([kind]), data) for kind, data in packets)

    def answers(pieces: list[bytes]) -> bytes:
        marker, conversation = Marker(TERMS, lambda: NOW), Conversation(lambda: None, wants_content=size % 2 == 0)
        found = []
        try:
            for each in pieces:
                found.append(conversation.feed(each))
                while conversation.asked is not None:
                    found.append(conversation.said(_decided(marker, conversation.asked)) + conversation.decided())
            return b"".join(found)
        except MilterError:
            return b"over"

    assert answers([said]) == answers([said[at : at + size] for at in range(0, len(said), size)])


def test_facts_of_two_writers_agree() -> None:
    """What the milter writes is what the format writes: one header, one reader."""
    facts = DeliveryFacts(
        delivered=NOW, client_ip="192.0.2.7", client_port=25, queue_id="4F", mailboxes=["lin@west.example"]
    )
    value = mark(facts, anchor_of([(name.lower(), said) for name, said in FIELDS]), KEYS)
    host = Host(Marker(TERMS, lambda: NOW))
    host.connect()
    assert _inserted(host.mail()) == value
