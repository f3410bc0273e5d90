"""Strangers' payloads through every field that mail can fill, on every page of the desk in Chromium: none fires, all stay readable.

Whatever ran would call a function that is not there, and whatever loaded would break the policy: either is a complaint of
the browser.
"""

import itertools
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from conftest import Browser, Desk

pytestmark = pytest.mark.live
PASSWORD: Final = "three quiet rivers"
FIRES: Final = (
    "<script>fired()</script>",
    "<img src=x onerror=fired()>",
    "<img src=http://bad.example/pixel.gif>",
    "<svg onload=fired()>",
    "<svg><animate onbegin=fired() attributeName=x dur=1s>",
    "<svg><script>fired()</script></svg>",
    "<body onload=fired()>",
    "<iframe src=javascript:fired()>",
    "<iframe srcdoc='<script>fired()</script>'>",
    "<object data=javascript:fired()>",
    "<embed src=http://bad.example/x.swf>",
    "<details open ontoggle=fired()>",
    "<input autofocus onfocus=fired()>",
    "<select autofocus onfocus=fired()>",
    "<video><source onerror=fired()></video>",
    "<audio src=x onerror=fired()>",
    "<marquee onstart=fired()>x</marquee>",
    "<a href=javascript:fired()>x</a>",
    "<form action=http://bad.example/><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=http://bad.example/'>",
    "<base href=http://bad.example/>",
    "<link rel=stylesheet href=http://bad.example/x.css>",
    "<link rel=preconnect href=http://bad.example/>",
    "<link rel=dns-prefetch href=//bad.example>",
    "<style>@import 'http://bad.example/x.css';</style>",
    "<style>*{background:url(http://bad.example/x)}</style>",
    "<p style='background:url(http://bad.example/y)'>x</p>",
    "<p style='position:fixed;inset:0;background:red'>x</p>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=fired()&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=fired()>'>",
    "<noscript><p title='</noscript><img src=x onerror=fired()>'>",
    "<listing>&lt;img onerror=fired() src=x&gt;</listing>",
    "<xmp><p title='</xmp><img src=x onerror=fired()>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=fired()>",
    "<table background=http://bad.example/t><td background=http://bad.example/u>x",
    "<img src=x onerror\x0b=fired()>",
    "<scr\x00ipt>fired()</scr\x00ipt>",
    "<<script>fired()//<</script>",
    "&lt;script&gt;fired()&lt;/script&gt;",
    "javascript:fired()",
    '" onmouseover=fired() x="',
    "' autofocus onfocus=fired() x='",
    "{{ 7*7 }}{% raw %}{{ fired() }}",
    "${fired()}",
    "<![CDATA[<script>fired()</script>]]>",
    "<?xml version='1.0'?><x xmlns='http://www.w3.org/1999/xhtml'><script>fired()</script></x>",
    "+ADw-script+AD4-fired()+ADw-/script+AD4-",
    "\u2028fired()//",
)
OPENINGS: Final = ("", '">', "'>", "</title>", "</textarea>", "</script>", "-->", "]]>", "</style>", '\\">')
DECEITS: Final = (
    "\u202egnp.exe",
    "\u2066invoice\u2069 \u202dfdp",
    "p\u0430ypal.example",
    "xn--pypal-4ve.example",
    "b\u0334\u0335\u0336\u0337\u0338a\u030a\u030b\u030c\u030d\u030en\u0316\u0317\u0318k" + "\u0300" * 40,
    "\u200b\u200c\u200d\ufeff\u2060hidden\u00ad",
    "\u3164\u115f\u1160\uffa0\u2800blank",
    "\ufdfa" * 12,
    "=cmd|' /C calc'!A0",
    "+1+cmd|'/C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    '\t=HYPERLINK("http://bad.example")',
    "\x1b[2J\x1b]0;title\x07",
    "a\r\nSet-Cookie: x=1",
    "%0d%0aLocation:%20http://bad.example",
    "../../../../etc/passwd",
    "C:\\\\con\\\\nul",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f",
    "\U000e0041\U000e0042tags",
    "W" * 4000,
    "\u6d4b" * 3000,
    "x " * 3000,
    "<b>" * 1500,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8",
)

_FEW: Final = 2


def payloads() -> Iterator[str]:
    """Each with a mark of its own before it, by which it is found again on the page.

    Here every one fires behind two openings, drawn anew each time; behind all of them with ``script/soak payloads``.
    """
    few = len(OPENINGS) if os.environ.get("COMITY_PAYLOADS") == "all" else _FEW
    drawn = ((opening, fire) for fire in FIRES for opening in SystemRandom().sample(OPENINGS, few))
    every = itertools.chain((f"{opening}{fire}" for opening, fire in drawn), DECEITS)
    return (f"mark{number:04}{text}" for number, text in enumerate(every))


