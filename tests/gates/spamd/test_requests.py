"""The protocol of spamd, as bytes: what is asked, what is answered."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.gates.spamd.requests import SpamdError, answered, inflated, pong, read_head, told
from comity.model.verdict import Judgement, Reason, Verdict

SPAM = Judgement(
    verdict=Verdict.SPAM,
    probability=0.999,
    score=6.5,
    threshold=4.0,
    language="zh",
    reasons=(Reason(mark="text", weight=2.1, arguments={"piece": "发票\r\nX-Evil: yes"}),),
)
HAM = Judgement(verdict=Verdict.LEGITIMATE, probability=0.01, score=-3.0, threshold=4.0, language="latin")
MAIL = b"X-Spam-Flag: NO\r\nSubject: a\r\n\r\ntext\r\n"


def _explain(said: Judgement) -> list[str]:
    return [f"it is {said.verdict}"]


def test_a_request_is_read() -> None:
    """Field names in any case."""
    found = read_head(
        b"TELL SPAMC/1.5\r\nCONTENT-LENGTH: 7\r\nUser: lin\r\nMessage-class: spam\r\nSet: local, remote\r\nCompress: zlib\r\n"
    )
    assert (found.method, found.size, found.login, found.compressed) == ("TELL", 7, "lin", True)
    assert (found.message_class, found.set, found.remove) == ("spam", {"local", "remote"}, frozenset())


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"CHECK\r\n",
        b"EVAL SPAMC/1.5\r\n",
        b"CHECK SPAMC/1.5\r\nnonsense\r\n",
        b"CHECK SPAMC/1.5\r\nContent-length: -1\r\n",
    ],
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    """With a status of sysexits.h."""
    with pytest.raises(SpamdError) as refused:
        read_head(head)
    assert refused.value.status == 76


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_are_refused(head: bytes) -> None:
    """Nothing else is raised."""
    with suppress(SpamdError):
        read_head(head)


@pytest.mark.parametrize(
    ("method", "judgement", "answer"),
    [
        ("CHECK", SPAM, b"SPAMD/1.5 0 EX_OK\r\nSpam: True ; 7.5 / 5.0\r\n\r\n"),
        ("CHECK", HAM, b"SPAMD/1.5 0 EX_OK\r\nSpam: False ; -2.0 / 5.0\r\n\r\n"),
        ("CHECK", None, b"SPAMD/1.5 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"),
        ("SYMBOLS", SPAM, b"SPAMD/1.5 0 EX_OK\r\nContent-length: 25\r\nSpam: True ; 7.5 / 5.0\r\n\r\nCOMITY_SPAM,COMITY_TEXT\r\n"),
        ("REPORT", HAM, b"SPAMD/1.5 0 EX_OK\r\nContent-length: 18\r\nSpam: False ; -2.0 / 5.0\r\n\r\nit is legitimate\r\n"),
        ("REPORT_IFSPAM", HAM, b"SPAMD/1.5 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -2.0 / 5.0\r\n\r\n"),
    ],
)  # fmt: skip
def test_the_answers_are_those_of_spamd(method: str, judgement: Judgement | None, answer: bytes) -> None:
    """Byte for byte."""
    assert answered(method, MAIL, judgement, explain=_explain) == answer


def test_a_processed_mail_has_our_fields_and_no_others() -> None:
    """Those that came in are gone; a piece of text that a reason shows cannot become a field."""
    head, _, body = answered("PROCESS", MAIL, SPAM, explain=_explain).partition(b"\r\n\r\n")
    assert f"Content-length: {len(body)}".encode() in head
    assert body.startswith(b"X-Spam-Flag: YES\r\n")
    assert body.endswith(b"Subject: a\r\n\r\ntext\r\n")
    assert b"\nX-Evil" not in body
    assert body.count(b"X-Spam-Flag") == 1
    headers = answered("HEADERS", MAIL, SPAM, explain=_explain).partition(b"\r\n\r\n")[2]
    assert body == headers + b"text\r\n"


def test_what_was_done_is_told() -> None:
    """And nothing that was not."""
    assert told(["local"], []) == b"SPAMD/1.5 0 EX_OK\r\nContent-length: 0\r\nDidSet: local\r\n\r\n"
    assert told([], []) == b"SPAMD/1.5 0 EX_OK\r\nContent-length: 0\r\n\r\n"
    assert pong() == b"SPAMD/1.5 0 PONG\r\n"


@pytest.mark.parametrize("data", [b"no zlib", zlib.compress(bytes(5000)), zlib.compress(b"whole")[:-3]])
def test_a_compressed_mail_may_not_become_more_than_a_plain_one(data: bytes) -> None:
    """A bomb, nonsense, or half of it is refused."""
    with pytest.raises(SpamdError):
        inflated(data, 1000)


def test_a_compressed_mail_is_read() -> None:
    """As ``spamc -z`` sends it."""
    assert inflated(zlib.compress(MAIL), 1000) == MAIL
