"""What colluders among the reporters reach: a filter that learns as ours does, beside a plain Bayes filter that trusts everybody.

Trust:      generated mail only.
Answers:    ``poison(colluders, seed)``: a ``Poisoned`` row; ``wrong``: so large a share of what honest people said before is wrong.
Limits:     one attack: the colluders call a legitimate sender's mails spam, day after day, and their own spam legitimate. They are
            real reporters with real mailboxes of a few cohorts; honest reporters complain about other spam meanwhile.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from comity.services.judge.filtering import Filter
from comity.services.judge.teaching import Lesson, taught, wrong_on
from comity.services.operate.plain_bayes import PlainBayes
from comity.verdict.admission import Sample, Terms, admit

_DAY: Final = datetime(2026, 1, 31, tzinfo=UTC)
_DAYS: Final = 14
_COLLUDERS_A_COHORT: Final = 10
_TOPICS: Final = (
    "invoice",
    "meeting",
    "delivery",
    "report",
    "minutes",
    "schedule",
    "review",
    "order",
    "travel",
    "budget",
)
_BAIT: Final = ("prize", "casino", "pills", "loan", "winner", "lottery", "cheap", "miracle", "bonus", "investment")
_FILL: Final = (
    "please",
    "attached",
    "thanks",
    "today",
    "week",
    "team",
    "office",
    "note",
    "send",
    "look",
    "page",
    "list",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """Of one hundred mails each: the victim's that are called spam, the attackers' that are not; and how many lessons got in."""

    colluders: int
    samples: int
    admitted: int
    refused_model: bool
    ours_victim_lost: int
    ours_attack_missed: int
    bayes_victim_lost: int
    bayes_attack_missed: int


def poison(colluders: int, seed: int, *, wrong: float = 0.0) -> Poisoned:
    """Let so many lie for two weeks."""
    rng = Random(seed)  # noqa: S311 - samples, not secrets
    ours, bayes = Filter.new(), PlainBayes()
    for _ in range(400):
        for spam in (True, False):
            data = _mail(rng, spam)
            said = spam != (wrong > 0 and rng.random() < wrong)
            ours.learn(data, said)
            bayes.learn(data, said)
    locked = [Lesson(name=f"locked {n}", data=_mail(rng, n % 2 == 0), spam=n % 2 == 0) for n in range(60)]
    locked += [Lesson(name=f"ours {n}", data=_victim(rng), spam=False) for n in range(10)]
    samples, mails = _complaints(rng, colluders)
    for each in samples:
        bayes.learn(mails[each.name], each.spam)
    admitted = [each.sample for each in admit(samples, Terms(), _DAY) if each.refusal is None]
    lessons = [Lesson(name=each.name, data=mails[each.name], spam=each.spam) for each in admitted]
    result = taught(ours.model(), lessons, locked)
    serving = Filter.of(result.model)
    victim = [Lesson(name="", data=_victim(rng), spam=False) for _ in range(100)]
    attack = [Lesson(name="", data=_attack(rng), spam=True) for _ in range(100)]
    return Poisoned(
        colluders=colluders,
        samples=len(samples),
        admitted=len(admitted),
        refused_model=not result.is_new,
        ours_victim_lost=wrong_on(serving, victim)[0],
        ours_attack_missed=wrong_on(serving, attack)[1],
        bayes_victim_lost=sum(bayes.score(each.data) > 0 for each in victim),
        bayes_attack_missed=sum(bayes.score(each.data) <= 0 for each in attack),
    )


def _complaints(rng: Random, colluders: int) -> tuple[list[Sample], dict[str, bytes]]:
    samples: list[Sample] = []
    mails: dict[str, bytes] = {}

    def add(reporter: str, cohort: str, *, campaign: str, data: bytes, spam: bool) -> None:
        name = f"{len(samples)}"
        at = _DAY - timedelta(days=1 + rng.random() * _DAYS)
        mails[name] = data
        samples.append(
            Sample(
                name=name,
                reporter=reporter,
                cohort=cohort,
                peer="own",
                campaign=campaign,
                spam=spam,
                delivered=True,
                at=at,
            )
        )

    for day in range(_DAYS):
        for honest in range(10):  # real spam of the day, each run seen by several people
            run, data = f"run {day}-{honest % 3}", _mail(rng, True)
            add(f"honest {day * 10 + honest}", f"cohort {honest}", campaign=run, data=data, spam=True)
        for number in range(colluders):
            who, cohort = f"colluder {number}", f"bad {number // _COLLUDERS_A_COHORT}"
            add(who, cohort, campaign=f"victim {day}", data=_victim(rng), spam=True)
            add(who, cohort, campaign=f"attack {day}", data=_attack(rng), spam=False)
    return samples, mails


def _mail(rng: Random, spam: bool) -> bytes:
    topics = _BAIT if spam else _TOPICS
    host = rng.choice(("bulk", "mass", "blast") if spam else ("west", "east", "north"))
    return _written(rng, f"{rng.choice(topics)}@{host}.example", topics)


def _victim(rng: Random) -> bytes:
    """A shop that people asked to hear from: legitimate, and its words are somewhat like those of spam."""
    return _written(rng, "news@shop.example", (*_TOPICS[:5], "bonus", "offer", "newsletter"))


def _attack(rng: Random) -> bytes:
    """What the colluders want to get through."""
    return _written(rng, "deals@attack.example", (*_BAIT[5:], "newcoin", "rocket"))


def _written(rng: Random, author: str, topics: tuple[str, ...]) -> bytes:
    words = rng.choices(topics, k=14) + rng.choices(_FILL, k=20)
    rng.shuffle(words)
    subject = " ".join(rng.choices(topics, k=3))
    return f"From: {author}\nSubject: {subject}\nMessage-ID: <{rng.random()}@x.example>\n\n{' '.join(words)}\n".encode()
