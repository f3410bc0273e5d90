"""From a block to a dated answer: warned, asked, argued, refused, escalated once, granted, and counted in the ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord import recourse as rules
from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.ledger import leaf
from comity.locale import catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.outcomes import ComityError
from comity.model.recourse import Consequence, Measure, RecourseAct, RecourseState
from comity.model.sending import OutboxState, Peer, PeerState
from comity.model.tier import Tier
from comity.services.prove.recourse.acting import Imposing, RecourseDesk, Terms
from comity.services.prove.recourse.mail import REFERENCE, Post, take, who_wrote
from comity.services.prove.writing import Scribe
from comity.services.receive.planning import Terms as IntakeTerms
from comity.services.receive.prepare import unpack
from comity.store.engine import Store
from comity.store.records import Records

from ...receive.intake import arf, ingest
from ...stores import store

__all__ = ["store"]

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAMES = (f"R-{'ABCDEFGHIJKLMN'}{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in count())
TOKENS = count()
TERMS = Terms(
    ours="west.example",
    warning=timedelta(hours=48),
    owed_by=lambda now: now + timedelta(days=5),
    new_reference=lambda: next(NAMES),
)
BLOCK = Imposing(
    subject="198.51.100.7",
    measure=Measure.BLOCKED,
    reason="Mail to addresses that nobody ever had",
    ends=NOW + 30 * DAY,
    also="trap",
    peer="east.example",
)


def desk(rows: Records, actor: str = "Ann", now: datetime = NOW) -> RecourseDesk:
    salts = count()
    scribe = Scribe("west.example", KEY, new_salt=lambda: b"%016d" % next(salts))
    return RecourseDesk(rows, TERMS, scribe, actor=actor, now=now)


def post() -> Post:
    return Post(
        FeedbackProvider(
            domain="west.example",
            address="recourse@west.example",
            organisation="West Mail",
            reporting_mta="mx.west.example",
        ),
        [Agreement(peer="east", address="abuse@east.example", tier=Tier.T2, languages=("zh", "en"))],
        {"en": catalogue("en"), "zh": catalogue("zh")},
        new_token=lambda: f"t{next(TOKENS)}",
        warning=timedelta(hours=48),
    )


def live(rows: Records) -> None:
    rows.peers.put(Peer(name="east", address="abuse@east.example", state=PeerState.LIVE, since=NOW))


def swept(program: RecourseDesk) -> tuple[int, int]:
    owed, closed = program.sweep()
    return len(owed), closed


def steps(store: Store) -> list[str]:
    """What the ledger says of recourse."""
    with store.read() as rows:
        found = [
            leaf.read(data) or {}
            for channel in rows.ledger.channels()
            for _, data in rows.ledger.leaves(channel.channel_id)
        ]
    return [each["step"] for each in found if each["type"] == "recourse"]


def test_from_block_to_dated_answer(store: Store) -> None:
    """The whole story, with every text that goes out and every step in the ledger."""
    with store.write() as rows:
        live(rows)
        made = desk(rows).impose(BLOCK)
        warned = post().warn(rows, made, by="Ann", now=NOW)
    assert made.begins == NOW + timedelta(hours=48)
    assert not rules.is_in_force(made, NOW)
    assert rules.is_in_force(made, NOW + 3 * DAY)
    assert warned.not_mailed is None
    assert made.reference in warned.text
    assert "被屏蔽" in warned.text.splitlines()[0]

    reply = rules.smtp_reply(made, ours="west.example", address="recourse@west.example")
    assert reply.startswith("550 5.7.1 198.51.100.7 is blocked by west.example through 2026-12-23")
    assert made.reference in reply
    assert "recourse@west.example" in reply

    with store.write() as rows:
        asked = desk(rows, "east", NOW + 3 * DAY).ask(made.reference)
        assert (asked.recourse.state, asked.consequence.also) == (RecourseState.ASKED, "trap")
        argued = desk(rows, "east", NOW + 3 * DAY).argue(
            made.reference, "The address is a new customer's since Monday."
        )
    assert (argued.state, argued.due) == (RecourseState.ARGUED, NOW + 8 * DAY)

    with store.write() as rows:
        why, act = desk(rows, "Ann", NOW + 4 * DAY).answer(
            made.reference, "The traps were hit again today.", grants=False
        )
        refused = post().answered(rows, why, act.value, "The traps were hit again today.", now=NOW + 4 * DAY)
    assert "2026-11-27: Ann has looked at your objection" in refused.text
    assert f"ask once for a second person: answer to this mail and cite {made.reference}" in refused.text

    with store.write() as rows:
        desk(rows, "east", NOW + 5 * DAY).escalate(made.reference, "Please look at the log of our customer.")
        with pytest.raises(ComityError) as same:
            desk(rows, "Ann", NOW + 6 * DAY).answer(made.reference, "No.", grants=False)
        assert same.value.code == "recourse-same-person"
        why, act = desk(rows, "Bob", NOW + 6 * DAY).answer(made.reference, "The new customer is innocent.", grants=True)
    assert act is RecourseAct.GRANT
    assert why.recourse.state is RecourseState.GRANTED
    assert why.consequence.lifted == NOW + 6 * DAY
    assert not rules.is_in_force(why.consequence, NOW + 6 * DAY)
    assert [each.act for each in why.history] == ["impose", "warned", "ask", "argue", "refuse", "escalate", "grant"]
    assert [each.actor for each in why.history] == ["Ann", "Ann", "east", "east", "Ann", "east", "Bob"]
    assert steps(store) == ["asked", "argued", "refused", "escalated", "granted"]


def test_complaints_alone_block_nobody(store: Store) -> None:
    """However many complain: without a second class of evidence neither a list nor a block, only a limit."""
    complaints = {"complaint": 5000}
    week = timedelta(days=7)
    assert rules.refusal_of(Measure.BLOCKED, complaints, None, lasts=week) == "complaints-alone"
    assert rules.refusal_of(Measure.LISTED, complaints | {"fraud": 2}, None, lasts=week) == "complaints-alone"
    assert rules.refusal_of(Measure.LIMITED, complaints, None, lasts=week) is None
    assert rules.refusal_of(Measure.BLOCKED, complaints, "sinkhole", lasts=week) is None
    with store.write() as rows, pytest.raises(ComityError) as refused:
        desk(rows).impose(replace(BLOCK, also=None))
    assert refused.value.code == "recourse-no-evidence"


def test_everything_has_an_end(store: Store) -> None:
    """No end in the past, none further away than ninety days."""
    with store.write() as rows:
        for ends, code in ((NOW, "recourse-end-past"), (NOW + 100 * DAY, "recourse-end-far")):
            with pytest.raises(ComityError) as refused:
                desk(rows).impose(replace(BLOCK, ends=ends))
            assert refused.value.code == code


def test_severe_begins_at_once(store: Store) -> None:
    """A warning is given before, unless it is severe."""
    with store.write() as rows:
        assert desk(rows).impose(replace(BLOCK, is_severe=True)).begins == NOW


def test_silence_is_counted(store: Store) -> None:
    """An answer that is owed and does not come is noted once, in the history and in the ledger; it is still owed."""
    with store.write() as rows:
        made = desk(rows).impose(BLOCK)
        desk(rows).argue(made.reference, "Why?")
        assert swept(desk(rows, "comity", NOW + 4 * DAY)) == (0, 0)
        assert swept(desk(rows, "comity", NOW + 6 * DAY)) == (1, 0)
        assert swept(desk(rows, "comity", NOW + 7 * DAY)) == (0, 0)
        assert desk(rows).find(made.reference)[1].state is RecourseState.ARGUED
    assert steps(store) == ["asked", "argued", "overdue"]


def test_what_is_over_is_closed(store: Store) -> None:
    """When the last day has passed, nothing is owed any more where nobody objected."""
    with store.write() as rows:
        made = desk(rows).impose(BLOCK)
        assert swept(desk(rows, "comity", NOW + 31 * DAY)) == (0, 1)
        assert desk(rows).find(made.reference)[1].state is RecourseState.CLOSED


def test_a_letter_with_the_reference_asks_and_then_argues(store: Store) -> None:
    """The first mail asks why, the next one objects; after a refusal it escalates; one without a reference is nobody's."""
    with store.write() as rows:
        made = desk(rows).impose(BLOCK)
        assert REFERENCE.fullmatch(made.reference)
        noc = "noc@east.example"
        texts = (f"{text} {made.reference}?" for text in ("What is", "We object:", "And again"))
        letters = [take(desk(rows, noc), text, noc) for text in texts]
        assert [each and each.act for each in letters] == ["ask", "argue", "argue"]
        desk(rows).answer(made.reference, "No.", grants=False)
        last = take(desk(rows), f"Please, somebody else: {made.reference}", "noc@east.example")
        assert last is not None
        assert last.state is RecourseState.ESCALATED
        assert take(desk(rows), "Hello", None) is None
        assert take(desk(rows), "R-ZZZZZZZZZZZZZZZZ", None) is None


