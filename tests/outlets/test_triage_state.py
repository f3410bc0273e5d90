"""An interrupted triage goes on where it stopped, and never from something that does not fit."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind
from comity.model.outcomes import ComityError
from comity.outlets.triage_state import StateFile


def _facts(position: str) -> ItemFacts:
    evidence = Evidence(
        evidence_class=EvidenceClass.FRAUD, seen=datetime(2026, 1, 5, tzinfo=UTC), dkim_domain=("west.example",)
    )
    return ItemFacts(
        name=position,
        position=position,
        size=3,
        digest="d",
        kind=Kind.ARF,
        why="why.arf",
        subject="投诉\udcff",
        evidence=(evidence,),
    )


def _open(path: Path, version: str = "1", source: str = "box") -> StateFile:
    return StateFile(path, version=version, source=source)


def test_what_was_remembered_is_recalled(tmp_path: Path) -> None:
    """Every fact comes back as it was, whatever signs it holds."""
    path = tmp_path / "state"
    with _open(path) as state:
        state.remember(_facts("a"))
        assert "a" not in state
    with _open(path) as state:
        assert state.recall("a") == _facts("a")
        assert state.recall("b") is None
        assert "a" in state
        state.remember(_facts("b"))
    with _open(path) as state:
        assert (state.recall("a"), state.recall("b")) == (_facts("a"), _facts("b"))


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_cut_last_line_costs_one_item(tmp_path: Path, cut: int) -> None:
    """The power went: the whole lines count, the rest is read again, and writing goes on cleanly."""
    path = tmp_path / "state"
    with _open(path) as state:
        state.remember(_facts("a"))
        state.remember(_facts("b"))
    os.truncate(path, path.stat().st_size - cut)
    with _open(path) as state:
        assert "a" in state
        assert "b" not in state
        state.remember(_facts("c"))
    with _open(path) as state:
        assert [name for name in "abc" if name in state] == ["a", "c"]


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    """A line of noise in the middle costs itself only."""
    path = tmp_path / "state"
    with _open(path) as state:
        state.remember(_facts("a"))
    with path.open("ab") as file:
        file.write(b'\xff\x00{"name":1}\n[]\n{"name":"x","evidence":[{"seen":"never"}]}\n' + b"[" * 9999 + b"\n")
    with _open(path) as state:
        state.remember(_facts("b"))
    with _open(path) as state:
        assert [name for name in "abx" if name in state] == ["a", "b"]


@pytest.mark.parametrize(("version", "source"), [("2", "box"), ("1", "other")])
def test_another_reader_or_source_begins_anew(tmp_path: Path, version: str, source: str) -> None:
    """What an older reader made of a mail is not shown as if this one had."""
    path = tmp_path / "state"
    with _open(path) as state:
        state.remember(_facts("a"))
    with _open(path, version, source) as state:
        assert "a" not in state
    with _open(path) as state:
        assert "a" not in state


@pytest.mark.parametrize("content", [b"dear diary\n", b"\x00" * 100, b"{}\n"])
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """A slip in --state never costs a file."""
    path = tmp_path / "diary"
    path.write_bytes(content)
    with pytest.raises(ComityError) as caught, _open(path):
        pass
    assert caught.value.code == "state-foreign"
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b'{"kind": "comity-tri'])
def test_an_empty_or_cut_head_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    """The very first write was interrupted."""
    path = tmp_path / "state"
    path.write_bytes(content)
    with _open(path) as state:
        state.remember(_facts("a"))
    with _open(path) as state:
        assert "a" in state


def test_two_runs_do_not_mix(tmp_path: Path) -> None:
    """The second one is told to wait."""
    with _open(tmp_path / "state"), pytest.raises(ComityError) as caught, _open(tmp_path / "state"):
        pass
    assert caught.value.code == "state-busy"


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """It holds subjects and names."""
    with _open(tmp_path / "state"):
        pass
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    """A write does not say by itself which file had no room."""
    state = _open(tmp_path / "state")
    with pytest.raises(OSError, match="state") as caught, state:
        assert state._file is not None
        state._file.close()
        state._file = Path("/dev/full").open("wb")  # noqa: SIM115  # the state closes it
        state.remember(_facts("a"))
    assert caught.value.filename == str(tmp_path / "state")
