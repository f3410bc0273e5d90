"""Reports in a folder: whole, once, and nowhere else."""

import errno
import os
from pathlib import Path

import pytest

from comity.outlets.report_folder import ReportFolder


def test_each_party_has_its_folder(tmp_path: Path) -> None:
    """What lies in DIR/PARTY can be given to that party as it is."""
    with ReportFolder(tmp_path / "out") as folder:
        assert folder.put("east", "cr1-a.eml", b"one")
        assert folder.put("shop.example", "cr1-b.eml", b"two")
        assert folder.put(
            "_" + "x" * 62 + ("." + "x" * 62) * 3 + "_", "cr1-c.eml", b"three"
        )  # as long as a domain can be
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert files.pop("out/east/cr1-a.eml") == b"one"
    assert files.pop("out/shop.example/cr1-b.eml") == b"two"
    assert list(files.values()) == [b"three"]


def test_what_lies_there_is_kept(tmp_path: Path) -> None:
    """The same complaint twice is one report: the first one stays, the caller hears that it was there."""
    with ReportFolder(tmp_path) as folder:
        assert folder.put("east", "cr1-a.eml", b"one")
        assert not folder.put("east", "cr1-a.eml", b"two")
    assert (tmp_path / "east/cr1-a.eml").read_bytes() == b"one"


def test_a_file_of_a_run_that_died_is_written_again(tmp_path: Path) -> None:
    """Half a report is never seen under its name."""
    (tmp_path / "east").mkdir()
    (tmp_path / "east/.cr1-a.eml.new").write_bytes(b"ha")
    with ReportFolder(tmp_path) as folder:
        assert folder.put("east", "cr1-a.eml", b"whole")
    assert [path.name for path in (tmp_path / "east").iterdir()] == ["cr1-a.eml"]


@pytest.mark.parametrize("party", ["..", "../east", "/etc", "a/b", "", ".east", "East", "a..b", "east\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, party: str) -> None:
    """Neither the name of a party nor that of a file can name another place."""
    with ReportFolder(tmp_path / "out") as folder, pytest.raises(ValueError, match="name"):
        folder.put(party, "cr1-a.eml", b"x")
    with ReportFolder(tmp_path / "out") as folder, pytest.raises(ValueError, match="name"):
        folder.put("east", party, b"x")
    assert not list(tmp_path.rglob("*.eml"))


def test_a_link_that_waits_there_is_not_followed(tmp_path: Path) -> None:
    """Nobody who can write into the folder makes us overwrite a file elsewhere."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "out/east").mkdir(parents=True)
    (tmp_path / "out/east/.cr1-a.eml.new").symlink_to(victim)
    with ReportFolder(tmp_path / "out") as folder, pytest.raises(OSError, match="symbolic"):
        folder.put("east", "cr1-a.eml", b"x")
    assert victim.read_bytes() == b"mine"


def test_a_folder_of_a_party_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Nobody who can write into the folder chooses where the reports about people go."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/east").symlink_to(tmp_path / "elsewhere")
    with ReportFolder(tmp_path / "out") as folder, pytest.raises(OSError, match="symbolic") as error:
        folder.put("east", "cr1-a.eml", b"x")
    assert error.value.filename == str(tmp_path / "out/east")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_disk_without_room_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is named, and no half of it stays behind."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", full)
    folder = ReportFolder(tmp_path)
    with pytest.raises(OSError, match="no room") as error:
        folder.put("east", "cr1-a.eml", b"x")
    assert error.value.filename == str(tmp_path / "east/cr1-a.eml")
    assert not list((tmp_path / "east").iterdir())


def test_reports_are_not_for_everybody(tmp_path: Path) -> None:
    """Reports are personal data: others on the machine cannot read them."""
    before = os.umask(0)
    try:
        with ReportFolder(tmp_path) as folder:
            folder.put("east", "cr1-a.eml", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "east/cr1-a.eml").stat().st_mode & 0o007 == 0