def encoded(text: str) -> str:
    """An encoded word, however long."""
    return f"=?utf-8?B?{b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


def one_line(text: str) -> str:
    """What a field may hold as it is: nothing that would end it, or the line before the limit of a mail host."""
    return "".join(each if each.isprintable() else " " for each in text)[:800]


def mail(text: str, *, letter: bool) -> bytes:
    """The payload in every field that a reader looks at, a part as text, a part as HTML, a name, and the mail inside."""
    plain, name = one_line(text), quote(text.encode("utf-8", "surrogatepass"))[:700]
    data, outer = b64encode(text.encode("utf-8", "surrogatepass")), text[:8]
    lines = "\r\n".join(data[at : at + 76].decode() for at in range(0, len(data), 76))
    head = (
        f"From: {encoded(text[:200])} <{outer}@east.example>\r\nTo: <abuse@west.example>\r\nSubject: {encoded(text)}\r\n"
        f"Message-ID: <{plain[:200].replace('>', '')}@east.example>\r\nX-Odd: {plain}\r\nDate: Wed, 01 Jul 2026 08:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\n"
    )
    words = "Please stop this spam abuse from 192.0.2.7, I never asked for it.\r\n" if letter else "A complaint.\r\n"
    sort = "mixed" if letter else "report; report-type=feedback-report"
    said = (
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: East/1\r\nVersion: 1\r\n"
        f"Source-IP: 192.0.2.7\r\nOriginal-Mail-From: <{plain[:200]}>\r\nOriginal-Rcpt-To: <{outer}@east.example>\r\n"
        f"Reported-Domain: {plain[:200]}\r\nReported-URI: http://bad.example/{plain[:200]}\r\nX-{outer}: {plain}\r\n"
    )
    inner = (
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: {encoded(text[:200])} <news@west.example>\r\n"
        f"Subject: {encoded(text)}\r\n"
        f"Message-ID: <{outer}{plain[:150].replace('>', '')}@west.example>\r\n"
        f"Date: Wed, 01 Jul 2026 07:00:00 +0000\r\n\r\n{plain}\r\n"
    )
    whole = (
        f'{head}Content-Type: multipart/{sort}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}{plain}\r\n"
        f"{'' if letter else said}{'' if letter else inner}"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}\r\n"
        "--b\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Disposition: attachment; filename*=UTF-8''{name}\r\n\r\nMZ\r\n--b--\r\n"
    )
    return whole.encode("utf-8", "surrogatepass")


def opened(browser: "Browser", url: str) -> None:
    """Go there, and wait until everything is laid out, frames too."""
    browser.call("Page.navigate", url=url)
    ends = time.monotonic() + 60
    while browser.value("document.readyState") != "complete" or not browser.value("location.href").startswith("http"):
        assert time.monotonic() < ends, url