def test_nothing_is_mailed_to_strangers(store: Store) -> None:
    """Without an agreement, or while the peer is not live, the text is for our operator; nothing is in the outbox."""
    with store.write() as rows:
        made = desk(rows).impose(BLOCK)
        assert post().warn(rows, made, by="Ann", now=NOW).not_mailed == "observe"
        stranger = desk(rows).impose(replace(BLOCK, peer=None))
        posted = post().warn(rows, stranger, by="Ann", now=NOW)
        assert posted.not_mailed == "no-contact"
        assert stranger.reference in posted.text
        assert rows.sending.counts() == []


def test_what_a_peer_is_told_goes_where_it_was_agreed(store: Store) -> None:
    """Whoever has a mailbox at a provider, and a mail that was turned away, leads neither reasons nor the answer to himself."""
    with store.write() as rows:
        live(rows)
        made = desk(rows).impose(BLOCK)
        for asker in ("anybody@east.example", "anybody@mail.east.example"):
            why = desk(rows).ask(made.reference, asker=asker)
            assert post().why(rows, why, now=NOW).to == "abuse@east.example"
            desk(rows).argue(made.reference, "Please answer me", asker=asker)
        why, act = desk(rows, "Bob").answer(made.reference, "No.", grants=False)
        assert post().answered(rows, why, act.value, "No.", now=NOW).to == "abuse@east.example"
        desk(rows).escalate(made.reference, "Somebody else")
        desk(rows).argue(made.reference, "Please", asker="postmaster@east.example")
        why, act = desk(rows, "Ann").answer(made.reference, "No.", grants=False)
        assert post().answered(rows, why, act.value, "No.", now=NOW).to == "postmaster@east.example"


