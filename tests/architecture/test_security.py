"""The page on security is true: each test that it names is there, and nothing reaches out but what it lists."""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Module

# Who opens a connection, and whose settings or command say where to: nothing that stands in a mail does.
REACHES_OUT = {
    "bootstrap/checking/__init__.py": "comity doctor: our own places",
    "bootstrap/checking/ways.py": "comity doctor: our own places, the mail host",
    "bootstrap/checking/web.py": "comity doctor: our own places",
    "bootstrap/gates/delivery.py": "joins the resolvers of the settings; asks nothing itself",
    "cli/capacity/lmtp_host.py": "comity bench ingest: the program itself, on loopback",
    "cli/capacity/milter_host.py": "comity capacity: its own gate, on loopback",
    "cli/demo/helping.py": "comity demo: its own help site, on loopback",
    "cli/demo/listing.py": "comity demo: asks the name server that it started, on loopback",
    "cli/demo/mail_host.py": "comity demo: its own mail host, on loopback",
    "cli/desk/bench_web.py": "comity bench web: its own desk, on loopback",
    "gates/listening.py": "listens; reaches nobody",
    "gates/proxy/next_server.py": "delivery.next",
    "gates/renewing.py": "reads certificates; reaches nobody",
    "gates/web.py": "listens; reaches nobody",
    **dict.fromkeys(
        [f"outlets/bus/{each}.py" for each in ("kafka", "nats", "rabbit", "redis", "security")],
        "watch.bus, and webhooks of the playbook that are on a bus; certificates are checked",
    ),
    "outlets/delivery/dns_answers.py": "delivery.resolvers, else those of the system: keys and policies by name",
    "outlets/dns_keys.py": "the resolvers of the system: keys by name",
    "outlets/fanning/cluster.py": "comity judge --dask: the operator's own workers, by TLS where they are elsewhere",
    "outlets/imap/client.py": "watch.imap",
    "outlets/imap/place.py": "watch.imap",
    "outlets/imap/wire.py": "watch.imap",
    "outlets/mail_out.py": "sending.host: our own mail host, which finds out whither a mail goes",
    "outlets/mailboxes/imap_server.py": "comity triage imaps://: the operator's own mailbox",
    "outlets/peers/client.py": "exchange.peers, with the certificate that is pinned there",
    "outlets/programs/identity.py": "pages.oidc, and what it publishes of itself over TLS; no redirect is followed",
    "outlets/programs/mail_session.py": "what mail_out.py names: our own mail host",
    "outlets/programs/service_manager.py": "the socket that systemd names",
    "outlets/programs/posting.py": "webhooks of the playbook and the lease program, each by its address in the settings",
    "outlets/programs/within.py": "what those who use it name: peers, webhooks, the lease program, another house",
    "store/replica.py": "store.replica; it only hangs up lines on which nothing comes any more",
    "services/operate/bench_complain.py": "comity bench complain: its own mail host, on loopback",
}
_REACHING = {"socket", "ssl", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "httpx", "aiohttp", "requests"}
_REACHING |= {"aio_pika", "aiokafka", "aiormq", "distributed", "faststream", "nats", "redis"}
_REACHING |= {"urllib.request", "http.client", "xmlrpc", "dns", "dns.resolver", "dns.asyncresolver", "dns.query"}
_QUIET = {"gethostname", "AF_INET", "AF_INET6", "inet_pton", "inet_ntop"}  # names of a module that opens, which do not
_OPENERS = {"open_connection", "open_unix_connection", "create_connection"}


def _reaches(module: "Module") -> bool:
    for node in module.nodes:
        if isinstance(node, ast.Import) and any(each.name in _REACHING for each in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (
            (node.module in _REACHING and {each.name for each in node.names} - _QUIET)
            or {f"{node.module}.{each.name}" for each in node.names} & _REACHING
        ):
            return True
        if isinstance(node, ast.Attribute) and node.attr in _OPENERS:
            return True
    return False


def test_nothing_reaches_out_but_what_settings_name(modules: "list[Module]") -> None:
    """A mail cannot make us fetch: whoever opens connections is listed here, with whoever says whither."""
    assert {module.name for module in modules if _reaches(module)} == set(REACHES_OUT)


def _named(root: Path) -> list[tuple[str, str]]:
    text = (root / "docs/security.md").read_text(encoding="utf-8")
    return re.findall(r"`([a-z_/]+\.py)::(test_[a-z0-9_]+)`", text)


def test_every_test_that_the_page_names_is_there(root: Path) -> None:
    """Whoever reads a row can run what shows it."""
    named = _named(root)
    assert len(set(named)) > 60
    gone = [(file, name) for file, name in named if not (root / "tests" / file).is_file()]
    assert gone == []
    gone = [(file, name) for file, name in named if f"def {name}(" not in (root / "tests" / file).read_text("utf-8")]
    assert gone == []


@pytest.mark.parametrize("page", ["docs/security.md"])
def test_every_gate_and_every_flaw_has_a_test(root: Path, page: str) -> None:
    """No row of the two tables is without a test."""
    text = (root / page).read_text(encoding="utf-8")
    rows = 0
    for title in ("## Gate by gate", "## The flaws of others, replayed"):
        part = text.partition(title)[2].partition("\n## ")[0]
        table = [line for line in part.splitlines() if line.startswith("| ")][
            1:
        ]  # the line of dashes begins without a blank
        assert len(table) >= 12
        assert [line for line in table if "::test_" not in line] == []
        rows += len(table)
    assert rows >= 40


def test_every_input_of_the_list_is_built(root: Path) -> None:
    """An input that the page names stands among those that are read."""
    text = (root / "docs/security.md").read_text(encoding="utf-8")
    known = (root / "tests/formats/hostile_inputs.py").read_text(encoding="utf-8")
    part = text.partition("## The flaws of others, replayed")[2].partition("\n## ")[0]
    named = set(re.findall(r"\*([a-z0-9A-Z-]+)\*", part))
    assert len(named) > 30
    assert [each for each in sorted(named) if f'"{each}"' not in known] == []
