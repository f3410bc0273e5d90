"""Logging in at the mail host: only over TLS to who it says it is, and never at the price of a mail."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

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
