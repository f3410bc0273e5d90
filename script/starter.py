#!/usr/bin/env python3
"""Make the starter models out of public sets of mail, or measure them on mail that was held out.

usage: script/starter.py DATA                 writes english.model and bilingual.model into src/comity/starter
       script/starter.py DATA --held-out      learns four fifths, judges the rest, prints the figures of each set and writes nothing

DATA holds the unpacked sets spamassassin, glitchy-spam-archive, ccert-chinese (left out: no bilingual.model). Only subject and text
are learnt: other header fields would teach how old a set is, and by whose gateway it came.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from comity.formats.mime import scan  # noqa: E402
from comity.outlets.model_file import write_model  # noqa: E402
from comity.services.judge.filtering import Filter  # noqa: E402
from comity.verdict.measures import missed_at, one_minus_roca  # noqa: E402

# Set, pattern of its files, whether they are spam.
ENGLISH = (
    ("spamassassin", "easy-ham-*/*.txt", False),
    ("spamassassin", "hard-ham-*/*.txt", False),
    ("spamassassin", "spam-*/*.txt", True),
    ("glitchy-spam-archive", "20*/*.eml", True),
)
CHINESE = (("ccert-chinese", "**/normal/*", False), ("ccert-chinese", "**/spam/*", True))
KEPT_FIELDS = ("subject", "content-type", "content-transfer-encoding")
PASSES = 2

Mail = tuple[str, bool, bytes]


def mails(data: Path, sets: tuple[tuple[str, str, bool], ...]) -> list[Mail]:
    """Each distinct text once, in an order that owes nothing to the sets."""
    found: dict[str, Mail] = {}
    for name, pattern, spam in sets:
        for path in sorted((data / name).glob(pattern)):
            if path.is_file():
                mail = bare(path.read_bytes())
                found.setdefault(hashlib.sha256(mail).hexdigest(), (name, spam, mail))
    return [found[key] for key in sorted(found)]


def bare(data: bytes) -> bytes:
    """The message with nothing of its header but what its subject is and how its text is to be read."""
    root = scan(data)
    lines: Iterator[bytes] = (
        field.name.encode() + b":" + field.raw + b"\n"
        for field in root.headers.items()
        if field.name.lower() in KEPT_FIELDS
    )
    return b"".join(lines) + b"\n" + root.body


def learnt(mail: list[Mail]) -> Filter:
    """A filter that learnt these."""
    judge = Filter.new()
    for turn in range(PASSES):
        for _, spam, data in mail:
            judge.learn(data, spam, sure=True)
        if turn == 0:
            languages = {name: list(counts) for name, counts in judge.languages.items()}
    judge.languages = languages
    judge.learner.spam = sum(spam for _, spam, _ in mail)
    judge.learner.legitimate = len(mail) - judge.learner.spam
    names = sorted({name for name, _, _ in mail})
    judge.sources = [
        {
            "name": name,
            "spam": sum(spam for each, spam, _ in mail if each == name),
            "legitimate": sum(not spam for each, spam, _ in mail if each == name),
        }
        for name in names
    ]
    return judge


def held_out(mail: list[Mail]) -> None:
    """Print what the model says of mail that it never saw."""
    aside = [each for number, each in enumerate(mail) if number % 5 == 0]
    judge = Filter.of(learnt([each for number, each in enumerate(mail) if number % 5]).portable())
    for name in sorted({name for name, _, _ in aside}):
        said = [(judge.judge(data), spam) for each, spam, data in aside if each == name]
        spam = [each.score for each, label in said if label]
        legitimate = [each.score for each, label in said if not label]
        area, missed = one_minus_roca(spam, legitimate), missed_at(0.01, spam, legitimate)
        row = {
            "set": name,
            "spam": len(spam),
            "legitimate": len(legitimate),
            "one_minus_roca_percent": None if area is None else round(100 * area, 3),
            "spam_missed_at_legitimate_1_percent": None if missed is None else round(100 * missed, 2),
            "legitimate_called_spam": sum(each.score > each.threshold for each, label in said if not label),
            "spam_called_spam": sum(each.score > each.threshold for each, label in said if label),
            "unsure": sum(each.verdict.value == "unsure" for each, _ in said),
        }
        print(json.dumps(row))


def main(arguments: list[str]) -> int:
    """Do what was asked for."""
    data = Path(arguments[0])
    english, chinese = mails(data, ENGLISH), mails(data, CHINESE)
    both = sorted([*english, *chinese], key=lambda each: hashlib.sha256(each[2]).digest())
    wanted = {"english": english} | ({"bilingual": both} if chinese else {})
    for name, mail in wanted.items():
        if "--held-out" in arguments:
            print(f"# {name}")
            held_out(mail)
            continue
        size = write_model(ROOT / "src/comity/starter" / f"{name}.model", learnt(mail).portable())
        print(f"{name}.model: {size} bytes from {len(mail)} mails")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
