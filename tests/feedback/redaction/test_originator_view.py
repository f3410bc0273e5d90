"""T2 and T3: the originator finds its own identifiers, and no person that it did not know."""

import base64
import binascii
import json
from datetime import UTC, datetime

import pytest

from comity.feedback.redaction import Delivery, Redacted, find_leaks, redact, token, value
from comity.formats.mime import scan
from comity.formats.mime.written_in import MARK
from comity.formats.trace import HEADER, TraceKeys, make
from comity.model.agreement import BodyPolicy
from comity.model.tier import Tier

from .letters import KEY, LETTER, RECIPIENT

TOKEN = token(RECIPIENT, KEY).encode()
DELIVERY = Delivery(taken_at=1)


def at_t2(
    letter: bytes, recipient: str = RECIPIENT, body: BodyPolicy = BodyPolicy.NEVER, delivery: Delivery = DELIVERY
) -> Redacted:
    return redact(scan(letter), tier=Tier.T2, recipients=[recipient], key=KEY, body=body, delivery=delivery)


def field(shown: Redacted, name: str) -> str | None:
    return scan(shown.content + b"\r\n").headers.first(name)


def letter(*fields: str, body: str = "text") -> bytes:
    return "\r\n".join(("From: news@east.example", *fields, "", body, "")).encode()


@pytest.mark.parametrize(
    "name", ["Message-ID", "Feedback-ID", "CFBL-Feedback-ID", "X-East-Trace", "DKIM-Signature", "Date", "From"]
)
def test_the_originators_own_identifiers_stay_as_they_are(name: str) -> None:
    """An originator suppresses the complainer by what it gave out itself: not one byte of that is changed."""
    original = next(each.raw for each in scan(LETTER).headers.items() if each.name == name)
    assert name.encode() + b":" + original + b"\r\n" in at_t2(LETTER).headers


def test_the_recipient_is_a_token_wherever_it_stood() -> None:
    """To, the path of returns and the unsubscribe address name the same token; the domain is kept."""
    shown = at_t2(LETTER)
    local = TOKEN.partition(b"@")[0].decode()
    assert field(shown, "return-path") == f"<bounce-{local}=west.example@mail.east.example>"
    assert (
        field(shown, "list-unsubscribe")
        == f"<https://east.example/u/7f3a9c>, <mailto:leave-{local}=west.example@east.example>"
    )
    assert (field(shown, "to") or "").startswith(f"<{TOKEN.decode()}>")
    assert shown.token == TOKEN.decode()
    assert find_leaks(shown.headers, [RECIPIENT, "b.fisher@north.example"]) == ()


def test_other_recipients_are_people_too() -> None:
    """To and Cc carry tokens for everybody in them, and no display names."""
    shown = field(at_t2(LETTER), "to")
    assert shown == f"<{token(RECIPIENT, KEY)}>, <{token('b.fisher@north.example', KEY)}>"


def test_recipients_written_as_html_are_people_too() -> None:
    """Mail that came through the page of an archive names its recipients in links, and in brackets that HTML spells out."""
    link = '<A HREF="mailto:{0}">{0}</A>'
    shown = at_t2(
        letter(
            "Received: from x by y for &lt;bea@list.example&gt;; Tue, 28 Feb 2006 15:06:05 -0600",
            f"To: {link.format('ben@third.example')}",
            f"Cc: {link.format('cas@third.example')}, {link.format('dan@third.example')}",
            "X-Seen: bea@list.example ben@third.example cas@third.example dan@third.example",
        )
    )
    assert shown.tier == Tier.T2
    for name in (b"bea", b"ben", b"cas", b"dan"):
        assert name + b"@" not in shown.content


