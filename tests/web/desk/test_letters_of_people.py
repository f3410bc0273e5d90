"""A letter's case is called by who wrote it, and about what: whoever may not see people neither sees that nor finds by it."""

from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.services.search.indexing import Indexing

from ...services.receive.intake import ingest
from ...services.receive.test_ingest import LETTER

if TYPE_CHECKING:
    from .conftest import DeskScene

WROTE, ABOUT = "ann@mail.example", "Spam from your network"


@pytest.mark.parametrize("role", [Role.DESK, Role.AUDITOR])
def test_who_wrote_to_us_is_seen_by_those_who_may(desk: "DeskScene", role: Role) -> None:
    """On the queue, on the page of the case and among what is found; the case itself is there for everybody."""
    (done,) = ingest(desk.store, LETTER)
    Indexing(desk.store.read, desk.store.write, lambda: desk.clock[0]).lot()
    desk.roles[:] = [role]
    name, sees = done.cases[0], role is Role.DESK
    for path in (f"/cases/{name}", "/cases", f"/search?words={name[:8]}"):
        page = desk.client.get(path).text
        assert name[:8] in page
        assert ((WROTE in page) or (ABOUT.lower() in page.lower())) is sees, path
    for path in ("/cases?words=ann@mail.example", "/search?words=ann@mail.example", "/search?words=Spam+network"):
        assert (f"/cases/{name}" in desk.client.get(path).text) is sees, path
