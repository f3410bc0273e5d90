"""The index is kept while the program runs, also in a store that was made before there was one."""

import time
from pathlib import Path

import pytest

from comity.bootstrap.desk import desk_store
from comity.bootstrap.search import indexing_beside
from comity.model.searched import Searched
from comity.services.search.indexing import standing
from comity.settings import read_settings
from comity.store.engine import Store

from .desk_of_rows import put_case, put_report

SECONDS = 120


def is_up_to_date(store: Store) -> bool:
    """Whether everything is indexed."""
    with store.read() as records:
        names = records.connection.dialect.get_table_names(records.connection)
        return "search_mark" in names and all(each.behind == 0 for each in standing(records))


def test_what_is_new_is_indexed_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are missing are made before the first tag; what comes later is indexed, too; nobody had to ask for it."""
    monkeypatch.setattr("comity.store.migrations.first_tag.SEAL", "")
    file = tmp_path / "comity.toml"
    file.write_text("")
    settings = read_settings(file)
    store = desk_store(settings)
    store.create()
    with store.write() as records:
        put_report(records, put_case(records, "Bakery"), subject="gift")
        for name in ("search_posting", "search_mark"):
            records.connection.exec_driver_sql(f"DROP TABLE {name}")
    store.close()
    said: list[str] = []
    later = desk_store(settings)
    with indexing_beside(settings, lambda event, **facts: said.append(event)) as has_ended:
        for subject in ("", "another"):
            if subject:
                with later.write() as records:
                    put_report(records, subject=subject)
            until = time.monotonic() + SECONDS
            while not is_up_to_date(later):
                assert time.monotonic() < until, "nothing is indexed"
                assert not has_ended()
                time.sleep(0.05)
    assert said == []
    with later.read() as records:
        assert records.search.places(Searched.REPORT, [0], ("Wanother", "Wanother"), most=9)[0] != {}
    later.close()