@pytest.mark.parametrize(
    "name",
    [
        "Delivered-To", "X-Original-To", "Original-Recipient", "Envelope-To", "X-Envelope-To", "X-Rcpt-To", "X-Real-To",
        "X-Delivered-To", "X-Apparently-To", "X-Forwarded-To", "X-Forwarded-For", "X-HmXmrOriginalRecipient",
        "To", "Cc", "Bcc", "Apparently-To", "Resent-To", "Resent-Cc", "Resent-Bcc", "X-To", "X-Cc", "X-Receiver",
    ],
)  # fmt: skip
def test_whoever_one_field_names_as_a_reader_is_nowhere_named(name: str) -> None:
    """Neither there nor in any other field, nor in the text: of somebody whom the report itself did not name."""
    fields = [f"{name}: Bea <bea.stone@third.example>", "X-Seen: by bea.stone@third.example", "Subject: for bea.stone"]
    shown = at_t2(letter(*fields, body="Written to bea.stone@third.example"), body=BodyPolicy.ALWAYS)
    assert shown.tier is Tier.T2
    assert field(shown, "x-seen") == f"by {token('bea.stone@third.example', KEY)}"
    assert b"bea.stone" not in shown.content


@pytest.mark.parametrize(
    "name",
    [
        "In-Reply-To", "References", "Thread-Index", "Status", "X-UIDL", "Xref", "Lines", "X-User", "Comity-Mark", "X-Comity-Mark",
        "X-Amavis-Alert", "X-Barracuda-Connect", "X-Bogosity", "X-DSPAM-User", "X-Evolution-Source", "X-Gmail-Labels", "X-GM-THRID",
        "X-IMAP", "X-IronPort-AV", "X-Mozilla-Keys", "X-MS-Exchange-Organization-SCL", "X-PMX-Spam", "X-Proofpoint-GUID",
        "X-Rspamd-User", "X-Scanned-By", "X-Spam-User", "X-Virus-Scanned", "X-Forefront-Antispam-Report",
    ],
)  # fmt: skip
def test_what_mailboxes_and_filters_leave_behind_stays_inside(name: str) -> None:
    """Wherever it stands: it says what the reader's side thinks of the mail, or leads to the mailbox."""
    shown = at_t2(letter("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000", f"{name}: said"), delivery=Delivery())
    assert field(shown, name.lower()) is None
    assert any(each.startswith(f"{name.lower()}: ") for each in shown.removed)


def test_a_field_and_a_header_have_a_size() -> None:
    """A field of 32 KiB goes on, and a larger one does not; of a header that is larger than 128 KiB the rest does not."""
    for size, goes in ((32_768, True), (32_769, False)):
        shown = at_t2(letter(f"X-Long:{' ' * 9}{'x' * (size - 9)}"))
        assert (field(shown, "x-long") is not None) is goes
        assert ("x-long: too-long" in shown.removed) is not goes
    crowd = at_t2(letter(*(f"X-Long-{number}: {'x' * 30_000}" for number in range(6)), "X-Last: y"))
    assert [field(crowd, f"x-long-{number}") is not None for number in range(6)] == [True] * 4 + [False] * 2
    assert field(crowd, "x-last") == "y"


def test_a_mailing_list_keeps_its_name() -> None:
    """The address of a list in To is no person; which list it was is the originator's own fact."""
    fields = [
        "Delivered-To: ann.lee@west.example",
        "To: gardening@lists.east.example",
        "List-Id: Garden <gardening.lists.east.example>",
    ]
    shown = at_t2(
        letter(*fields, "List-Post: <mailto:gardening@lists.east.example>", "X-Loop: gardening@lists.east.example")
    )
    assert field(shown, "list-id") == "Garden <gardening.lists.east.example>"
    assert field(shown, "x-loop") == "gardening@lists.east.example"
    assert shown.leaks == ()


def test_what_our_own_side_wrote_stays_inside() -> None:
    """Delivery fields, filter marks and our own hops are left out; the line that took the mail stays, without "for"."""
    shown = at_t2(LETTER)
    received = scan(shown.headers + b"\r\n").headers.all("received")
    assert [each.split()[1] for each in received] == ["out.east.example", "app"]
    assert received[0].endswith("with ESMTPS id 4711; Mon, 2 Nov 2026 10:00:00 +0000")
    assert [field(shown, name) for name in ("delivered-to", "x-spam-status", "in-reply-to")] == [None] * 3
    assert set(shown.removed) >= {
        "delivered-to: names-the-mailbox",
        "x-spam-status: belongs-to-the-receiving-side",
        "received: added-by-the-receiving-side",
        "received-for: names-the-mailbox",
        "in-reply-to: names-mail-of-the-recipient",
        "body: policy",
    }


