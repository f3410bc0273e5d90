"""What nobody may look at is sealed before anything else is done with it, and opened by the role alone."""

import json
import os
import pwd
import stat
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from zlib import compress

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from comity.bootstrap.grave.boxes import maker_of
from comity.bootstrap.grave.sealing import Deed, hand_off, release
from comity.cli import main
from comity.model.outcomes import ComityError
from comity.model.sealed import SealedAct, SealedBox, SealedState
from comity.outlets.files.sealed_box import CANNOT_SAY, BoxMaker, HashList, Hook, make_keys, open_box
from comity.services.receive.grave.custody import Custody, sweep
from comity.services.receive.grave.urgent import standing
from comity.services.receive.planning import Ingested
from comity.settings.reader import parse
from comity.store.tables.intake import raw, report_row
from comity.store.tables.learning import training_sample
from comity.store.tables.ledger import leaf
from comity.store.tables.sending import complaint

from .test_own_people import NOON, West

PICTURE = b"\x89PNG known to the hotline" * 40
DAY = timedelta(days=1)
REPORT = (
    "From: fbl@east.example\nTo: fbl@west.example\nSubject: report\nMessage-ID: <r1@east.example>\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nA complaint.\n\n'
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: E/1\nVersion: 1\nSource-IP: 192.0.2.7\n\n"
    "--b\nContent-Type: message/rfc822\n\nFrom: x@shop.example\nSubject: Sale\nMessage-ID: <1@shop.example>\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="c"\n\n--c\nContent-Type: text/plain\n\nbuy\n--c\nContent-Type: image/png\n'
    f"Content-Transfer-Encoding: base64\n\n{b64encode(PICTURE).decode()}\n--c--\n\n--b--\n"
)
MOVED = (
    "Delivered-To: ann@west.example\n"
    "Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
    "\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\nFrom: x@shop.example\nTo: ann@west.example\nSubject: Sale\n"
    'Message-ID: <1@shop.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="c"\n\n--c\n'
    "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + b64encode(PICTURE).decode() + "\n--c--\n"
)


class Sealing(West):
    """A desk with a list of one hash, and the private key of the role elsewhere."""

    def __init__(self, folder: Path) -> None:
        (folder / "known.sha256").write_text(f"# of the hotline\n{sha256(PICTURE).hexdigest()}\n", encoding="utf-8")
        self.private = folder / "safe" / "sealed.key"
        make_keys(folder / "sealed.pub", self.private)
        super().__init__(
            folder,
            **{"sealed.hashes": ["known.sha256"], "sealed.holders": ["li"], "own.networks": ["192.0.2.0/24"]},
        )
        self.store = self.desk.store

    def arrives(self, mailbox: str, text: str) -> Ingested:
        (done,) = self.work_off([self.read(mailbox, text)])
        return done

    def deed(self, number: int = 1, by: str = "li") -> Deed:
        return Deed(sealed_id=number, by=by, why="order 7", at=NOON + DAY)

    def acts(self, number: int = 1) -> list[tuple[str, str]]:
        with self.store.read() as records:
            return [(each.by, each.act.value) for each in records.sealed.log_of(number)]


@pytest.fixture
def desk(tmp_path: Path) -> Sealing:
    return Sealing(tmp_path)


@pytest.mark.parametrize(("mailbox", "text"), [("fbl@west.example", REPORT), ("junk@west.example", MOVED)])
def test_it_is_nowhere_but_in_the_box(desk: Sealing, mailbox: str, text: str) -> None:
    """No bytes in the store, no report, no complaint, no leaf, no lesson; the role is told by number alone."""
    done = desk.arrives(mailbox, text)
    assert (done.fate, done.reason, done.cases) == ("sealed", "list", ())
    with desk.store.read() as records:
        for table in (raw, report_row, complaint, leaf, training_sample):
            assert records.connection.execute(select(table)).all() == []
        (told,) = standing(records.urgent)
        (found,) = records.sealed.all()
    assert (told.kind.value, told.about) == ("sealed", "1")
    assert found.box is not None
    assert PICTURE[:20] not in found.box.data
    desk.store.close()
    held = b"".join(path.read_bytes() for path in desk.settings.file.parent.glob("comity.db*"))  # type: ignore[union-attr]
    assert b64encode(PICTURE)[:60] not in held
    assert b"shop.example" not in held


def test_delivered_twice_it_is_one(desk: Sealing) -> None:
    """The same bytes again are the same one."""
    assert [desk.arrives("fbl@west.example", REPORT).fate.value for _ in range(2)] == ["sealed", "again"]


def test_what_is_not_known_goes_its_way(desk: Sealing) -> None:
    """Another picture seals nothing."""
    other = REPORT.replace(b64encode(PICTURE).decode(), b64encode(b"a cat").decode())
    assert desk.arrives("fbl@west.example", other).fate == "case"