@pytest.mark.parametrize(
    ("fields", "signed_by", "asker"),
    [
        (["Abuse <abuse@east.example>"], ["east.example"], "abuse@east.example"),
        (["noc@mail.east.example"], ["x.example", "east.example"], "noc@mail.east.example"),
        (["abuse@east.example"], [], None),
        (["abuse@east.example"], ["west.example"], None),
        (["abuse@east.example"], ["mail.east.example"], None),
        (["abuse@notsoeast.example"], ["east.example"], None),
        (["abuse@east.example", "anybody@east.example"], ["east.example"], None),
        (["Ann <Ann>"], ["east.example"], None),
        (["Ann"], ["east.example"], None),
        ([], ["east.example"], None),
    ],
)
def test_from_is_believed_where_that_domain_signed(fields: list[str], signed_by: list[str], asker: str | None) -> None:
    """Otherwise the history says that it is nobody's word but the mail's own, and nobody of ours is called so."""
    found, actor = who_wrote(fields, signed_by)
    assert found == asker
    assert actor == asker if asker else actor == "mail" or actor.startswith("unproved ")


@pytest.mark.parametrize("state", list(RecourseState))
def test_every_state_can_end(state: RecourseState) -> None:
    """From every state there is a way to the end, and every state is in the table."""
    seen, waiting = set(), [state]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += rules.LIFE[here].values()
    assert RecourseState.CLOSED in seen


def test_it_is_escalated_once() -> None:
    """No way leads from a second person's answer back to an escalation."""
    assert rules.next_state(RecourseState.ESCALATED, RecourseAct.UPHOLD) is RecourseState.CLOSED
    assert rules.next_state(RecourseState.CLOSED, RecourseAct.ESCALATE) is None
    assert rules.next_state(RecourseState.GRANTED, RecourseAct.ESCALATE) is None


def test_whoever_only_has_the_reference_uses_up_nothing(store: Store) -> None:
    """It stands in every mail that was turned away: a stranger escalates with nonsense, and the affected still says why before the
    second person answers; what strangers say fills no disk, and keeps nobody out who proved himself."""
    with store.write() as rows:
        wanted = Imposing(subject="east.example", measure=Measure.LIMITED, reason="x", also="trap", ends=NOW + 9 * DAY)
        made = desk(rows).impose(wanted)
        web = desk(rows, "web")
        for number in range(rules.MOST_UNPROVED):
            web.argue(made.reference, f"nonsense {number}")
        with pytest.raises(ComityError) as refused:
            web.argue(made.reference, "more of it")
        assert refused.value.code == "recourse-enough"
        web.argue(made.reference, "we mended it", asker="abuse@east.example")
        later = NOW + timedelta(hours=1)
        desk(rows, "Ann", later).answer(made.reference, "No.", grants=False)
        desk(rows, "web", later).escalate(made.reference, "hahaha")
        said = desk(rows, "web", later + timedelta(hours=1)).argue(made.reference, "here is the log of the repair")
        assert said.state is RecourseState.ESCALATED
        assert said.due is not None
        notes = [each.note for each in desk(rows).why(*desk(rows).find(made.reference)).history]
        assert "here is the log of the repair" in notes