def test_the_trace_that_the_originator_sealed_stays() -> None:
    """Below the line that took the mail it is the originator's; above it, our own, as all that we write. T1 shows no mail apart."""
    value = make("lin", datetime(2026, 11, 2, 9, 59, tzinfo=UTC), TraceKeys(secrets={"a": bytes(32)}), salt=bytes(4))
    hop = "Received: from out.east.example by mx.west.example; Mon, 2 Nov 2026 10:00:00 +0000"
    sealed = f"{HEADER}: {value}"
    assert field(at_t2(letter(hop, sealed), delivery=Delivery()), HEADER.lower()) == value
    assert field(at_t2(letter(sealed, hop), delivery=Delivery()), HEADER.lower()) is None
    at_t1 = redact(scan(letter(hop, sealed)), tier=Tier.T1, recipients=[RECIPIENT], key=KEY, delivery=Delivery())
    assert value.encode() not in at_t1.content


def test_the_name_of_the_recipient_goes_from_the_subject() -> None:
    """A display name in To is looked for everywhere else."""
    assert "ann" not in (field(at_t2(LETTER), "subject") or "").lower()


def test_what_else_stands_in_a_coded_value_is_kept() -> None:
    """An identifier that holds the address in base64 loses the address and keeps the rest."""
    coded = base64.urlsafe_b64encode(json.dumps({"campaign": 4711, "to": RECIPIENT}).encode()).decode().rstrip("=")
    shown = field(at_t2(letter(f"List-Unsubscribe: <https://east.example/u?d={coded}&x=1>")), "list-unsubscribe") or ""
    inside = shown.partition("?d=")[2].partition("&")[0]
    opened = json.loads(base64.urlsafe_b64decode(inside + "=" * (-len(inside) % 4)))
    assert opened == {"campaign": 4711, "to": TOKEN.decode()}


def test_a_short_name_counts_only_beside_its_domain() -> None:
    """The mailbox "info" does not take every "info" out of a mail; with its domain it goes."""
    shown = at_t2(letter("X-Info: info=1; info@west.example; the-info-desk@east.example"), "info@west.example")
    assert field(shown, "x-info") == f"info=1; {token('info@west.example', KEY)}; the-info-desk@east.example"


def test_a_domain_that_is_called_like_the_recipient_is_kept() -> None:
    """jsmith@jsmith.example complains about mail that links to jsmith.example: the domain is evidence, no mailbox."""
    shown = at_t2(
        letter("X-Link: https://www.jsmithy.example/x http://jsmithy.tracker.example/"), "jsmithy@west.example"
    )
    link = field(shown, "x-link") or ""
    assert link.startswith("https://www.jsmithy.example/x")
    assert "jsmithy.tracker" not in link


def test_one_mailbox_with_a_tag_is_found_without_it() -> None:
    """ann.lee+shop is ann.lee: both go."""
    shown = at_t2(letter("X-A: ann.lee+shop@west.example", "X-B: ann.lee@west.example"), "ann.lee+shop@west.example")
    assert b"lee" not in shown.headers


@pytest.mark.parametrize(
    "line", [b"X-A: 1\r\nBcc: x@west.example", b"Subject: a\rBcc: x@west.example", b"X-A: 1\n \r\nBcc: x@west.example"]
)
def test_no_line_end_of_a_stranger_makes_a_field(line: bytes) -> None:
    """Whatever stood at line ends, Bcc is not shown and every line begins with a field name or a blank."""
    shown = at_t2(b"From: news@east.example\r\nTo: ann.lee@west.example\r\n" + line + b"\r\n\r\ntext")
    assert not any(each.lower().startswith(b"bcc") for each in shown.headers.splitlines())
    assert b"\r" not in shown.headers.replace(b"\r\n", b"")


def test_a_file_name_does_not_travel() -> None:
    """A name for a file can be made for one person, and RFC 2231 has ways of its own to split it."""
    shown = at_t2(letter('Content-Type: text/plain; charset=utf-8; name*0="ann."; name*1="lee.txt"; format=flowed'))
    assert field(shown, "content-type") == "text/plain; charset=utf-8; format=flowed"


# -- the body


