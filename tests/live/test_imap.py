"""Triage of an IMAP folder on a real Dovecot: every mail is seen, and the server cannot tell that anybody looked."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.cli import main
from comity.model.outcomes import ComityError
from comity.outlets.mailboxes import Condition, Item, Opening, open_source

from ..mail_host import free_port

if TYPE_CHECKING:
    from conftest import Dovecot

pytestmark = pytest.mark.live


def _state(dovecot: "Dovecot") -> dict[str, object]:
    """All that one could see of a visit: flags and names of every file, and what the server says of the folder."""
    connection = dovecot.log_in()
    connection.select("INBOX", readonly=True)
    flags = connection.fetch("1:*", "(UID FLAGS)")[1]
    counts = connection.status("INBOX", "(MESSAGES RECENT UNSEEN UIDNEXT)")[1]
    connection.logout()
    files = {str(path.relative_to(dovecot.mail)) for part in ("cur", "new") for path in dovecot.mail.rglob(f"{part}/*")}
    return {"flags": flags, "counts": counts, "files": files}


def _items(dovecot: "Dovecot", spec: str, **opening: object) -> list[Item]:
    return list(open_source(spec, Opening(password=lambda _: dovecot.secret, **opening)))  # type: ignore[arg-type]


def test_every_mail_is_seen_and_nothing_is_changed(dovecot: "Dovecot") -> None:
    """No flag, no \\Seen, no \\Recent, no file name differs after two full readings."""
    connection = dovecot.log_in()
    connection.select("INBOX")  # the first visit of anybody takes \\Recent away; have it behind us
    connection.logout()
    before = _state(dovecot)
    for _ in range(2):
        items = _items(dovecot, dovecot.spec())
        assert [item.data for item in items] == [f"Subject: mail {n}\r\n\r\ntext {n}\r\n".encode() for n in (1, 2, 3)]
        assert [item.condition for item in items] == [Condition.WHOLE] * 3
    assert _state(dovecot) == before


def test_over_tls_with_a_certificate_that_holds(dovecot: "Dovecot", monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted certificate is needed; an account with @ and a password with every kind of sign pass."""
    with pytest.raises(ComityError) as caught:
        _items(dovecot, dovecot.spec(tls=True))
    assert caught.value.code == "imap-lost"
    assert "certificate" in str(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    assert len(_items(dovecot, dovecot.spec(tls=True))) == 3


def test_known_and_older_mails_are_not_fetched(dovecot: "Dovecot") -> None:
    """A second run, and ``--since``, cost no transfer; every mail still comes as an item."""
    positions = [item.position for item in _items(dovecot, dovecot.spec())]
    items = _items(dovecot, dovecot.spec(), known={positions[0]}, since=datetime(2026, 3, 2, tzinfo=UTC))
    assert [item.condition for item in items] == [Condition.OLDER, Condition.WHOLE, Condition.WHOLE]
    items = _items(dovecot, dovecot.spec(), known=set(positions[:2]))
    assert [item.condition for item in items] == [Condition.KNOWN, Condition.KNOWN, Condition.WHOLE]
    assert items[0].data == b""


def test_a_folder_with_a_chinese_name_and_a_mail_over_the_cap(dovecot: "Dovecot") -> None:
    """The name is given as people write it; of a mail that is too large only the beginning is fetched."""
    (item,) = _items(dovecot, dovecot.spec("垃圾邮件"), cap=100_000)
    assert (item.condition, item.size > 200_000, len(item.data)) == (Condition.TOO_LARGE, True, 65_536)
    (item,) = _items(dovecot, dovecot.spec("%E5%9E%83%E5%9C%BE%E9%82%AE%E4%BB%B6"))
    assert item.condition is Condition.WHOLE


@pytest.mark.parametrize(
    ("change", "code"), [("folder", "imap-folder"), ("password", "imap-refused"), ("port", "imap-lost")]
)
def test_what_goes_wrong_is_said(dovecot: "Dovecot", change: str, code: str) -> None:
    """A wrong folder, a wrong password, no server: each by its name."""
    spec = dovecot.spec("Nowhere") if change == "folder" else dovecot.spec()
    if change == "port":
        spec = spec.replace(str(dovecot.port), str(free_port()))
    with pytest.raises(ComityError) as caught:
        list(open_source(spec, Opening(password=lambda _: "wrong" if change == "password" else dovecot.secret)))
    assert caught.value.code == code


def test_the_command_from_end_to_end(
    dovecot: "Dovecot", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``comity triage imap://…`` with the password from the environment, twice, the second time from its state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMITY_IMAP_PASSWORD", dovecot.secret)
    (tmp_path / "own.txt").write_text("192.0.2.0/24\n")
    before = _state(dovecot)
    for _ in range(2):
        assert main(["triage", dovecot.spec(), "--own", "own.txt", "--state", "state", "--json"]) == 0
        summary = json.loads(capsys.readouterr().out.splitlines()[0])
        assert summary["items"] == 3
        assert summary["where"]["unreadable"] == 0
    assert dovecot.secret not in (tmp_path / "state").read_text()
    assert _state(dovecot) == before
