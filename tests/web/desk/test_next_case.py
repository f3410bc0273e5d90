"""Whoever works through a queue goes from case to case in it, whatever becomes of each, and comes back to what he asked for."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from comity.model.desk import Act, CaseState

if TYPE_CHECKING:
    from .conftest import DeskScene


def _queue(desk: "DeskScene", count: int) -> list[str]:
    """So many cases that are late, each a day less than the one before."""
    now = desk.work.now()
    for n in range(count):
        desk.put(f"Late {n:02}", state=CaseState.WAITING, due=now - timedelta(days=count - n))
    return [
        each.replace("&amp;", "&")
        for each in re.findall(r'<th scope="row"><a href="([^"]+)"', _text(desk, "/cases?state=waiting"))
    ]


def _text(desk: "DeskScene", path: str) -> str:
    answer = desk.client.get(path)
    assert answer.status_code == 200
    return answer.text


def _onward(desk: "DeskScene", page: str) -> str:
    """Where the link to the next case leads to."""
    found = re.search(r'<a rel="next" class="onward" href="([^"]+)"', _text(desk, page))
    assert found is not None
    answer = desk.client.get(found[1].replace("&amp;", "&"), follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_from_case_to_case(desk: "DeskScene") -> None:
    """In the order of the queue that was asked for, which each page leads back to; the last one ends it."""
    pages = _queue(desk, 3)
    assert [each.rpartition("?")[2] for each in pages] == [f"state=waiting&at={n}" for n in range(3)]
    assert 'href="/cases?state=waiting"' in _text(desk, pages[0])
    assert _onward(desk, pages[0]) == pages[1]
    assert _onward(desk, pages[1]) == pages[2]
    assert _onward(desk, pages[2]) == "/cases?state=waiting&said=queue-over"


def test_a_case_that_left_the_queue_is_passed_over_to_the_one_behind_it(desk: "DeskScene") -> None:
    """What was done keeps the way: the page that follows has it, and no case is left out."""
    pages = _queue(desk, 3)
    csrf = re.search(r'name="csrf" value="([^"]+)"', _text(desk, pages[1]))
    assert csrf is not None
    done = desk.client.post(pages[1], data={"csrf": csrf[1], "act": Act.CLOSE.value}, follow_redirects=False)
    assert done.headers["location"] == f"{pages[1]}&said=done"
    assert _onward(desk, pages[1]).partition("?")[0] == pages[2].partition("?")[0]


def test_from_elsewhere_the_queue_is_that_of_all(desk: "DeskScene") -> None:
    """A case that is found by a search, or by a link in a mail, has a next one too."""
    pages = [each.partition("?")[0] for each in _queue(desk, 2)]
    assert _onward(desk, pages[0]) == f"{pages[1]}?at=1"
    for strange in ("-1", "²", "9999999", "x"):
        assert desk.client.get(f"{pages[0]}/next?at={strange}", follow_redirects=False).status_code == 303