def test_no_body_leaves_unless_the_agreement_says_so() -> None:
    """Never means never; "bulk" waits for proof that it was bulk."""
    assert at_t2(LETTER).message is None
    assert at_t2(LETTER, body=BodyPolicy.BULK).headers_only
    assert not at_t2(LETTER, body=BodyPolicy.BULK, delivery=Delivery(taken_at=1, bulk=True)).headers_only


def test_a_body_goes_as_one_text_without_its_reader() -> None:
    """The greeting and the link lose the person; the campaign stays."""
    shown = at_t2(LETTER, body=BodyPolicy.ALWAYS)
    message = scan(shown.content)
    local = TOKEN.partition(b"@")[0].decode()
    assert message.content_type == "text/plain"
    assert message.text().splitlines() == [
        "Dear [redacted],",
        f"your parcel waits: https://click.east.example/t?u={local}%40west.example&c=4711",
    ]


def test_attachments_and_pictures_never_leave() -> None:
    """Of a mail with a picture, a document and a nested mail only the text goes."""
    parts = [
        "Content-Type: text/html; charset=gb18030\r\n\r\n<p>hello</p><a href='https://east.example/?e=ann.lee@west.example'>x</a>"
        "<img src='data:image/png;base64,iVBORw0KGgo='>",
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        'Content-Type: text/plain; name="secret.txt"\r\n\r\nattached secret',
        "Content-Type: application/pdf\r\n\r\n%PDF secret",
        "Content-Type: text/plain\r\n\r\n%PDF-1.7 secret",
        'Content-Type: text/html; name="page.html"\r\n\r\n<p>named secret</p>',
        "Content-Type: message/rfc822\r\n\r\nSubject: private\r\n\r\nnested secret",
        "Content-Disposition: attachment\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ninner secret\r\n--c--",
    ]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    shown = at_t2(letter('Content-Type: multipart/mixed; boundary="b"', body=body), body=BodyPolicy.ALWAYS)
    assert "hello" in scan(shown.content).text()
    assert f"https://east.example/?e={TOKEN.decode()}" in scan(shown.content).text()
    assert b"iVBOR" not in shown.content
    assert "secret" not in scan(shown.content).text()
    assert shown.leaks == ()


def test_a_file_written_into_the_text_is_an_attachment_too() -> None:
    """What uuencode, yEnc, BinHex, a data: address or bare base64 wrote into the text goes; what people wrote around it stays."""
    picture = base64.encodebytes(bytes(range(1, 200))).decode().rstrip().replace("\n", "\r\n")
    files = (
        f"begin 644 diary.txt\r\n{binascii.b2a_uu(b'secret diary').decode().rstrip()}\r\n`\r\nend",
        f"> begin-base64 644 a.png\r\n> {base64.b64encode(b'secret picture').decode()}\r\n> ====",
        "=ybegin line=128 size=6 name=a.bin\r\n\x9d\x8f\x8d\r\n=yend size=6",
        "(This file must be converted with BinHex 4.0)\r\n\r\n:$f*TEQKPH#\"bF('9:",
        f"data:image/png;base64,{base64.b64encode(b'secret picture').decode()}",
        picture,
    )
    body = "".join(f"before {number}\r\n{each}\r\nafter {number}\r\n" for number, each in enumerate(files))
    shown = scan(at_t2(letter("Content-Type: text/plain; charset=latin-1", body=body), body=BodyPolicy.ALWAYS).content)
    lines = [part for number in range(len(files)) for part in (f"before {number}", MARK, f"after {number}")]
    assert shown.text().splitlines() == lines


def test_a_file_behind_or_within_markup_is_an_attachment_too() -> None:
    """White space means nothing in markup, so that a file whose boundary was lost would be one long line of it."""
    picture = base64.encodebytes(bytes(range(1, 200))).decode().rstrip()
    files = (picture, "begin 644 diary.txt\n" + binascii.b2a_uu(b"secret diary").decode() + "`\nend")
    body = "".join(f"<p>before {number}</p>\n{each}\n<p>after {number}</p>\n" for number, each in enumerate(files))
    body = body.replace("\n", "\r\n") + "<p>data:;base64,c2VjcmV0IHBpY3R1cmU=</p>"
    shown = scan(at_t2(letter("Content-Type: text/html", body=body), body=BodyPolicy.ALWAYS).content)
    lines = [part for number in range(len(files)) for part in (f"before {number}", MARK, f"after {number}")]
    assert shown.text().split("\n\n")[0].splitlines() == [*lines, MARK]


