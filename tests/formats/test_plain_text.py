"""The text of a message as a person reads it."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.markup import text_of
from comity.formats.mime import scan
from comity.formats.plain_text import LEAF_LIMIT, LINE_LIMIT, TEXT_LIMIT, leaves, read_text, readable


def test_plain_text_is_preferred_to_html() -> None:
    """In an alternative the plain part is what counts, unless it says nothing."""
    both = (
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n%s\n--b\n"
        b"Content-Type: text/html\n\n<p>from <b>HTML</b>, a sentence long enough to be preferred to a stub</p>\n--b--\n"
    )
    assert readable(scan(both % (b"a plain sentence that says what is the matter here, at some length"))).startswith(
        "a plain"
    )
    assert readable(scan(both % b"no HTML?")).startswith("from HTML")


def test_what_an_attached_mail_says_is_not_its_carriers_text() -> None:
    """A forward's own words and the forwarded words are told apart."""
    data = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nmine\n--b\nContent-Type: message/rfc822\n\n"
        b"Subject: x\n\ntheirs\n--b--\n"
    )
    assert readable(scan(data)).strip() == "mine"


def test_scripts_styles_and_comments_say_nothing() -> None:
    """What no reader sees is not searched."""
    assert text_of("<style>1.1.1.1</style><!-- 2.2.2.2 --><script>'3.3.3.3'</script><title>4</title>seen") == "seen"
    assert text_of("<p title='1>2'>a&nbsp;b</p><pre>c\nd</pre><!--[if mso]>x<![endif]-->e") == "a b\nc\nd\ne"


def test_the_caps_are_told() -> None:
    """A cut text says that it was cut."""
    long = read_text(scan(b"\n" + b"x" * (TEXT_LIMIT + 1)))
    many = read_text(scan(b"\n" + b"x\n" * (LINE_LIMIT + 1)))
    assert long.cut
    assert len(long.text) == TEXT_LIMIT
    assert many.cut
    assert many.text.count("\n") < LINE_LIMIT


def test_hostile_markup_costs_little(hang_guard: None) -> None:
    """Nothing of what makes a tree builder take gigabytes is worth anything here."""
    formatting = "<p>" + "".join(f"<b a={number}>" for number in range(2000)) + "<p>x" * 60_000
    for markup in (formatting, "<" * 400_000, "<a '" * 100_000, "<!--" * 100_000, "<div>" * 80_000, "&" * 400_000):
        text_of(markup)


@given(st.text(alphabet="<>/!-abp\"'=& ;#x1\n\t\ue000", max_size=300))
def test_any_markup_gives_text(markup: str) -> None:
    """Nothing is raised, and no tag of ours is left over."""
    assert "\ue000" not in text_of(markup)


def test_a_mail_of_thousands_of_parts_is_not_taken_apart_for_its_first_ones() -> None:
    """Fifty parts are given, in order, and no others were looked at."""
    mail = scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(b"--b\n\n%d\n" % n for n in range(120_000)))
    assert [each.content() for each in leaves(mail)] == [b"%d" % number for number in range(LEAF_LIMIT)]
    assert len(mail.children) == 9_999  # all that are admitted, if none was counted before


def test_parts_that_hold_no_text_of_their_own_are_passed_over() -> None:
    """What stands behind some hundred attached mails is found; deep levels end in a part that is given as it is."""
    attached = b"--b\nContent-Type: message/rfc822\n\nSubject: a\n\nb\n" * 500
    assert readable(scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + attached + b"--b\n\nmine")) == "mine"
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(100))
    assert [each.content_type for each in leaves(scan(deep))] == ["multipart/mixed"]
