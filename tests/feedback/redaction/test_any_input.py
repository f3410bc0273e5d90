"""Whatever comes in: nothing is raised, nobody leaks, and time grows with size."""

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from comity.feedback.redaction import find_leaks, redact
from comity.feedback.redaction.people import people
from comity.formats.mime import scan
from comity.model.agreement import BodyPolicy
from comity.model.tier import Tier

from .codings import (
    CODINGS,
    accents,
    base64_pieces,
    base64_pieces_inside,
    base64_utf16,
    blanks,
    digest,
    digest_other,
    dots,
    folded,
    folded_base64,
    full_width,
    invisible,
    mixed_case,
    spoken,
    tags,
    upper,
    verp,
    verp_other,
    word_b,
    word_q,
    word_split,
)
from .letters import KEY, LETTER, RECIPIENT

# Codings whose output is no text of its own (folds, words, forms of an address) stand outermost.
OUTER = [
    accents, blanks, digest, digest_other, dots, folded, folded_base64, full_width, spoken, tags, verp, verp_other, word_b,
    word_q, word_split,
]  # fmt: skip
INNER = [coding for coding in CODINGS if coding not in OUTER]
# Another case destroys most codings, so it is the first thing done to an address, never the second.
# Pieces of base64 that has "+" and "/" in it are found where something else stands between them.
SECOND = [coding for coding in INNER if coding not in {upper, mixed_case, base64_pieces, base64_pieces_inside}]

LOCALS = st.one_of(
    st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True),
    st.from_regex(r"[a-z]{1,6}[._-][a-z]{2,6}[0-9]{0,2}", fullmatch=True),
    st.sampled_from(["info", "michael", "sales", "张三丰"]),
)
DOMAINS = st.sampled_from(["west.example", "mail.west.example", "x.cn.example", "xn--fiq228c.example"])


@settings(max_examples=150, deadline=None)
@given(
    LOCALS, DOMAINS, st.sampled_from(INNER), st.sampled_from(SECOND), st.integers(0, 2**32), st.integers(0, len(LETTER))
)
def test_an_address_in_two_codings_at_any_place_never_leaks(
    local: str, domain: str, one: Callable[..., str], other: Callable[..., str], seed: int, at: int
) -> None:
    """One coding inside another, anywhere in a mail: at T1 and T2 nobody is found."""
    assume((one, other) != (invisible, base64_utf16))  # in UTF-16 inside base64 only ASCII is looked for
    rng = random.Random(seed)  # noqa: S311 - samples, not secrets
    address = f"{local}@{domain}"
    hidden = other(one(address, rng), rng).encode()
    mail = LETTER[:at] + b" " + hidden + b" " + LETTER[at:]
    for tier in (Tier.T1, Tier.T2):
        shown = redact(scan(mail), tier=tier, recipients=[address, RECIPIENT], key=KEY, body=BodyPolicy.ALWAYS)
        assert shown.leaks == ()
        assert find_leaks(shown.content, [address, RECIPIENT]) == ()
        assert hidden not in shown.content
        again = redact(
            scan(shown.content + b"\r\n"), tier=tier, recipients=[address, RECIPIENT], key=KEY, body=BodyPolicy.ALWAYS
        )
        assert again.leaks == ()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.text(max_size=60))
def test_no_input_raises(data: bytes, recipient: str) -> None:
    """Random bytes, and a recipient that is none."""
    for mail in (data, LETTER[:300] + data, b"To: " + data + b"\r\nSubject: =?utf-8?b?" + data + b"\r\n\r\n" + data):
        for tier in Tier:
            redact(scan(mail), tier=tier, recipients=[recipient], key=KEY, body=BodyPolicy.ALWAYS)
    find_leaks(data, [recipient])


HOSTILE = {
    "quoted": "=40",
    "percent": "%25",
    "percent of percent": "%2525252540",
    "names": "ann.lee ",
    "addresses": "ann.lee@west.example ",
    "references": "&#64;",
    "words": "=?utf-8?q?=40?= ",
    "words with addresses": "=?utf-8?b?YW5uLmxlZUB3ZXN0LmV4YW1wbGU=?= ",
    "base64": "YW5uLmxlZUB3ZXN0LmV4YW1wbGU ",
    "hexadecimal": "61",
    "base32": "MFXG4",
    "utf-7": "+AEA-",
    "parentheses": "(",
    "angles": "<",
    "at": "@",
    "begun": "ann.lee+",
    "gaps": "ann.lee       ",
    "half words": "=?a?b?",
    "keys": "to: to: ",
    "folds": "x\r\n ",
    "empty folds": "\r\n ",
    "returns": "\r",
    "blanks": " ",
    "tabs and returns": "\r\t",
    "coded line ends": "CgoK",
    "links": "href='",
    "invisible": "\u200b",
    "growing": "\ufdfa",
}


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_made_to_hurt_is_looked_through(pattern: str) -> None:
    """However it repeats itself, the text comes to an end and shows nobody; script/soak watches how the time grows."""
    text = (pattern * 20_000)[:20_000]
    mail = (
        f"To: ann.lee@west.example\r\nX-A: {text}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    )
    shown = redact(scan(mail), tier=Tier.T2, recipients=[RECIPIENT, "a@west.example"], key=KEY, body=BodyPolicy.ALWAYS)
    assert not shown.leaks


def test_no_recipient_is_found_in_redacted_real_spam(real_data: Path) -> None:
    """Real spam names its recipients in ways that nobody would think of."""
    index = real_data / "trec06p" / "trec06p" / "label" / "index"
    if not index.exists():
        pytest.skip("no trec06p here")
    spam = [line.split()[1] for line in index.read_text().splitlines() if line.startswith("spam")]
    for name in spam[::100]:
        mail = (index.parent / name).read_bytes()
        known = people(scan(mail).headers, ())
        shown = redact(scan(mail), tier=Tier.T2, recipients=known.delivered_to, key=KEY, body=BodyPolicy.ALWAYS)
        assert find_leaks(shown.content, (*known.delivered_to, *known.others)) == (), name


def test_nobody_makes_us_sort_marks_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks on one letter are put in order in the square of their number: thirty are, and a name behind them is found."""
    longest = []
    marks = re.compile("[\u0300-\u036f]+")
    whole = unicodedata.normalize

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        longest.extend(map(len, marks.findall(text)))
        return whole(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    text = "a" + "\u0316\u0301" * 1000
    hidden = "".join(sign + "\u0301" for sign in RECIPIENT.partition("@")[0])
    mail = f"To: {RECIPIENT}\r\nX-Id: {text} {hidden}\r\n\r\n{text} {hidden} end\r\n".encode()
    shown = redact(scan(mail), tier=Tier.T2, recipients=[RECIPIENT], key=KEY, body=BodyPolicy.ALWAYS)
    assert 1 < max(longest) <= 30
    assert (shown.tier, shown.leaks) == (Tier.T2, ())
    assert hidden not in scan(shown.content).text()
    assert find_leaks(f"X-Id: {text} {hidden}".encode(), [RECIPIENT])
