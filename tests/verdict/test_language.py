"""Which language a mail is in, by its letters."""

import pytest

from comity.services.judge.filtering import Filter
from comity.verdict.language import LANGUAGES, language_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "none"),
        ("12:30, $5", "none"),
        ("<p>see you</p>", "latin"),
        ("Grüße aus Köln", "latin"),
        ("您好，这是一封正常的工作邮件", "zh"),
        ("price list 报价", "latin"),
        ("our new product catalogue 最新产品目录请查收谢谢", "zh"),
        ("明日の会議について", "ja"),
        ("내일 회의", "ko"),
        ("добрый день", "other"),
        ("😀😀", "none"),
        ("\ud800", "none"),
    ],
)
def test_the_language_of_a_text(text: str, expected: str) -> None:
    """Chinese, Japanese, Korean, Latin letters, other letters, none."""
    assert language_of(text) == expected
    assert expected in LANGUAGES


def test_the_language_of_a_mail_is_that_of_its_text() -> None:
    """In whatever charset it comes; markup of ASCII letters is Latin."""
    judge = Filter.new()
    assert judge.judge("Content-Type: text/plain; charset=big5\n\n會議紀錄請查收".encode("big5")).language == "zh"
    assert judge.judge(b"Content-Type: text/html\n\n<a/>").language == "latin"
    assert judge.judge(b"\n\n1 2 3").language == "none"
