"""A mailbox provider in small: mails that were delivered, people who speak about them, a classroom that learns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from zlib import crc32

from comity.attribution.origin import Vantage
from comity.formats.authres import MethodResult
from comity.formats.delivery_memory import DeliveryKeys, Facts, anchor_of, mark
from comity.outlets.models.shelf import ModelShelf
from comity.services.judge.filtering import Filter
from comity.services.judge.learning.classroom import Classroom, ClassroomTerms, Round
from comity.services.judge.learning.drawing import Drawing, People
from comity.services.judge.learning.hearing import FastLane, Heard, Hearing, HearingTerms
from comity.services.judge.learning.lineage import Lineage
from comity.services.judge.teaching import Lesson
from comity.store.engine import open_store
from comity.verdict.admission import Terms
from comity.verdict.model_file import pack, unpack

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEYS = DeliveryKeys(secrets={"a": b"k" * 32})
VANTAGE = Vantage(
    trusted_hosts=frozenset({"mx.west.example"}), own_domains=frozenset({"west.example"}), memory_keys=KEYS
)
SPAM = (
    "From: win@shop.example\nSubject: your prize of {run}\n\n"
    "You have won a prize of {run}, claim it at http://{run}.example now\n"
)
HAM = "From: desk@north.example\nSubject: minutes of {run}\n\nAttached are the minutes of the meeting on {run} of our group\n"


@cache
def _known() -> bytes:
    judge = Filter.new()
    for number in range(60):
        judge.learn(SPAM.format(run=f"run{number}").encode(), True)
        judge.learn(HAM.format(run=f"topic{number}").encode(), False)
    return pack(judge.model())


def starter() -> Filter:
    """A filter that knows both kinds."""
    return Filter.of(unpack(_known()))


def delivered(text: str, mailbox: str, *, number: int = 0, at: datetime = NOON, verdict: str | None = None) -> bytes:
    """A mail as it lies in a mailbox: our own host took it, and remembers."""
    head, _, body = text.partition("\n\n")
    own = f"{head}\nMessage-ID: <{crc32(text.encode()):x}.{mailbox}.{number}@shop.example>\nDate: {format_datetime(at)}"
    fields = [
        (name.strip().lower().encode(), b" " + value.strip().encode())
        for name, _, value in (line.partition(":") for line in own.split("\n"))
    ]
    facts = Facts(
        delivered=at,
        client_ip="198.51.100.7",
        queue_id="4ABC",
        mailboxes=[mailbox],
        results=[MethodResult(method="spf", result="pass")],
        verdict=verdict,
    )
    value = mark(facts, anchor_of(fields), KEYS)
    line = (
        "Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
        f"\tfor <{mailbox}>; {format_datetime(at)}"
    )
    return f"{line}\nComity-Delivery: {value}\nX-Spam-Flag: NO\n{own}\n\n{body}".encode()


class School:
    """All of it, in one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        terms: Terms | None = None,
        locked: Sequence[Lesson] = (),
        people: People | None = None,
        budget: int = 0,
    ) -> None:
        self.store = open_store(":memory:")
        self.store.create()
        self.drawing = Drawing(VANTAGE, b"k" * 32, people or People())
        self.hearing = Hearing(HearingTerms(lane=FastLane()))
        self.shelf = ModelShelf(folder / "judge.model")
        self.lineage = Lineage(self.store, self.shelf, share=0.001, starter=starter)
        self.classroom = Classroom(
            self.store,
            self.lineage,
            ClassroomTerms(admission=terms or Terms(), budget=budget),
            locked=lambda: locked,
            lock=_nobody_else,
        )

    def say(self, mailbox: str, mail: bytes, *, spam: bool = True, at: datetime = NOON, forget: bool = False) -> Heard:
        """Somebody speaks about a mail."""
        drawn = self.drawing.draw(mail, mailbox, spam=spam, forget=forget)
        with self.store.write() as rows:
            return self.hearing.hear(rows, drawn, said=at, gate="lmtp")

    def complain(self, who: str, run: str, *, at: datetime = NOON, text: str = SPAM, spam: bool = True) -> Heard:
        """Somebody speaks about a mail of a run that was delivered to them."""
        mailbox = f"{who}@west.example"
        return self.say(mailbox, delivered(text.format(run=run), mailbox, at=at), spam=spam, at=at)

    def learn(self, at: datetime) -> Round:
        """A round."""
        return self.classroom.round(at)

    def counts(self) -> dict[tuple[str, str | None], int]:
        """Samples by state and reason."""
        with self.store.read() as rows:
            return dict(rows.learning.counts())

    def model(self) -> bytes:
        """The file that serves."""
        data = self.shelf.serving()
        assert data is not None
        return data

    def never_saw(self, *mails: tuple[bytes, bool]) -> bytes:
        """The model that learnt these alone, in this order, upon the starter."""
        from comity.formats.spam_headers import without_marks

        judge = Filter.of(starter().model())
        judge.budget.share = 0.001
        for data, spam in mails:
            judge.learn(without_marks(data), spam, facts={"spf": "pass"})
        return pack(judge.model())


@contextmanager
def _nobody_else() -> Iterator[None]:
    yield
