"""The walk against what the receiving hosts themselves noted, on real mail where it is at hand."""

from pathlib import Path

import pytest

from comity.formats import authres, received
from comity.formats.ip import is_private
from comity.formats.mime import scan


@pytest.mark.parametrize("folder", ["glitchy-spam-archive", "bounces", "mime-torture"])
def test_the_walk_agrees_with_the_receiving_host(folder: str, real_data: Path) -> None:
    """Where the host on top noted which address it checked, the walk finds that address or none, never another."""
    agreed = 0
    for path in sorted((real_data / folder).rglob("*")):
        if not path.is_file():
            continue
        headers = scan(path.read_bytes()).headers
        noted = authres.parse(headers.first("authentication-results") or "")
        address = authres.client_ip(noted) if noted else None
        source = received.walk(headers.all("received"))
        if address is None or is_private(address) or source is None:
            continue
        assert source.ip == address, path.name
        agreed += 1
    assert agreed > 0


@pytest.mark.parametrize("folder", ["trec06p", "ccert-chinese", "nazario"])
def test_every_real_line_is_answered(folder: str, real_data: Path) -> None:
    """No real line raises; of twenty mails, nineteen have a source."""
    mails = sources = 0
    for path in sorted((real_data / folder).rglob("*"))[::20]:
        values = scan(path.read_bytes()).headers.all("received") if path.is_file() else ()
        if values:
            mails += 1
            sources += received.walk(values) is not None
            assert all(received.parse(value) for value in values)
    if not mails:
        pytest.skip(f"no real mail in {folder}")
    assert sources >= mails * 0.95
