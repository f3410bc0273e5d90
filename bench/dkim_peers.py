"""Measure DKIM beside dkimpy, on the same messages in the same run: verified and signed messages a CPU-second.

usage: python bench/dkim_peers.py [--count 300] [--size 12000]

Keys are made on the spot; dkimpy gets its key record from memory, so that neither waits for the DNS. See bench/README.md.
"""

import argparse
import base64
import importlib.metadata
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from comity.formats import dkim
from comity.services.operate.sample_reports import make

DOMAIN, SELECTOR = "west.example", "k1"
NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
TURNS = 3


def rate(work: Callable[[bytes], object], messages: list[bytes], expected: object) -> float:
    """Messages a CPU-second, best of three turns; every answer is looked at."""
    best = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        answers = [work(message) for message in messages]
        best = min(best, time.process_time() - began)
        assert expected is None or all(answer == expected for answer in answers)
    return len(messages) / best


def rows(key: Any, kind: str, messages: list[bytes]) -> list[tuple[str, float, float | None]]:
    """Verifying and signing with one key: what, ours, dkimpy's (None where it is not installed)."""
    record = dkim.public_record(key)

    def sign(message: bytes) -> bytes:
        return dkim.sign(message, domain=DOMAIN, selector=SELECTOR, key=key)

    def verify(message: bytes) -> str:
        return dkim.verify(message, {NAME: record})[0].result.value

    signed = [sign(message) + message for message in messages]
    ours = rate(verify, signed, "pass"), rate(sign, messages, None)
    theirs = peer(key, record, (messages, signed))
    return [(f"verify, {kind}", ours[0], theirs[0]), (f"sign, {kind}", ours[1], theirs[1])]


def peer(key: Any, record: str, given: tuple[list[bytes], list[bytes]]) -> tuple[float | None, float | None]:
    """The same with dkimpy; it comes with the group "dev" of pyproject.toml."""
    try:
        import dkim as dkimpy
    except ImportError:
        return None, None
    if isinstance(key, Ed25519PrivateKey):
        private = base64.b64encode(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
        algorithm = b"ed25519-sha256"
    else:
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        algorithm = b"rsa-sha256"
    headers = [b"from", b"to", b"subject", b"date", b"message-id", b"content-type"]

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return record.encode()

    def sign(message: bytes) -> bytes:
        signature: bytes = dkimpy.sign(
            message, SELECTOR.encode(), DOMAIN.encode(), private,
            canonicalize=(b"relaxed", b"relaxed"), include_headers=headers, signature_algorithm=algorithm,
        )  # fmt: skip
        return signature

    def verify(message: bytes) -> bool:
        return bool(dkimpy.verify(message, dnsfunc=look_up))

    messages, signed = given
    return rate(verify, signed, True), rate(sign, messages, None)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="messages (default 300)")
    parser.add_argument("--size", type=int, default=12_000, help="bytes of each (default 12000)")
    options = parser.parse_args()
    rng = Random(2026)
    messages = [make(rng, "crlf", options.size)[0] for _ in range(options.count)]
    try:
        version = importlib.metadata.version("dkimpy")
    except importlib.metadata.PackageNotFoundError:
        version = "not installed: left out"
    print(f"{options.count} messages of {len(messages[0]):,} bytes, Python {sys.version.split()[0]}\n")
    print(f"| | comity | dkimpy {version} | ratio |\n|---|---:|---:|---:|")
    measured = rows(generate_private_key(65537, 2048), "RSA-2048", messages) + rows(
        Ed25519PrivateKey.generate(), "Ed25519", messages
    )
    for what, ours, theirs in measured:
        shown = f"{theirs:,.0f}/s | {ours / theirs:.0f} x" if theirs else "- | -"
        print(f"| {what} | {ours:,.0f}/s | {shown} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