def test_the_role_hands_it_off_with_its_papers(desk: Sealing, tmp_path: Path) -> None:
    """The mail to the byte, papers beside it, for one pair of eyes; each step in the log before anything is seen."""
    desk.arrives("fbl@west.example", REPORT)
    out = tmp_path / "out"
    mail, papers = hand_off(
        desk.settings, desk.store, desk.deed(), private=desk.private, to="police", reference="2026/118", out=out
    )
    assert mail.read_bytes() == REPORT.encode()
    assert {stat.S_IMODE(each.stat().st_mode) for each in (mail, papers)} == {0o600}
    told = json.loads(papers.read_text(encoding="utf-8"))
    assert told["sha256"] == sha256(REPORT.encode()).hexdigest()
    assert told["matched_sha256"] == [sha256(PICTURE).hexdigest()]
    assert [each["act"] for each in told["log"]] == ["sealed", "opened"]
    assert desk.acts() == [("comity", "sealed"), ("li", "opened"), ("li", "handed-off")]


def test_nobody_else_is_let_in_and_that_is_written_down(desk: Sealing, tmp_path: Path) -> None:
    """Without the role nothing is opened, though the key be there; without the key neither."""
    desk.arrives("fbl@west.example", REPORT)
    order = {"to": "me", "reference": None, "out": tmp_path / "out"}
    with pytest.raises(ComityError) as caught:
        hand_off(desk.settings, desk.store, desk.deed(by="eve"), private=desk.private, **order)  # type: ignore[arg-type]
    assert caught.value.code == "sealed-role"
    make_keys(tmp_path / "other.pub", tmp_path / "other.key")
    with pytest.raises(ComityError) as caught:
        hand_off(desk.settings, desk.store, desk.deed(), private=tmp_path / "other.key", **order)  # type: ignore[arg-type]
    assert caught.value.code == "sealed-key-other"
    assert not (tmp_path / "out").exists()
    assert desk.acts()[1:] == [("eve", "refused"), ("li", "opened"), ("li", "failed")]


def test_what_is_released_is_worked_off(desk: Sealing) -> None:
    """A report that was sealed by mistake becomes a case; a complaint would become one, too."""
    desk.arrives("fbl@west.example", REPORT)
    assert release(desk.settings, desk.store, desk.deed(), private=desk.private) == "case"
    with desk.store.read() as records:
        (found,) = records.sealed.all()
        assert len(records.connection.execute(select(report_row)).all()) == 1
    assert (found.state, found.box) == (SealedState.RELEASED, None)


def test_a_hold_keeps_it(desk: Sealing) -> None:
    """Neither a person nor the clock destroys what is on hold, or what nobody handed off."""
    desk.arrives("fbl@west.example", REPORT)
    late = NOON + 400 * DAY
    with desk.store.write() as records:
        custody = Custody(records.sealed, by="li", why="order", holders=("li",), now=NOON)
        with pytest.raises(ComityError) as caught:
            custody.destroy(1)
        assert caught.value.code == "sealed-not-handed-off"
        custody.hold(1, NOON + 500 * DAY)
        custody.handed_off(1, to="police", reference=None)
        with pytest.raises(ComityError) as caught:
            custody.destroy(1)
        assert caught.value.code == "sealed-on-hold"
        assert sweep(records.sealed, late) == 0
        assert sweep(records.sealed, late + 200 * DAY) == 1
        assert records.sealed.log_of(1)[-1].act is SealedAct.DESTROYED


def test_a_person_seals_a_complaint_and_its_bytes_are_gone(desk: Sealing) -> None:
    """What somebody saw and should not have seen is shown to nobody again."""
    text = MOVED.replace(b64encode(PICTURE).decode(), b64encode(b"unknown").decode())
    done = desk.arrives("junk@west.example", text)
    assert done.fate == "complaint"
    maker = maker_of(desk.settings)
    with desk.store.write() as records:
        raws = records.sealed.raw_of_complaint(done.complaints[0])
        custody = Custody(records.sealed, by="zhang", why="seen", holders=("li",), now=NOON)
        forgotten: list[int] = []
        (number,) = custody.seal(raws, partial(maker.close, sort="person"), keep=DAY, forget=forgotten.extend)
        assert records.intake.bytes_of(raws[0]) is None
        box = records.sealed.by_id(number)
        assert box is not None
        assert box.box is not None
        assert open_box(box.box, box.digest, box.size, private=desk.private) == text.encode()