def test_what_only_looks_like_the_beginning_of_a_file_stays() -> None:
    """Sentences that begin with "begin", long words and addresses with long identifiers are text."""
    body = "\r\n".join(
        ("begin 644 times", "and again.", "x" * 60, f"https://east.example/?t={'a' * 300}", "Best", "data: none")
    )
    shown = scan(at_t2(letter(body=body), body=BodyPolicy.ALWAYS).content)
    assert shown.text().splitlines() == body.split("\r\n")


def test_a_chinese_greeting_loses_its_name() -> None:
    """尊敬的张三先生 becomes 尊敬的 [redacted]."""
    shown = at_t2(
        letter('To: "张三" <ann.lee@west.example>', body="尊敬的张三先生：\r\n张三，您好"), body=BodyPolicy.ALWAYS
    )
    assert scan(shown.content).text().splitlines() == ["尊敬的 [redacted]：", "[redacted]，您好"]


# -- when less is shown than asked for


def test_without_a_known_recipient_t2_shows_t1() -> None:
    """Whom nobody knows nobody can hide."""
    shown = at_t2(letter("To: undisclosed-recipients:;", "Message-ID: <for-somebody@east.example>"), "")
    assert (shown.tier, shown.removed, b"Message-ID" in shown.headers) == (
        Tier.T1,
        ("message: recipient-unknown",),
        False,
    )


def test_a_mail_to_too_many_people_is_shown_at_t1() -> None:
    """Twenty thousand addresses in To are not looked for one by one."""
    crowd = ", ".join(f"p{number}@north.example" for number in range(20_000))
    shown = at_t2(letter(f"To: {crowd}"))
    assert (shown.tier, shown.removed) == (Tier.T1, ("message: too-many-people",))


def test_t3_shows_the_recipient_and_nobody_else() -> None:
    """A vetted consumer sees whose mailbox it was; the others in To agreed to nothing."""
    shown = redact(scan(LETTER), tier=Tier.T3, recipients=[RECIPIENT], key=KEY, delivery=DELIVERY)
    assert field(shown, "to") == f"<{RECIPIENT}>, <{token('b.fisher@north.example', KEY)}>"
    assert b"b.fisher" not in shown.headers
    assert (shown.token, field(shown, "delivered-to")) == (None, None)


def test_t3_shows_the_text_as_it_was_written() -> None:
    """The greeting is the reader's, whom it may know; whoever else is named in it agreed to nothing."""
    mail = letter(
        f"To: Ann Lee <{RECIPIENT}>", "Cc: ben.fox@third.example", body="Dear Ann,\r\nben.fox@third.example and you"
    )
    shown = redact(scan(mail), tier=Tier.T3, recipients=[RECIPIENT], key=KEY, body=BodyPolicy.ALWAYS, delivery=DELIVERY)
    other = token("ben.fox@third.example", KEY)
    assert scan(shown.content).text().splitlines() == ["Dear Ann,", f"{other} and you"]


def test_redacting_twice_gives_the_same_as_once() -> None:
    """Tokens are left alone."""
    once = at_t2(LETTER, body=BodyPolicy.ALWAYS)
    again = at_t2(once.content, body=BodyPolicy.ALWAYS, delivery=Delivery())
    assert again.content == once.content


# -- single values of a report


@pytest.mark.parametrize(
    ("tier", "shown"),
    [
        (Tier.T0, None),
        (Tier.T1, "redacted@east.example"),
        (Tier.T2, f"bounce-{token(RECIPIENT, KEY).replace('@', '=')}@mail.east.example"),
        (Tier.T3, "bounce-ann.lee=west.example@mail.east.example"),
    ],
)
def test_a_value_beside_the_message_is_redacted_alike(tier: Tier, shown: str | None) -> None:
    """The envelope sender of a report carries the recipient as often as the header does."""
    address = "bounce-ann.lee=west.example@mail.east.example"
    assert value(address, tier=tier, recipients=[RECIPIENT], key=KEY) == shown


