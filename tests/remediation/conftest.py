"""The texts that come with Comity, and a notice to fill them with."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from comity.model.notice import Certainty, NoticeFacts
from comity.outlets.files.layered_folders import read_layers
from comity.remediation.guides.pack import LanguagePack, Packs
from comity.remediation.guides.reading import read_packs
from comity.remediation.notice.sample import sample_facts

SHIPPED = files("comity").joinpath("guides")


@pytest.fixture(scope="session")
def packs() -> Packs:
    """Every language that comes with Comity."""
    return read_packs(read_layers([], SHIPPED))


@pytest.fixture
def facts() -> Callable[..., NoticeFacts]:
    """A notice of somebody with an ordinary name and number."""

    def make(pack: LanguagePack, certainty: Certainty = Certainty.LIKELY, **more: Any) -> NoticeFacts:
        said = {
            "family": "mirai",
            "guide": "camera",
            "provider": "东方宽带" if pack.tag == "zh-Hans" else "East Broadband",
            "portal": "help.east.example",
            "help_line": "10000",
        }
        return sample_facts(pack, certainty=certainty, **(said | more))

    return make
