"""Every page of the desk, with and without rows, in both languages: what is owed to whoever hears it or works it by keys."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from comity.model.account import Role
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.desk_bench.furnishing import DeskOrder, case_name, furnish

from ..accessible import faults
from .conftest import NOW, DeskScene, ShortPasswords
from .test_every_page import routes_of
from .test_evidence import put

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAVES = re.compile(r"/(?:raw|rendering|static|language|metrics|health|ready)\b|\.(?:svg|csv)$")
ORDER = DeskOrder(reports=120, cases=60, seed=1, now=NOW)


def filled(desk: DeskScene) -> str:
    """A desk with rows in it; the name of a case."""
    furnish(ORDER, desk.store.write)
    put(desk)
    desk.put("Bakery <b>")
    with desk.store.write() as records:
        keeping = Keeping(records.accounts, ShortPasswords(), NOW - timedelta(days=1))
        for name, role in (("ann", Role.ADMINISTRATOR), ("bob", Role.DESK)):
            keeping.make(name, role, "three quiet rivers")
    return case_name(ORDER, 3)


def pages(desk: DeskScene, case: str | None) -> "Iterator[str]":
    """The address of every page, and of every one that a page leads to, one of a kind."""
    todo = sorted(path for path, method in routes_of(desk) if method == "GET" and "{" not in path)
    todo += [f"/cases/{case}"] if case else []
    kinds: dict[str, int] = {}
    done = set()
    while todo:
        path = todo.pop(0)
        if path in done or LEAVES.search(path.partition("?")[0]) or path == "/sign-out":
            continue
        done.add(path)
        yield path
        text = desk.client.get(path).text
        for found in re.findall(r'href="(/[^"#]*)', text):
            link = unquote(found.replace("&amp;", "&"))
            kind = re.sub(r"/[^/?]*\d[^/?]*", "/N", link.partition("?")[0]) + "".join(re.findall(r"[?&]\w+", link))
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 2:
                todo.append(link)


@pytest.mark.parametrize("is_filled", [False, True], ids=["empty", "filled"])
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page_can_be_heard_and_worked_by_keys(desk: DeskScene, language: str, is_filled: bool) -> None:
    """Names, headings, landmarks, tables, lists; also of the page that says no."""
    desk.client.cookies.set("comity-language", language)
    case = filled(desk) if is_filled else None
    looked = 0
    for path in [*pages(desk, case), "/nowhere"]:
        answer = desk.client.get(path)
        if answer.status_code == 303 or "html" not in answer.headers["content-type"]:
            continue
        looked += 1
        assert faults(answer.text, language) == [], path
    assert looked > 25


def test_the_door_can_be_heard(desk: DeskScene) -> None:
    """Before there is an account, with a form, and after a wrong password."""
    desk.client.cookies.clear()
    assert faults(desk.client.get("/sign-in").text, "en") == []
    filled(desk)
    assert faults(desk.client.get("/sign-in").text, "en") == []
    wrong = desk.client.post("/sign-in", data={"name": "ann", "password": "x"})
    assert wrong.status_code == 401
    assert faults(wrong.text, "en") == []


def test_the_first_page_is_light(desk: DeskScene) -> None:
    """With all that it loads, as it goes over the wire: for a telephone far from the next mast."""
    filled(desk)
    answer = desk.client.get("/")
    assert "content-encoding" not in answer.headers  # a stranger's words and the word of our forms stand in one page
    beside = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
    sizes = [int(desk.client.get(each).headers["content-length"]) for each in beside]
    assert len(beside) == 2
    assert len(answer.content) + sum(sizes) < 40_000
