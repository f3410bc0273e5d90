"""What joins settings, store and outlets to the services.

Answers:    ``settings_for(path, ...)`` gives the settings of this run.
Limits:     there is no store and no outlet yet; what they need will be joined here.
"""

from collections.abc import Mapping
from pathlib import Path

from comity.settings import Settings, read_settings


def settings_for(path: str | None, environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings in ``path``, else in the file that COMITY_CONFIG names, else in ``folder/comity.toml``, else the defaults."""
    named = path or environment.get("COMITY_CONFIG")
    if named:
        return read_settings(Path(named))
    usual = folder / "comity.toml"
    return read_settings(usual) if usual.exists() else Settings()