def test_no_payload_fires_and_all_stay_readable(
    make_desk: "Callable[..., Desk]", chromium: "Browser", tmp_path: Path
) -> None:
    """A hundred and more, on the page of each mail with its HTML laid out, and on every list that shows something of it."""
    every = list(payloads())
    assert len(every) > 2 * len(FIRES)
    desk = make_desk(gates='reserve_mib = 1\n[pages]\nlisten = ["127.0.0.1:0"]')
    letters = {number for number in range(len(every)) if number % 8 == 3}
    folder = tmp_path / "mails"
    folder.mkdir()
    for number, text in enumerate(every):
        (folder / f"{number:04}.eml").write_bytes(mail(text, letter=number in letters))
    for words, said in (
        (["account", "add", "ann", "--role", "administrator", "--password-stdin"], PASSWORD),
        (["ingest", str(folder)], ""),
    ):
        command = [sys.executable, "-m", "comity", *words]
        subprocess.run(command, cwd=desk.folder, input=said, text=True, check=True, timeout=300, env=os.environ)
    running = desk.start()
    base = "http://" + next(each.partition("=")[2] for each in running.places if each.startswith("desk="))
    chromium.call("Network.enable")
    opened(chromium, f"{base}/sign-in")
    filled = "document.querySelector('[name=name]').value='ann';document.querySelector('[name=password]').value="
    chromium.value(f"{filled}'{PASSWORD}';document.querySelector('main form').submit()")
    desk.wait_until(lambda: chromium.value("document.querySelector('.menu') !== null"), "somebody is signed in")
    chromium.complaints.clear()
    chromium.requests.clear()
    items = dict(desk.ask("comity.db", "SELECT name, id FROM item"))
    asides = dict(desk.ask("comity.db", "SELECT name, 's' || id FROM shunt"))
    framed = 0
    for number, text in enumerate(every):
        item = next(each for name, each in {**asides, **items}.items() if f"{number:04}.eml" in name)
        opened(chromium, f"{base}/items/{item}")
        link = chromium.value("(document.querySelector('a[href*=\"rendered=\"]') || {}).href || ''")
        if link:
            opened(chromium, link)
            framed += 1
        assert text[:8] in chromium.value("document.querySelector('main').innerText"), (number, text[:80])
        assert chromium.value("document.documentElement.scrollWidth <= innerWidth"), (number, text[:80])
        assert not chromium.complaints, (number, text[:80], chromium.complaints)
    assert framed == len(every)
    cases = [f"/cases/{each}" for (each,) in desk.ask("comity.db", "SELECT id FROM abuse_case")]
    places = chromium.value("[...document.querySelectorAll('.menu a')].map(each => each.getAttribute('href'))")
    assert {"/", "/cases", "/urgent", "/unmatched", "/shunt"} <= set(places)
    lists = [f"/cases?state=all&page={page}" for page in range(1, len(cases) // 50 + 2)]
    found = [f"/search?words={quote(words)}" for words in ("mark", "spam abuse", *FIRES, *DECEITS[:20])]
    found += [f"/search?words=mark&sort={each}" for each in ("case", "report", "letter", "note")]
    for path in (*places, *lists, *cases, *found):
        opened(chromium, f"{base}{path}")
        assert not chromium.complaints, (path, chromium.complaints)
    elsewhere = [each for each in chromium.requests if not each.startswith((base, "data:"))]
    assert elsewhere == []
    assert running.end() == 0


LOADS: Final = (
    '<link rel=preconnect href="{0}"><link rel=dns-prefetch href="{0}"><link rel=stylesheet href="{0}/1">'
    '<img src="{0}/2"><img srcset="{0}/3 1x"><video poster="{0}/4"></video><object data="{0}/5"></object>'
    '<iframe src="{0}/6"></iframe>'
    '<body background="{0}/7"><p style="background:url({0}/8)">mark9999</p><style>@import "{0}/9";</style>'
    '<meta http-equiv=refresh content="0;url={0}/10">'
)


def test_a_rendering_opens_no_connection(make_desk: "Callable[..., Desk]", chromium: "Browser", tmp_path: Path) -> None:
    """Somebody listens where all that loads leads to: the bare HTML calls there, the same HTML in a mail that is shown does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        elsewhere = f"http://127.0.0.1:{listening.getsockname()[1]}"
        markup = LOADS.format(elsewhere)
        bare = tmp_path / "bare.html"
        bare.write_text(markup)
        chromium.call("Page.navigate", url=bare.as_uri())
        listening.accept()[0].close()  # the bare one calls: whoever listens would hear it
        chromium.call("Page.navigate", url="about:blank")
        while True:
            try:
                listening.settimeout(2)
                listening.accept()[0].close()
            except TimeoutError:
                break
        desk = make_desk(gates='reserve_mib = 1\n[pages]\nlisten = ["127.0.0.1:0"]')
        file = tmp_path / "1.eml"
        file.write_text(f"From: <a@east.example>\nSubject: News\nContent-Type: text/html\n\n{markup}\n")
        for words, said in (
            (["account", "add", "ann", "--role", "administrator", "--password-stdin"], PASSWORD),
            (["ingest", str(file)], ""),
        ):
            command = [sys.executable, "-m", "comity", *words]
            subprocess.run(command, cwd=desk.folder, input=said, text=True, check=True, timeout=300, env=os.environ)
        running = desk.start()
        base = "http://" + next(each.partition("=")[2] for each in running.places if each.startswith("desk="))
        opened(chromium, f"{base}/sign-in")
        filled = "document.querySelector('[name=name]').value='ann';document.querySelector('[name=password]').value="
        chromium.value(f"{filled}'{PASSWORD}';document.querySelector('main form').submit()")
        desk.wait_until(lambda: chromium.value("document.querySelector('.menu') !== null"), "somebody is signed in")
        opened(chromium, f"{base}/items/1")
        opened(chromium, chromium.value("document.querySelector('a[href*=\"rendered=\"]').href"))
        assert chromium.value("document.querySelector('iframe.rendering') !== null")
        listening.settimeout(3)
        with pytest.raises(TimeoutError):
            listening.accept()
        assert running.end() == 0
