"""The unit for systemd: it is well formed, and its fences let through what the program does."""

import configparser
import json
import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from comity.store.engine import open_store

ROOT = Path(__file__).parents[3]
UNITS = ROOT / "contrib" / "systemd"
_CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?([a-z0-9_]+)\(", re.MULTILINE)
# The C library asks the kernel for its interfaces before it looks a name up, and goes on where it may not.
_FAMILIES = {"AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"}


def allowed() -> set[str]:
    """The system calls that the unit lets through, worked out as systemd does: one line after the other."""
    calls: set[str] = set()
    for line in (UNITS / "comity.service").read_text(encoding="utf-8").splitlines():
        if not line.startswith("SystemCallFilter="):
            continue
        value = line.partition("=")[2]
        named = {call for each in value.removeprefix("~").split() for call in members(each)}
        calls = calls - named if value.startswith("~") else calls | named
    return calls


def members(name: str) -> set[str]:
    """A call, or all of a group of them and of the groups in it."""
    if not name.startswith("@"):
        return {name}
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    lines = [line.strip() for line in shown.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {call for line in lines for call in (members(line) if line.startswith("@") else {line})}


@pytest.mark.live
def test_the_units_are_well_formed(tmp_path: Path) -> None:
    """systemd reads them without a word of complaint, and finds little left to fence off."""
    program = tmp_path / "comity"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    for unit in sorted(UNITS.iterdir()):
        text = unit.read_text(encoding="utf-8").replace("/opt/comity/bin/comity", str(program))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    found = [str(tmp_path / unit.name) for unit in sorted(UNITS.iterdir())]
    done = subprocess.run(
        ["systemd-analyze", "verify", *found], check=False, capture_output=True, text=True, timeout=120
    )
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "comity" in line.partition(":")[0]]
    assert (done.returncode, said) == (0, []), done.stderr
    for unit in ("comity.service", "comity-backup.service"):
        command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(tmp_path / unit)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


@pytest.mark.live
def test_the_fences_let_through_what_the_program_does(tmp_path: Path) -> None:
    """Every system call of a desk that takes a mail in and works it off is allowed, and no memory is both written and run."""
    settings = {"mailboxes": ["fbl@west.example"], "lmtp": ["127.0.0.1:0"], "milter": [f"unix:{tmp_path}/milter"]}
    lines = ["[gates]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items()), "reserve_mib = 1"]
    path = tmp_path / "comity.toml"
    path.write_text(
        "\n".join(lines) + '\n[own]\ndomains = ["west.example"]\n[delivery]\njudge = true\n', encoding="utf-8"
    )
    open_store(tmp_path / "comity.db").create()
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-o", str(trace), sys.executable, "-m", "comity", "serve", "--json"]
    with subprocess.Popen(
        [*command, "--config", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            listening = json.loads(process.stdout.readline())["listening"]
            port = next(int(each.rpartition(":")[2]) for each in listening if each.startswith("lmtp="))
            with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
                report = (ROOT / "src/comity/samples").rglob("*.eml")
                for each in sorted(report)[:5]:
                    client.sendmail("a@east.example", ["fbl@west.example"], each.read_bytes())
        finally:
            # strace keeps a signal to itself; it ends with the program that it watches.
            (program,) = (
                Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()[:1]
            )
            os.kill(int(program), signal.SIGTERM)
            process.wait(120)
    text = trace.read_text(encoding="utf-8", errors="replace")
    called = set(_CALL.findall(text))
    assert len(called) > 50
    assert called - allowed() == set()
    families = set(re.findall(r"socket\((AF_[A-Z0-9]+)", text)) | set(re.findall(r"socketpair\((AF_[A-Z0-9]+)", text))
    assert families <= _FAMILIES
    assert not re.search(r"(?:mmap|mprotect|pkey_mprotect)\([^\n]*PROT_WRITE\|PROT_EXEC", text)


@pytest.mark.live
def test_the_backup_of_the_night_writes_where_it_may(tmp_path: Path) -> None:
    """The folders that its unit opens for writing are those of the desk and of the backups, and no other."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    parser.read(UNITS / "comity-backup.service", encoding="utf-8")
    service = parser["Service"]
    backups = service["Environment"].partition("=")[2]
    assert service["ReadWritePaths"].split() == ["/var/lib/comity", backups]
    assert service["ExecStart"].split()[-2:] == ["make", "${BACKUPS}"]
    assert shutil.which("systemd-analyze")