def test_a_command_that_cannot_say_puts_the_mail_aside(tmp_path: Path) -> None:
    """Known, unknown, neither: a program of the operator's that fails shows nothing to anybody."""
    make_keys(tmp_path / "sealed.pub", tmp_path / "sealed.key")
    program = tmp_path / "asks.py"
    program.write_text(
        "import sys\nsaid = sys.stdin.buffer.read()\nsys.exit(0 if b'known' in said else 3 if b'odd' in said else 1)\n",
        encoding="utf-8",
    )
    hook = Hook(
        maker=BoxMaker.read(tmp_path / "sealed.pub"),
        known=HashList.read([]),
        command=(sys.executable, str(program)),
    )
    box = hook(REPORT.encode())
    assert box is not None
    assert not isinstance(box, str)
    assert box.sort == "command"
    for content, wanted in ((b"odd", CANNOT_SAY), (b"a cat", None)):
        text = REPORT.replace(b64encode(PICTURE).decode(), b64encode(content).decode())
        assert hook(text.encode()) == wanted


def test_a_list_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    """A slip in the list is said with file and line; a header and remarks are none."""
    path = tmp_path / "known.csv"
    path.write_text(f"sha256,kind\n{'ab' * 32},x\nnot a hash\n", encoding="utf-8")
    with pytest.raises(ComityError) as caught:
        HashList.read([path])
    assert caught.value.place == f"{path}:3"
    path.write_text("".join(f"{number:064x}\n" for number in range(1000)), encoding="utf-8")
    many = HashList.read([path])
    assert len(many) == 1000
    assert (999).to_bytes(32, "big") in many
    assert (1000).to_bytes(32, "big") not in many


def test_sealing_without_a_role_is_a_mistake(tmp_path: Path) -> None:
    """Somebody must be able to decide on what is sealed."""
    with pytest.raises(ComityError) as caught:
        parse('[sealed]\nhashes = ["known"]\n', tmp_path / "comity.toml")
    assert caught.value.code == "sealed-holders"


def test_a_box_holds_what_was_sealed_or_it_is_not_opened(tmp_path: Path) -> None:
    """Whoever writes the database knows the public key: swapped, shortened, made up, a bomb, no packing at all - none is opened."""
    make_keys(tmp_path / "sealed.pub", tmp_path / "sealed.key")
    maker = BoxMaker.read(tmp_path / "sealed.pub")
    mail, other = b"the mail" * 9, b"another mail"
    digest = sha256(mail).hexdigest()
    box = maker.close(mail, sort="list")
    assert open_box(box, digest, len(mail), private=tmp_path / "sealed.key") == mail

    def made_up(packed: bytes) -> SealedBox:
        once = X25519PrivateKey.generate()
        ours = once.public_key().public_bytes_raw()
        shared = once.exchange(X25519PublicKey.from_public_bytes(maker.public))
        key = HKDF(SHA256(), 32, None, b"comity sealed 1" + ours + maker.public).derive(shared)
        return replace(box, data=ours + ChaCha20Poly1305(key).encrypt(bytes(12), packed, bytes.fromhex(digest)))

    assert open_box(made_up(compress(mail)), digest, len(mail), private=tmp_path / "sealed.key") == mail
    for wrong, size in (
        (maker.close(other, sort="list"), len(mail)),
        (replace(box, data=box.data[:-1]), len(mail)),
        (replace(box, data=b""), len(mail)),
        (box, 5),
        (made_up(compress(other)), len(other)),
        (made_up(b"no packing"), len(mail)),
        (made_up(compress(bytes(50_000_000))), 0),
    ):
        with pytest.raises(ComityError) as caught:
            open_box(wrong, digest, size, private=tmp_path / "sealed.key")
        assert caught.value.code == "sealed-key-other"


def test_the_log_names_the_account_beside_the_role(desk: Sealing, tmp_path: Path) -> None:
    """A role is a claim: whoever makes it is named by the system, also where it is refused."""
    desk.arrives("fbl@west.example", REPORT)
    order = {"to": "me", "reference": None, "out": tmp_path / "out"}
    with pytest.raises(ComityError):
        hand_off(
            desk.settings,
            desk.store,
            replace(desk.deed(by="eve"), account="pat"),
            private=desk.private,
            **order,  # type: ignore[arg-type]
        )
    hand_off(desk.settings, desk.store, replace(desk.deed(), account="pat"), private=desk.private, **order)  # type: ignore[arg-type]
    assert [each[0] for each in desk.acts()[1:]] == ["eve (pat)", "li (pat)", "li (pat)"]
    assert json.loads((tmp_path / "out" / "sealed-1.json").read_text(encoding="utf-8"))["account"] == "pat"


def test_the_command_asks_the_system_who_it_is(
    desk: Sealing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable of the environment makes nobody somebody else."""
    desk.arrives("fbl@west.example", REPORT)
    monkeypatch.setenv("LOGNAME", "li")
    try:
        own = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account of a container may have no name
        own = f"uid {os.getuid()}"
    command = ["--config", str(desk.settings.file), "sealed", "log", "1", "--by", "zhou", "--why", "looked", "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["log"][-1]["by"] == f"zhou ({own})"
