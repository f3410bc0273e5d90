"""The Debian package: built, installed by dpkg itself on a copy of this machine, set up, and taken away again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.live

# A private namespace of mounts: what is written goes into memory, and is gone when the shell ends.
COPY = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
cp "$2" "$1/root/tmp/comity.deb"
rm -rf "$1/root/run/systemd/system"
exec chroot "$1/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh -e -c "$3"
"""
ON_THE_COPY = """
cd /
dpkg -i /tmp/comity.deb > /dev/null
dpkg --verify comity
test "$(stat -c '%U %a' /var/lib/comity)" = 'comity 750'
test "$(stat -c '%U %a' /var/backups/comity)" = 'comity 700'
grep -q '^ExecStart=/usr/bin/comity ' /lib/systemd/system/comity.service
as() { runuser -u comity -- comity --config /var/lib/comity/comity.toml "$@"; }
runuser -u comity -- comity init /var/lib/comity --domain west.example --address feedback@west.example > /dev/null
as doctor > /dev/null
as ingest /usr/lib/comity/lib/python3*/site-packages/comity/samples/*/*.eml --json | grep -c '"fate"'
as backup make /var/backups/comity > /dev/null
comity --help --language zh | head -1
dpkg -i /tmp/comity.deb > /dev/null     # the same again, as an upgrade
as case list --json | grep -c '"state"'
dpkg -P comity > /dev/null
test ! -e /usr/lib/comity
test ! -e /usr/bin/comity
test -s /var/lib/comity/ledger.key
echo gone
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the script, not packed tightly: that takes longer than all the rest."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("no Debian here")
    out = tmp_path_factory.mktemp("deb")
    environment = {**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "none"}
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    done = subprocess.run(
        [str(ROOT / "script/debian"), str(out)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (found,) = out.glob("*.deb")
    assert list(out.glob("*.cdx.json"))
    return found


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=300).stdout


def test_it_says_what_it_needs_and_names_no_other_machine(package: Path, tmp_path: Path) -> None:
    """It depends on the Python that it was built for; nothing in it knows where that was; nothing in it is writable by others."""
    fields = _said("dpkg-deb", "--field", str(package))
    assert "Depends: python3 (>= 3." in fields
    assert "adduser" in fields
    _said("dpkg-deb", "-x", str(package), str(tmp_path))
    listing = _said("dpkg-deb", "-c", str(package)).splitlines()
    assert all(line.split()[1] == "root/root" for line in listing)
    assert [line for line in listing if line[0] in "-d" and (line[5] == "w" or line[8] == "w")] == []
    assert not any(line[0] == "-" and line[3] in "sS" for line in listing)
    marks = [str(ROOT).encode(), b"/tmp/tmp."]
    for path in (tmp_path / "usr/lib/comity").rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
            data = path.read_bytes()
            assert not any(mark in data for mark in marks), path
    ran = subprocess.run(
        [str(tmp_path / "usr/lib/comity/bin/python3"), "-m", "comity", "--help", "--language", "zh"],
        env={"PATH": "/usr/bin:/bin", "HOME": "/"},
        cwd="/",
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert "命令" in ran.stdout


def test_dpkg_installs_it_and_takes_it_away(package: Path, tmp_path: Path) -> None:
    """On a copy of this machine: folders, units, a desk that works, an upgrade, a purge that keeps the ledger."""
    if os.geteuid() != 0:
        pytest.skip("who is not root cannot install")
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", COPY, "sh", str(tmp_path), str(package)]
    probe = subprocess.run([*words, "true"], capture_output=True, text=True, timeout=120, check=False)
    if probe.returncode != 0:  # mounts are forbidden in many containers: then dpkg looks at it, and writes nothing
        assert "permi" in probe.stderr or "mount" in probe.stderr, probe.stderr
        looked = subprocess.run(
            ["dpkg", "--dry-run", "--install", str(package)], capture_output=True, text=True, check=False
        )
        assert looked.returncode == 0, looked.stderr
        return
    done = subprocess.run([*words, ON_THE_COPY], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    lines = done.stdout.split("\n")
    assert lines[-2] == "gone"
    assert int(lines[0]) > 3
    assert "用法" in lines[1] or "命令" in lines[1]
    assert int(lines[2]) > 0
    assert list(tmp_path.iterdir()) == []
