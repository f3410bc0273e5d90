"""The package as others install it, not as it lies here."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.live
def test_an_installed_comity_speaks_both_languages(tmp_path: Path) -> None:
    """The built package carries its catalogues, and its command works from anywhere."""
    copy = tmp_path / "copy"  # building leaves traces
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(copy)]
    subprocess.run(build, check=True, timeout=300)
    (wheel,) = tmp_path.glob("comity-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        assert "comity/py.typed" in archive.namelist()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for language, word in (("en", "Judge: spam or legitimate"), ("zh", "判断：垃圾还是正常")):
        shown = subprocess.run(
            [sys.executable, "-m", "comity", "--help", "--language", language],
            check=True,
            capture_output=True,
            cwd=tmp_path,
            env=environment,
            encoding="utf-8",
            timeout=120,
        )
        assert word in shown.stdout
