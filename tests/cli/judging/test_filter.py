"""``comity judge --filter``: a mail goes in, the mail comes out."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.outlets.model_file import write_model
from comity.services.judge.filtering import Filter

MAIL = b"X-Spam-Flag: YES\r\nSubject: prize\r\n\r\nclaim your prize\r\n\xff\xfe\r\n"


def _filtered(mail: bytes, *options: str) -> tuple[int, bytes]:
    command = [sys.executable, "-m", "comity", *options, "judge", "--filter"]
    done = subprocess.run(command, input=mail, capture_output=True, timeout=300, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def config(tmp_path: Path) -> Path:
    taught = Filter.new()
    for number in range(40):
        taught.learn(f"Subject: prize {number}\n\nclaim your prize {number}\n".encode(), True)
        taught.learn(f"Subject: minutes {number}\n\nDear Ann, the minutes, {number}\n".encode(), False)
    write_model(tmp_path / "judge.model", taught.model())
    (tmp_path / "comity.toml").write_text("")
    return tmp_path / "comity.toml"


def test_a_mail_comes_out_with_our_fields(config: Path) -> None:
    """On top, in its line ends, and instead of those that it brought along; all else byte for byte."""
    status, out = _filtered(MAIL, "--config", str(config))
    assert status == 0
    assert out.startswith(b"X-Spam-Flag: YES\r\nX-Spam-Score: ")
    assert out.endswith(MAIL.partition(b"\r\n")[2])
    assert out.count(b"X-Spam-Flag") == 1
    assert b"\nX-Comity-Verdict: spam;" in out


@pytest.mark.parametrize(
    "mail",
    [b"", b"no header at all", b"\n", b"From x Mon Jan  1 00:00:00 2026\nSubject: a\n\nb", bytes(range(256)) * 40],
)
def test_whatever_comes_in_comes_out(config: Path, mail: bytes) -> None:
    """Nothing of it is lost, and the status says that all is well."""
    status, out = _filtered(mail, "--config", str(config))
    assert status == 0
    assert out.endswith(mail.partition(b"\n")[2] if mail.startswith(b"From ") else mail)


@pytest.mark.parametrize("fault", ["no settings", "wrong settings"])
def test_a_mail_goes_on_unjudged_when_we_cannot(config: Path, fault: str) -> None:
    """Settings that cannot be used cost the verdict, not the mail."""
    if fault == "no settings":
        config.unlink()
    else:
        config.write_text("[judging]\npromise = 'x'\n")
    status, out = _filtered(MAIL, "--config", str(config))
    assert status == 0
    assert b"\nX-Comity-Verdict: unjudged\r\n" in out
    assert out.endswith(MAIL.partition(b"\r\n")[2])


def test_the_model_before_judges_where_the_one_in_use_is_damaged(config: Path) -> None:
    """The same verdict as before the damage; without one before, the starter's."""
    whole = _filtered(MAIL, "--config", str(config))
    model = config.parent / "judge.model"
    model.replace(model.with_name("judge.model.previous"))
    model.write_bytes(b"no model")
    assert _filtered(MAIL, "--config", str(config)) == whole
    model.with_name("judge.model.previous").unlink()
    status, out = _filtered(MAIL, "--config", str(config))
    assert status == 0
    assert b"\nX-Comity-Verdict: unjudged\r\n" not in out
