"""Every message gets a verdict, whatever it is."""

import random

import pytest

from comity.model.verdict import Verdict
from comity.services.judge.filtering import Filter

ODD = {
    "nothing": b"",
    "one byte": b"\xff",
    "nul": b"\0" * 5000,
    "no header": b"\n\nhello",
    "no body": b"Subject: x",
    "a megabyte of one sign": b"Subject: a\n\n" + b"a" * (1 << 20),
    "a megabyte of header": b"".join(b"X-%d: y\n" % number for number in range(80_000)),
    "a megabyte of parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 120_000,
    "a megabyte of levels": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    ),
    "a megabyte of attached mails": b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Type: message/rfc822\n\nSubject: a\n\nb\n" * 20_000,
    "a megabyte of encoded words": b"Subject: " + b"=?utf-8?B?5Y+R56Wo?= " * 50_000 + b"\n\nx",
    "a megabyte of broken base64": b"Content-Transfer-Encoding: base64\n\n" + b"=" * (1 << 20),
    "unknown charset": b"Content-Type: text/plain; charset=no-such\n\n\xd5\xe2\xca\xc7",
    "utf-16": b"Content-Type: text/plain; charset=utf-16\n\n" + "发票".encode("utf-16"),
    "high bytes": bytes(range(128, 256)) * 40,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_mail_gets_a_verdict_and_can_be_learnt(name: str) -> None:
    """No shape of a message raises, in judging, in explaining or in learning."""
    judge = Filter.new()
    assert judge.judge(ODD[name], reasons=True).verdict is Verdict.UNSURE
    judge.learn(ODD[name], True)
    judge.learn(ODD[name], False)
    assert judge.judge(ODD[name], reasons=True).why == ("empty" if name == "nothing" else "not-learnt")


def test_random_bytes_get_a_verdict() -> None:
    """A thousand messages of noise raise nothing."""
    judge, rng = Filter.new(), random.Random(5)  # noqa: S311 - noise, no secret
    for number in range(1000):
        data = rng.choice([b"", b"Subject: x\n\n", b"Content-Type: text/html; charset=big5\n\n"]) + rng.randbytes(
            number % 700
        )
        judge.judge(data, reasons=True)
        judge.learn(data, bool(number % 2))


def test_a_language_that_was_not_learnt_is_not_judged() -> None:
    """English labels accuse no Chinese mail, until Chinese labels have arrived."""
    judge = Filter.new()
    for number in range(30):
        judge.learn(b"Subject: prize\n\nYou have won a prize, number %d" % number, True)
        judge.learn(b"Subject: minutes\n\nThe minutes of meeting %d" % number, False)
    said = judge.judge("Subject: x\n\n尊敬的经理，本公司代开各类发票，优惠多多，欢迎来电".encode("gb18030"))
    assert (said.verdict, said.why, said.language) == (Verdict.UNSURE, "language-not-learnt", "zh")


def test_a_language_in_which_only_spam_comes_is_judged_in_the_end() -> None:
    """Where fifty labels said spam and none said otherwise, the filter stops abstaining."""
    judge = Filter.new()
    for number in range(60):
        judge.learn(b"Subject: minutes\n\nThe minutes of meeting %d" % number, False)
        judge.learn(f"Subject: x\n\n尊敬的经理，本公司代开各类发票 {number}，优惠多多".encode("gb18030"), True)
    said = judge.judge("Subject: x\n\n尊敬的经理，本公司代开各类发票，优惠多多，欢迎来电".encode("gb18030"))
    assert said.verdict is Verdict.SPAM