def test_the_reply_is_one_line_of_ascii() -> None:
    """Whatever the subject, a mail host can say it."""
    made = Consequence(
        reference="R-ABCDEFGHIJKLMNOP", subject="例子.example" * 40, measure=Measure.LIMITED, is_severe=False, reason="",
        classes={}, also=None, case_id=None, peer=None, imposed=NOW, begins=NOW, ends=NOW + DAY,
    )  # fmt: skip
    reply = rules.smtp_reply(made, ours="west.example", address="a@west.example")
    assert reply.isascii()
    assert "\n" not in reply
    assert len(reply) <= 500
    assert reply.startswith("450 4.7.1")


def test_an_objection_is_acknowledged_once_and_lateness_is_told(store: Store) -> None:
    """Whoever objects is told by when a person answers, not at every further mail; when nobody did, he is told that too."""
    with store.write() as rows:
        live(rows)
        made = desk(rows).impose(BLOCK)
        noc = "noc@east.example"
        taken = [take(desk(rows, noc), f"{text} {made.reference}", noc) for text in ("Why", "We object", "Again")]
        assert [each and each.is_owed_anew for each in taken] == [False, True, False]
        told = post().objected(rows, *desk(rows).find(made.reference), now=NOW)
        assert told.not_mailed is None
        assert "A person answers by 2026-11-28 09:00" in told.text
        assert "专人于 2026-11-28 09:00" in told.text
        ((_, owed),), _ = desk(rows, "comity", NOW + 6 * DAY).sweep()
        late = post().overdue(rows, made, owed, now=NOW + 6 * DAY)
    assert "By 2026-11-28 09:00 (UTC) we owed you an answer" in late.text


def test_what_leaves_says_its_subject_in_each_language(store: Store) -> None:
    """The language that was agreed on first, as in the text; the wish for a second person is not called an objection."""
    with store.write() as rows:
        live(rows)
        made = desk(rows).impose(BLOCK)
        post().warn(rows, made, by="Ann", now=NOW)
        desk(rows).argue(made.reference, "Not us.")
        desk(rows).answer(made.reference, "No.", grants=False)
        desk(rows).escalate(made.reference, "Look again.")
        told = post().objected(rows, *desk(rows).find(made.reference), now=NOW)
        listed = rows.sending.listed(None, list(OutboxState), 9)
        mails = [message_from_bytes(unpack(each.data, each.size))["Subject"] for each in listed]
    assert [str(make_header(decode_header(each))) for each in mails] == [
        "关于 198.51.100.7 的警告 / Warning about 198.51.100.7",
        "198.51.100.7 将由第二人审理 / A second person looks at 198.51.100.7",
    ]
    assert "Somebody else than before answers by" in told.text
    assert "objection" not in told.text


def test_the_last_day_is_the_one_that_was_named(store: Store) -> None:
    """What ends with a day, at the midnight after it, is said to hold through that day: in lists, in mails and by the mail host."""
    with store.write() as rows:
        made = desk(rows).impose(replace(BLOCK, ends=datetime(2026, 12, 21, tzinfo=UTC)))
    assert made.last_day == "2026-12-20"
    assert "through 2026-12-20;" in rules.smtp_reply(made, ours="west.example", address="feedback@west.example")
    assert rules.is_in_force(made, datetime(2026, 12, 20, 23, 59, tzinfo=UTC))
    assert not rules.is_in_force(made, datetime(2026, 12, 21, tzinfo=UTC))


def test_the_evidence_is_the_same_whoever_complained(store: Store) -> None:
    """A sender signs with a host name, and sends from an address, for each recipient: what he is shown says of neither which."""
    own = OwnSide(read_own(b"2001:db8:7::/48,Shop\n", "own.csv").holdings)
    mails = [
        arf(number, source=f"2001:db8:7:1::{number}", recipient=f"reader{number}@mail.example", seen=NOW - DAY).replace(
            b"From: news@", f"DKIM-Signature: v=1; d=r{number}.shop.example; s=s; h=from; bh=; b=\nFrom: news@".encode()
        )
        for number in range(1, 6)
    ]
    done = ingest(store, *mails, now=NOW, terms=IntakeTerms(own=own))
    with store.write() as rows:
        live(rows)
        (case_id,) = {each for one in done for each in one.cases}
        made = desk(rows).impose(replace(BLOCK, case=case_id))
        why = desk(rows).ask(made.reference)
        text = post().why(rows, why, now=NOW).text
    assert why.lines == ((f"{NOW - DAY:%Y-%m-%d}", "complaint", "2001:db8:7:1::", "shop.example", 5),)
    assert "r3.shop.example" not in text
    assert "2001:db8:7:1::3" not in text
