"""The desk of one side of two networks: a folder as ``comity init`` makes it, and the pages over its store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.bootstrap.pages.dealings import Dealings
from comity.cli import main
from comity.settings import read_settings

from ..conftest import CSRF, NOW, DeskScene, _served, desk, signed_as

__all__ = ["CSRF", "NOW", "DeskScene", "desk", "signed_as"]


@pytest.fixture
def west(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskScene]:
    """The desk of west.example, with its keys."""
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    folder = tmp_path / "west"
    words = ["--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519"]
    assert main(["init", str(folder), *words]) == 0
    dealings = Dealings(read_settings(folder / "comity.toml"))
    yield from _served(folder, lambda work: replace(work, dealings=dealings))
