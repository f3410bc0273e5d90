"""opendkim as an oracle: what it signs we believe, what we sign it believes, what is changed neither does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from comity.formats.dkim import Result, public_record, sign, verify

pytestmark = pytest.mark.live
KEY_NAME = "s1._domainkey.west.example"

# One blank after each colon: opendkim makes it one before it signs, which simple form would show.
_HEADER = (
    b"Received: from a.west.example\r\n\tby b.east.example; Tue, 14 Oct 2025 08:00:00 +0000\r\n"
    b"From: West News <news@west.example>\r\nTo: <a@east.example>,\r\n \t<b@east.example>\r\n"
    b"Subject: This   week\t\r\n   in the west \r\nDate: Tue, 14 Oct 2025 08:00:00 +0000\r\n"
    b"MESSAGE-ID: <42@west.example>\r\nCFBL-Address: feedback@west.example; report=arf\r\n"
)
MESSAGES = {
    "text": _HEADER + b"\r\nGood  morning \t\r\n\r\n last line\r\n",
    "empty lines": _HEADER + b"\r\n\r\n\r\ntext\r\n\r\n \r\n\r\n",
    "no body": _HEADER + b"\r\n",
    "only blanks": _HEADER + b"\r\n \t \r\n",
    "utf-8": _HEADER + "\r\n本周  新闻 \t。\r\n".encode(),
    "long": _HEADER + b"\r\n" + b"word " * 20_000 + b"\r\n",
}


@pytest.fixture(scope="module")
def opendkim() -> str:
    program = shutil.which("opendkim") or shutil.which("opendkim", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("opendkim is not installed")
    return program


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest) -> RSAPrivateKey | Ed25519PrivateKey:
    if request.param == "rsa":
        return generate_private_key(public_exponent=65537, key_size=2048)
    return Ed25519PrivateKey.generate()


def _run(program: str, folder: Path, settings: str, message: bytes) -> str:
    (folder / "opendkim.conf").write_text(settings, encoding="ascii")
    (folder / "message.eml").write_bytes(message)
    command = [program, "-x", str(folder / "opendkim.conf"), "-t", str(folder / "message.eml"), "-v", "-v"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("name", MESSAGES)
def test_opendkim_believes_what_we_sign(
    name: str, opendkim: str, key: RSAPrivateKey | Ed25519PrivateKey, tmp_path: Path
) -> None:
    """The same keys, read out of a file: "succeeded" for our signature, not for a changed message."""
    (tmp_path / "keys").write_text(f"{KEY_NAME} {public_record(key)}\n", encoding="ascii")
    settings = f"Mode v\nTestPublicKeys {tmp_path / 'keys'}\n"
    signed = sign(MESSAGES[name], domain="west.example", selector="s1", key=key) + MESSAGES[name]
    assert "succeeded" in _run(opendkim, tmp_path, settings, signed)
    assert "succeeded" not in _run(opendkim, tmp_path, settings, signed.replace(b"This   week", b"That   week"))
    added = b"CFBL-Address: victim@other.example\r\n" + signed
    assert "succeeded" not in _run(opendkim, tmp_path, settings, added)


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"])
@pytest.mark.parametrize("name", MESSAGES)
def test_we_believe_what_opendkim_signs(
    name: str, form: str, opendkim: str, key: RSAPrivateKey | Ed25519PrivateKey, tmp_path: Path
) -> None:
    """In all four forms, and not after a change."""
    if isinstance(key, Ed25519PrivateKey) and form.startswith("simple/"):
        form = form.replace("simple/", "relaxed/")  # opendkim 2.11 does not believe its own in simple form
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"
    settings = (
        f"Mode s\nDomain west.example\nSelector s1\nKeyFile {tmp_path / 'key.pem'}\nSignatureAlgorithm {algorithm}\n"
        f"Canonicalization {form}\nRequireSafeKeys false\nOversignHeaders From\n"
    )
    said = _run(opendkim, tmp_path, settings, MESSAGES[name])
    value = re.search(r"hname='DKIM-Signature' hvalue='([^']+)'", said)
    assert value is not None, said
    field = b"DKIM-Signature: " + value.group(1).encode("ascii").replace(b"\n", b"\r\n") + b"\r\n"
    keys: dict[str, str | bytes | None] = {KEY_NAME: public_record(key)}
    [check] = verify(field + MESSAGES[name], keys)
    assert (check.result, check.reason) == (Result.PASS, None)
    assert verify(field + MESSAGES[name].replace(b"This", b"That"), keys)[0].reason == "signature"
    assert verify(field + MESSAGES[name] + b"more\r\n", keys)[0].reason == "body-hash"
