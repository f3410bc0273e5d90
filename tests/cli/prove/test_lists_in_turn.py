"""The files of lists, written by several at once: whoever looked last has the last word."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from comity.accord.signals.rules import Audience
from comity.bootstrap.desk import desk_store
from comity.bootstrap.trust.signals import export
from comity.cli import main
from comity.model.signal import Kept
from comity.services.prove.signals import publishing
from comity.services.prove.signals.publishing import ListPlace
from comity.settings import read_settings

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLACE = ListPlace(
    zone="lists.west.example", servers=("ns.west.example",), hostmaster="a@west.example", ttl=60, address=""
)


def test_nobody_puts_back_what_was_taken_off_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running program has looked and is about to write; somebody grants a recourse, and the lists are written again: what
    stands there in the end is what was looked at last."""
    assert main(["init", str(tmp_path), "--domain", "west.example", "--address", "a@west.example"]) == 0
    settings, folder = read_settings(tmp_path / "comity.toml"), tmp_path / "lists"
    looked, done, order = Event(), Event(), list[str]()

    def files(found: Sequence[Kept], *_: Any, **more: Any) -> dict[str, bytes]:
        mine = "first" if not order else "second"
        order.append(mine)
        if mine == "first":
            looked.set()
            done.wait(1)  # whoever does not wait for us has written when this is over
        return {publishing.INDEX: mine.encode()}

    monkeypatch.setattr(publishing, "files", files)

    def write() -> None:
        with closing(desk_store(settings)) as store:
            export(settings, store, folder, audience=Audience.PUBLIC, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write)
        assert looked.wait(20)
        second = pool.submit(write)
        second.add_done_callback(lambda _: done.set())
        first.result()
        second.result()
    assert order == ["first", "second"]
    assert (folder / publishing.INDEX).read_bytes() == b"second"


@pytest.mark.parametrize("back", [0, 3600])
def test_what_is_published_later_has_a_higher_number(back: int) -> None:
    """In the same second, and after the clock was put back: servers that compare numbers take it."""
    before = publishing.files([], PLACE, Audience.PUBLIC, now=NOW)
    later = datetime.fromtimestamp(NOW.timestamp() - back, UTC)
    after = publishing.files([], PLACE, Audience.PUBLIC, now=later, before=before[publishing.INDEX])
    assert f" {int(NOW.timestamp()) + 1} ".encode() in after["bl.zone"].replace(b"\t", b" ").replace(b"\n", b" ")
    assert after["bl.zone"] != before["bl.zone"]
