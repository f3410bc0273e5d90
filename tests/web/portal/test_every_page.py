"""Every route x whoever asks x every strange name: nothing leaks, nothing changes, nothing breaks; a stranger's text never acts."""

import re
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from starlette.routing import Route

from comity.model.joint_statement import KeptStatement, StatementState
from comity.web.portal.app import portal_app

from .conftest import PortalScene
from .test_own import enter

STRANGE = (
    "x",
    "0",
    "999999999999999999999999",
    "a" * 300,
    "%00",
    "..%2f..%2fetc",
    "<b>",
    "中文",
    "'; --",
    "%F0%9F%92%A9",
)
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}${7*7}",
    "\u202egpj.exe",
    "b\u0430nk.example",
    "a\u200bb",
    "x' OR '1'='1",
    "\r\nSet-Cookie: a=b",
    "</title><svg onload=alert(1)>",
    "\ud7ff\ufffe",
)
FIELDS = (
    "mailbox",
    "contact",
    "domains",
    "networks",
    "about",
    "text",
    "subject",
    "reference",
    "code",
    "website",
    "sort",
)
ACTS = ("", "check", "code", "mail", "leave", "argue", "escalate", "pause", "resume", "sign-out", "x")
# Rows that say nothing of what anybody wanted: who asked for a link.
PASSING = frozenset({"portal_key"})


def state_of(scene: PortalScene) -> str:
    """A mark of all that the store holds."""
    with scene.store.read() as records:
        connection = records.connection
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        tables = [row[0] for row in connection.exec_driver_sql(query) if row[0] not in PASSING]
        rows = [repr(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables]  # noqa: S608 - our own names
    return sha256("\n".join(rows).encode()).hexdigest()


def routes_of(scene: PortalScene) -> list[tuple[str, str]]:
    """Every path with each of its methods."""
    app = portal_app(scene.work)
    found = [each for each in app.routes if isinstance(each, Route)]
    return sorted({(each.path, method) for each in found for method in each.methods or () if method != "HEAD"})


def places(path: str, *more: str) -> list[str]:
    """The path with each strange name in its holes, in one language and in strange ones."""
    path = path.replace("{language}", "zh_Hans")
    names = (*STRANGE, *more) if "{" in path else ("",)
    return [re.sub(r"\{[^}]+\}", name, path) for name in names]


class _Acting(HTMLParser):
    """What a browser would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Scripts, frames, pictures, handlers, links that are no links."""
        if tag in ("script", "iframe", "object", "embed", "img", "svg", "base"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "action") and "script:" in (value or "").lower()):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and not (value or "").startswith(("/", "#", "data:,")):
                self.found.append(f"{tag} {name}={value}")


def acting(text: str) -> list[str]:
    """What of a page would act."""
    parser = _Acting()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("is_signed", [False, True])
def test_pages_answer_and_change_nothing(scene: PortalScene, is_signed: bool) -> None:
    """A page that is looked at changes nothing, whatever stands in its address; none breaks, none says who is here."""
    path = scene.enrol("south.example")
    scene.enrol("east.example")
    if is_signed:
        enter(scene)
    before, looked = state_of(scene), 0
    for route, method in routes_of(scene):
        if method == "GET":
            for where in places(route):
                answer = scene.client.get(where)
                assert answer.status_code in (200, 302, 303, 400, 404, 429), (where, answer.status_code)
                assert "south.example" not in answer.text, where
                assert acting(answer.text) == [], where
                looked += 1
    assert looked > 40
    assert state_of(scene) == before
    assert scene.client.get(path).status_code == 200


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_strange_form_breaks_nothing(scene: PortalScene, is_signed: bool) -> None:
    """Whatever a form may hold after somebody changed it: an answer in words, never a fault; and what comes back never acts."""
    scene.allow()
    application = scene.apply("east.example")
    made = scene.impose()
    word = ""
    if is_signed:
        scene.enrol("west2.example")
        word = enter(scene, "fbl@west2.example")
    for route, method in routes_of(scene):
        if method != "POST":
            continue
        for where in places(route, application.rpartition("/")[2], made.reference)[-4:]:
            for payload in PAYLOADS:
                for act in ACTS:
                    said = {"act": act, "agreed": "yes", "csrf": word} | dict.fromkeys(FIELDS, payload)
                    answer = scene.post(where, **said)
                    assert answer.status_code < 500, (where, act, payload, answer.text[-600:])
                    assert acting(answer.text) == [], (where, payload)
                    assert payload not in answer.headers.get("set-cookie", "")
                    assert answer.headers.get("location", "/").startswith("/"), where


