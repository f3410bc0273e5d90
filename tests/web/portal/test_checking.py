"""A stranger with nothing but a file and a browser comes to a verdict on a joint statement."""

import json
import socket
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.bootstrap.portal.checking import make_check, statement_reader
from comity.ledger import note
from comity.model import period as periods
from comity.services.prove.stating import making
from comity.services.prove.stating.agreeing import Ours, Stating
from comity.services.prove.stating.checking import Fault
from comity.services.prove.stating.showing import FAULTS, NUMBERS, Shown

from ...services.prove.closing_scene import EAST, KEYS, PUBLIC, WEST, Scene, at
from .conftest import PortalScene, a_portal

DAY = date(2026, 11, 23)
HOLDS, FAILS = "Both networks signed this statement", "This file is not what both networks signed"
GIVEN = "\n".join(each.encoded() for each in PUBLIC.values())


@cache
def signed() -> bytes:
    """A statement about one day that both signed."""
    sides = {}
    for name in (WEST, EAST):
        sides[name] = Scene(name)
        sides[name].reports(12, DAY)
        for direction in ((WEST, EAST), (EAST, WEST)):
            sides[name].close(DAY, direction)
    now, period = at(date(2026, 12, 1), 9), periods.read(DAY.isoformat())
    assert period is not None
    desks = {
        name: Stating(Ours(domain=name, key=KEYS[name]), each.scribe, each.terms, measuring=lambda *_: {})
        for name, each in sides.items()
    }
    with sides[WEST].store.write() as rows:
        data = desks[WEST].make(rows, EAST, period, now=now)
    for name in (EAST, WEST):
        with sides[name].store.write() as rows:
            data = desks[name].sign(rows, data, list(PUBLIC.values()), now=now).data
    return data


def ask(scene: PortalScene, data: bytes, keys: str = GIVEN, language: str = "en") -> httpx.Response:
    return scene.client.post(
        f"/{language}/statements/check",
        data={"keys": keys},
        files={"file": ("2026-11-23.json", data, "application/json")},
    )


@pytest.mark.parametrize(
    ("language", "holds", "fails"),
    [("en", HOLDS, FAILS), ("zh_Hans", "双方网络均签署了此声明", "此文件并非双方网络所签署的内容")],
)
def test_a_verdict_in_the_language_of_the_page(scene: PortalScene, language: str, holds: str, fails: str) -> None:
    """It holds, with who signed and every number; one flipped byte, wherever it lies, is said plainly, and no number is shown."""
    answer = ask(scene, signed(), language=language)
    assert (answer.status_code, holds in answer.text) == (200, True)
    assert "report/networks" in answer.text
    data = signed()
    for place in range(7, len(data), len(data) // 5):
        text = ask(scene, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], language=language).text
        assert (fails in text, holds in text, "report/networks<" in text) == (True, False, False), place


def test_by_whose_keys_is_said(scene: PortalScene) -> None:
    """By keys that are given, or those of whoever published with us, here nobody; with one key of two nothing holds."""
    assert "Checked with the keys that you gave" in ask(scene, signed()).text
    without = ask(scene, signed(), keys="").text
    assert (FAILS in without, "Checked with the keys that stand on our page" in without) == (True, True)
    assert FAILS in ask(scene, signed(), keys=PUBLIC[WEST].encoded()).text
    card = f"comity-card/v1\n{PUBLIC[WEST].encoded()}\n\n{PUBLIC[EAST].encoded()}\nFingerprint: 0001"
    assert HOLDS in ask(scene, signed(), keys=card).text


def test_many_keys_are_all_taken(scene: PortalScene) -> None:
    """A page with many partners, or whoever pastes all the keys he has: the two that count may stand last."""
    others = [note.verifier_of(f"n{n}.example", Ed25519PrivateKey.generate()).encoded() for n in range(20)]
    assert HOLDS in ask(scene, signed(), keys="\n".join([*others, GIVEN])).text


