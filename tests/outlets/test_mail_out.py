"""Logging in at the mail host: only over TLS to who it says it is, and never at the price of a mail."""

import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.mail_out import HostTerms, Login, MailHost
from comity.services.complain.sending import Answer
from comity.services.complain.sending import Envelope as Mail

from ..mail_host import mail_host

SECRET = "pass word\\密"
MAIL = Mail(envelope_from="bounces+1@west.example", to="fbl@east.example", data=b"Subject: x\r\n\r\nx\r\n")


class Host:
    """A mail host that takes mail of whoever has logged in."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.mechanisms: list[str] = []

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        self.mechanisms.append(mechanism)
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (b"comity", SECRET.encode()), handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 ok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture
def host(certificate: Path) -> Iterator[tuple[Host, int]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    handler = Host()
    with mail_host(
        handler,
        tls_context=context,
        require_starttls=False,
        auth_required=True,
        authenticator=handler.authenticate,
    ) as port:
        yield handler, port


def terms(port: int, password: str = SECRET, *, tls: str = "always", name: str = "localhost") -> HostTerms:
    return HostTerms(
        host=name, port=port, tls=tls, timeout=60, login=Login(account="comity", password=lambda: password)
    )


def test_it_logs_in(host: tuple[Host, int], certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that holds the password goes over TLS, whatever signs it has, once for many mails."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    out = MailHost(terms(host[1]))
    assert [out.send(MAIL).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
    out.close()
    assert host[0].mechanisms == ["PLAIN"]
    assert len(host[0].taken) == 2


def test_it_logs_in_with_login_where_there_is_no_plain(
    host: tuple[Host, int], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some hosts know the older way alone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(SMTP, "auth_PLAIN", None)
    monkeypatch.delattr(SMTP, "auth_PLAIN")
    out = MailHost(terms(host[1]))
    assert out.send(MAIL).answer is Answer.ACCEPTED
    out.close()
    assert host[0].mechanisms == ["LOGIN"]


def test_a_refused_login_keeps_the_mail(
    host: tuple[Host, int], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password is no fault of the mail: it waits, and what the host said is known; the password is not in it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reply = MailHost(terms(host[1], "wrong one")).send(MAIL)
    assert reply.answer is Answer.UNREACHABLE
    assert reply.text.startswith("535")
    assert "wrong one" not in reply.text
    assert host[0].taken == []


@pytest.mark.parametrize(
    ("tls", "name"), [("always", "localhost"), ("never", "127.0.0.1"), ("when-offered", "127.0.0.1")]
)
def test_no_password_goes_to_a_stranger(host: tuple[Host, int], tls: str, name: str) -> None:
    """Without TLS, or with a certificate that nobody vouches for, nobody hears a password."""
    reply = MailHost(terms(host[1], tls=tls, name=name)).send(MAIL)
    assert reply.answer is Answer.UNREACHABLE
    assert host[0].mechanisms == []


def _make(file: Path, begins: datetime, ends: datetime) -> None:
    """A certificate of localhost for this time, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file.stem)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.with_suffix(".key").write_bytes(plain)


def test_mail_waits_while_the_certificate_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a host that is known by it: nothing is handed over, no password is said, and the mail leaves when it was renewed."""
    ended, renewed = tmp_path / "ended.pem", tmp_path / "renewed.pem"
    now = datetime.now(UTC)
    _make(ended, now - timedelta(days=90), now - timedelta(days=1))
    _make(renewed, now - timedelta(days=1), now + timedelta(days=89))
    (tmp_path / "trusted.pem").write_bytes(ended.read_bytes() + renewed.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    context, handler = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), Host()
    context.load_cert_chain(ended, ended.with_suffix(".key"))
    with mail_host(
        handler, tls_context=context, require_starttls=True, auth_required=True, authenticator=handler.authenticate
    ) as port:
        out = MailHost(terms(port))
        reply = out.send(MAIL)
        assert (reply.answer, handler.mechanisms, handler.taken) == (Answer.UNREACHABLE, [], [])
        assert "expired" in reply.text
        context.load_cert_chain(renewed, renewed.with_suffix(".key"))
        assert out.send(MAIL).answer is Answer.ACCEPTED
        out.close()
    assert len(handler.taken) == 1


def test_a_password_that_cannot_be_read_keeps_the_mail(
    host: tuple[Host, int], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password file that is missing or open to others stops sending, not the program; the mail waits."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def missing() -> str:
        raise ComityError("password-file", "cannot be read", outcome=Outcome.CONFIGURATION, place="mail-host.password")

    login = Login(account="comity", password=missing)
    reply = MailHost(HostTerms(host="localhost", port=host[1], tls="always", login=login)).send(MAIL)
    assert reply.answer is Answer.UNREACHABLE
    assert "mail-host.password" in reply.text