def test_what_strangers_wrote_never_acts(scene: PortalScene) -> None:
    """Reasons, answers, objections and what a consumer is told: words of people, on every page that shows them."""
    scene.allow()
    for payload in PAYLOADS:
        text = payload.replace("\r\n", " ")
        made = scene.impose(subject="east.example")
        path = f"/en/recourse/{made.reference}"
        scene.post(path, act="argue", text=payload)
        with scene.store.write() as rows:
            desk = scene.work.recourse(rows, actor=text, now=scene.clock[0])
            desk.answer(made.reference, text, grants=False)
        page = scene.client.get(path).text
        assert acting(page) == []
        assert "\u202e" not in page
        with scene.store.write() as rows:
            connection = rows.connection
            for table in ("recourse_event", "recourse", "consequence"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own names


def test_every_answer_carries_its_policy(scene: PortalScene) -> None:
    """No script at all, nothing from elsewhere, in no frame; also where the page says no."""
    for where in (
        "/en/network",
        "/en/enrol",
        "/en/recourse",
        "/en/sign-in",
        "/en/nothing",
        "/xx/network",
        "/en/enrol/x",
    ):
        headers = scene.client.get(where).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_statements_are_read_on_a_telephone(scene: PortalScene) -> None:
    """A row of the list becomes lines, each with its name, so that what leads to the file is not cut off."""
    kept = KeptStatement(
        peer="east.example",
        period="2026-03",
        sha256="a" * 64,
        state=StatementState.SIGNED,
        data=b"{}",
        entered=scene.clock[0],
    )
    with scene.store.write() as rows:
        rows.statements.put(kept)
        rows.statements.publish(kept.sha256, at=scene.clock[0], by="ann")
    page = scene.client.get("/en/statements").text
    assert '<table class="stack">' in page
    assert re.search(r'<td data-label="With">[^\n]*east\.example', page)
    assert "where numbers are broken down" in page


def test_no_wide_table_is_cut_off_on_a_telephone() -> None:
    """One of four columns and more becomes lines there: what counts, the number or the link, stands in the last of them."""
    templates, found = files("comity.web").joinpath("templates", "portal"), 0
    for each in templates.iterdir():
        for table in re.findall(r"<table.*?</thead>", each.read_text(encoding="utf-8"), re.DOTALL):
            if table.count("<th") - 1 >= 4:  # the head itself is none
                found += 1
                assert table.startswith('<table class="stack">'), each.name
    assert found >= 4


@pytest.mark.parametrize("path", ["/zh_Hans", "/zh_Hans/"])
def test_an_address_that_was_cut_leads_to_the_first_page(scene: PortalScene, path: str) -> None:
    """In the language that is left of it, with a stroke at its end or without."""
    assert scene.client.get(path).headers["location"] == "/zh_Hans/network"


def test_what_is_not_there_is_said_in_the_language_of_the_address(scene: PortalScene) -> None:
    """Whoever mistypes an address of the Chinese pages is not answered in English."""
    page = scene.client.get("/zh_Hans/no-such-page", headers={"accept-language": "en"})
    assert page.status_code == 404
    assert '<html lang="zh-Hans">' in page.text
    assert '<html lang="en">' in scene.client.get("/en/no-such-page", headers={"accept-language": "zh"}).text
    assert '<html lang="zh-Hans">' in scene.client.get("/nowhere", headers={"accept-language": "zh"}).text
