"""Trace lines that say: handed in with a login."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats import handed_in

TIME = b"; Fri, 20 Mar 2026 08:00:01 +0000\r\n"
LINE = b"Received: from pc ([192.0.2.9]) by mx%d.west.example (Postfix) with ESMTPSA id 4dABC%d" + TIME


def test_the_highest_lines_count_and_a_fold_is_one_line() -> None:
    """Whoever hands a mail in can write any number of lines below, and none above; Exim writes its protocol small."""
    exim = b"Received: from pc\r\n\tby mx.west.example with esmtpsa (TLS1.3)\r\n\tid 1sRaBc-0001Xy-2Z" + TIME
    found = handed_in.find(exim + b"".join(LINE % (n, n) for n in range(5)) + b"\r\nbody\r\n" + LINE % (9, 9))
    assert found == (
        "mx.west.example 1sRaBc-0001Xy-2Z 1773993601",
        "mx0.west.example 4dABC0 1773993601",
        "mx1.west.example 4dABC1 1773993601",
    )


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_are_answered(data: bytes, text: str) -> None:
    """A stranger's header raises nothing, and what is found can be read again."""
    for each in handed_in.find(b"Received: with ESMTPSA " + data + b"\r\n" + LINE % (1, 1)):
        assert handed_in.read(each) is not None
    handed_in.read(text)