def test_a_value_that_is_the_recipient_is_not_shown_at_t1() -> None:
    """Neither the forged sender nor free text; a null sender names nobody."""
    shown = [value(text, tier=Tier.T1, recipients=[RECIPIENT], key=KEY) for text in (RECIPIENT, "free text", "<>")]
    assert shown == [None, None, "<>"]


def test_a_value_of_nobody_who_is_known_is_shown_as_at_t1() -> None:
    """Whom nobody knows nobody can hide: neither does T2 then say more than the domain."""
    shown = [value(text, tier=Tier.T2, recipients=[], key=KEY) for text in (RECIPIENT, "for ann.lee@", "<>")]
    assert shown == ["redacted@west.example", None, "<>"]


# -- how people are called


@pytest.mark.parametrize(
    ("to", "subject", "shown"),
    [
        ("Ann Field <ann@west.example>", "Ann, 80% off", "[redacted], 80% off"),
        ("Ann Field <ann@west.example>", "80% off for you, Ann!", "80% off for you, [redacted]!"),
        ("Ann Field <ann@west.example>", "Hi Ann - your parcel", "Hi [redacted] - your parcel"),
        ("Ann Field <ann@west.example>", "A gift for Ann inside", "A gift for [redacted] inside"),
        ("Ann Field <ann@west.example>", "Ann's parcel waits", "[redacted]'s parcel waits"),
        ("Bo Lee <bo.lee@west.example>", "BO: last chance", "[redacted]: last chance"),
        ("bo.lee@west.example", "Bo, last chance", "[redacted], last chance"),
        ("张三 <zs@west.example>", "张先生，您好", "[redacted]先生，您好"),
    ],
)
def test_a_subject_loses_the_name_that_it_calls_the_reader(to: str, subject: str, shown: str) -> None:
    """A subject greets as a body does, and is written anew where words in it were coded."""
    for written in (subject, f"=?utf-8?b?{base64.b64encode(subject.encode()).decode()}?="):
        redacted = at_t2(letter(f"To: {to}", f"Subject: {written}"), to.partition("<")[2].rstrip(">") or to)
        assert scan(redacted.content + b"\r\n").headers.decoded("subject") == shown
        assert redacted.leaks == ()


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("Ann Field <ann@west.example>", "News from the field, and a field day"),
        ("Will May <wm@west.example>", "Prices will fall in May"),
        ("Customer Service <info@west.example>", "Info: our customer service, and what it costs"),
        ("Grace Best <gb@west.example>", "Best Prices Of The Year"),
        ("Ann Field <ann@west.example>", "Annual planning: anniversary"),
    ],
)
def test_common_words_stay_in_a_subject(to: str, subject: str) -> None:
    """Words that are also somebody's name stay where nobody is called by them."""
    shown = at_t2(letter(f"To: {to}", f"Subject: {subject}"), to.partition("<")[2].rstrip(">"))
    assert field(shown, "subject") == subject


@pytest.mark.parametrize("written", ["Lee, Ann", "lee,ann", "Lee Ann", "ANN LEE", "Ann.Lee"])
def test_a_display_name_is_found_in_either_order(written: str) -> None:
    """A list of customers begins with the family name."""
    shown = at_t2(letter('To: "Ann Lee" <al7@west.example>', f"X-Customer: no 12, {written}; gold"), "al7@west.example")
    assert field(shown, "x-customer") == "no 12, redacted; gold"


def test_what_follows_a_coded_address_keeps_its_lines() -> None:
    """Base64 at the end of a line does not take the first word of the next paragraph with it."""
    coded = base64.b64encode(b"bo.lee@mail.west.example").decode()
    for after in ("\n\nYou receive this", "\nYou receive this", "\n  You receive this"):
        text = f"see https://east.example/go?r={coded}{after}"
        shown = at_t2(
            letter("To: bo.lee@mail.west.example", body=text), "bo.lee@mail.west.example", body=BodyPolicy.ALWAYS
        )
        assert scan(shown.content).text().replace("\r\n", "\n").rstrip("\n").endswith(after)
        assert shown.leaks == ()
