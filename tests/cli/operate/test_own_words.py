"""Keys of traces and mail logs that are made, and changed, while the program runs."""

from datetime import UTC, datetime
from pathlib import Path

from comity.bootstrap.first_run import first_run
from comity.bootstrap.sources.tracing import import_mail_logs, own_words, tracer
from comity.formats import trace
from comity.outlets.private_key import KeySort
from comity.settings import read_settings


def test_the_first_trace_is_opened_without_a_restart(tmp_path: Path) -> None:
    """The running program knows a key that came after it; one put on top counts, too, and one that is spoilt takes none away."""
    first_run(tmp_path, {"identity.domain": "west.example"}, KeySort.ED25519)
    settings = read_settings(tmp_path / "comity.toml")
    words = own_words(settings)
    assert (words().traces, words().mail_logs) == (None, None)

    value = tracer(settings)("line-7")
    assert value is not None
    keys = words().traces
    assert keys is not None
    assert (found := trace.read(value, keys)) is not None
    assert found.subject == "line-7"

    file = tmp_path / "trace.keys"
    file.write_text(f"second {'5a' * 32}\n{file.read_text('ascii')}", encoding="ascii")
    keys = words().traces
    assert keys is not None
    assert list(keys.secrets) == ["second", "1"]
    file.write_text("no key at all\n", encoding="ascii")
    assert words().traces == keys


def test_the_first_log_is_believed_without_a_restart(tmp_path: Path) -> None:
    """What comity maillog import takes in for the first time names the login behind the next report."""
    first_run(tmp_path, {"identity.domain": "west.example"}, KeySort.ED25519)
    settings = read_settings(tmp_path / "comity.toml")
    words = own_words(settings)
    log = tmp_path / "mail.log"
    log.write_text(
        f"{datetime.now(UTC).isoformat()} mx postfix/smtpd[7]: 4dABC1: client=h[192.0.2.9], sasl_username=ann\n"
    )
    import_mail_logs(settings, [log], UTC, told=lambda _: None)
    assert words().mail_logs is not None


def test_a_key_whose_rights_were_put_right_counts(tmp_path: Path) -> None:
    """It was copied there so that others could read it, and refused; then the operator does what the doctor says."""
    first_run(tmp_path, {"identity.domain": "west.example"}, KeySort.ED25519)
    settings = read_settings(tmp_path / "comity.toml")
    words = own_words(settings)
    assert tracer(settings)("line-7") is not None
    file = tmp_path / "trace.keys"
    file.chmod(0o644)
    assert words().traces is None
    file.chmod(0o600)
    assert words().traces is not None
