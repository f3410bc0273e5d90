"""A TLS certificate of our own, for peers that pin it.

Trust:      it is signed by itself: whoever is to trust it gets it by the way by which cards are handed over.
Answers:    ``make(certificate, key, names, now)`` makes both files where there are none.
Limits:     ECDSA P-256, ten years; files that are there stay.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from comity.outlets.secret_file import put

_DAYS = 3650


def make(certificate: Path, key_file: Path, names: Sequence[str], *, now: datetime) -> bool:
    """Make a certificate for these hosts; False where there is one."""
    if certificate.exists():
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    put(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    put(certificate, built.public_bytes(Encoding.PEM))
    certificate.chmod(0o644)
    return True


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
