"""A certificate is renewed while we serve: the next conversation gets it, and a wrong one changes nothing."""

import shutil
import ssl
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from comity.gates.web import WebPlace
from comity.model.listener import Listener
from comity.outlets.peers.certificate import make

from .on_loopback import on_loopback, waited


def test_a_renewed_certificate_is_taken(tmp_path: Path) -> None:
    """The old one serves while a file is missing or the key does not fit; the new one serves when both are there."""
    files = tmp_path / "site.pem", tmp_path / "site.key"
    new = tmp_path / "new.pem", tmp_path / "new.key"
    for each in (files, new):
        make(*each, ["127.0.0.1"], now=datetime.now(UTC))
    old_one, new_one = files[0].read_text(), new[0].read_text()
    events: list[str] = []
    place = WebPlace(
        name="site", app=Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))]), listener=Listener(port=0),
        certificate=files[0], key=files[1], log=lambda event, /, **_: events.append(event), look_seconds=0.01,
    )  # fmt: skip
    with on_loopback(place) as port:

        def shown() -> str:
            return ssl.get_server_certificate(("127.0.0.1", port), timeout=60)

        assert shown() == old_one
        shutil.copy(new[0], files[0])  # its key comes a moment later
        waited(lambda: events)
        assert set(events) == {"certificate-refused"}
        assert shown() == old_one
        files[1].unlink()
        waited(lambda: len(events) >= 2)
        assert shown() == old_one
        new[1].rename(files[1])
        waited(lambda: "certificate-taken" in events)
        assert shown() == new_one
    assert events.count("certificate-taken") == 1