def test_a_number_no_computer_divides(scene: PortalScene) -> None:
    """A file made to break what works shares out gets a verdict, not an error of ours."""
    statement = json.loads(signed())["statement"]
    (row,) = (each for each in statement["directions"][1]["numbers"] if each["key"] == "report")
    row["values"][EAST] = 10**400
    answer = ask(scene, making.write(statement, None))
    assert (answer.status_code, FAILS in answer.text) == (200, True)


def test_what_is_no_statement_and_what_is_missing(scene: PortalScene) -> None:
    """Whatever is sent gets a verdict or a reason beside the field; nothing is kept and nothing breaks."""
    for data in (b"x", b"\x00" * 5000, b"[" * 100_000, b'{"note":null,"statement":{}}\n', b"\r\n--x\r\n"):
        assert FAILS in ask(scene, data).text
    empty, odd = ask(scene, b""), ask(scene, signed(), keys="no key")
    assert (empty.status_code, "Choose the file of the statement first." in empty.text) == (422, True)
    assert (odd.status_code, "No public key stands in this." in odd.text) == (422, True)
    plain = scene.client.post("/en/statements/check", data={"keys": GIVEN})
    assert plain.status_code == 415
    assert ask(scene, b" " * (9 << 20)).status_code == 413


def test_it_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    """As ``comity serve`` joins it: the same verdict; what the process is lost over is refused, with the way to check it."""
    log = list[str]()
    reader = statement_reader(lambda event, /, **_: log.append(event))
    try:
        with a_portal(tmp_path, check=reader) as scene:
            assert HOLDS in ask(scene, signed()).text
            assert FAILS in ask(scene, b"x").text
        assert log == []
    finally:
        reader.close()
    (tmp_path / "late").mkdir()
    with a_portal(tmp_path / "late", check=lambda *_: None) as scene:
        late = ask(scene, signed())
    assert (late.status_code, "comity statement verify" in late.text) == (422, True)


def test_no_more_of_a_file_comes_back_than_the_page_shows() -> None:
    """A million lists in a file, or a hundred thousand faults, kept the whole program waiting while they were taken in."""
    checked = make_check()
    empty = Shown(faults=(Fault(code="form", where="statement"),), more_faults=0)
    assert checked(making.write({"junk": [[]] * 10}, None), []) == empty
    found = checked(signed(), list(PUBLIC.values()))
    assert (found.faults, found.more_faults) == ((), 0)
    assert (found.period, found.differences, found.is_measured) == (DAY.isoformat(), (), False)
    assert 0 < found.values <= len(found.numbers) <= NUMBERS

    statement = json.loads(signed())["statement"]
    channels = statement["evidence"][WEST]["directions"][0]["channels"]
    channels += [{"origin": str(each), "head": "", "closes": []} for each in range(1000)]
    found = checked(making.write(statement, None), list(PUBLIC.values()))
    assert (len(found.faults), found.more_faults >= 1000 - FAULTS) == (FAULTS, True)
    assert (found.numbers, found.differences, found.signers) == ((), (), ())


def test_nobody_has_more_checked_than_a_few(tmp_path: Path) -> None:
    """What costs us work is counted for each household."""
    with a_portal(tmp_path) as scene:
        found = [ask(scene, b"x").status_code for _ in range(12)]
    assert (found[0], found[-1]) == (200, 429)


def test_files_that_come_slowly_fill_no_memory(scene: PortalScene) -> None:
    """Two at once from one household; a third is told to wait, and is taken when one of them has gone."""
    head = (
        f"POST /en/statements/check HTTP/1.1\r\nHost: 127.0.0.1:{scene.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 4000000\r\n\r\n--x\r\n"
    )
    slow = [socket.create_connection(("127.0.0.1", scene.port)) for _ in range(2)]
    for each in slow:
        each.sendall(head.encode())
    _until(lambda: ask(scene, b"x").status_code == 429)
    for each in slow:
        each.close()
    _until(lambda: ask(scene, b"x").status_code == 200)


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)
