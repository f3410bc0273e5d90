"""A store on a server is carried along while a worker writes to it: nothing is lost or written twice, nobody is restarted."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from comity.model.outcomes import ComityError, Outcome
from comity.store.engine import open_store
from comity.store.migrations import upgrading
from comity.store.migrations.steps import OURS, Steps
from comity.store.tables.intake import report_row

from ...services.receive.intake import arf, ingest
from .worlds import LAST, NEXT

pytestmark = pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
LEAST = 40


def test_workers_go_on_while_the_store_is_carried_along(tmp_path: Path, engine: str) -> None:
    """The worker is a program of the version before, and has the store open; what it could not write it writes again."""
    folder = tmp_path / "rolling"
    folder.mkdir()
    step = next(NEXT.glob("*_weather.py")).read_text(encoding="utf-8")
    added = step.replace('        table.alter_column("question", new_column_name="riddle")\n', "")
    assert added != step  # a rolling step adds, and takes nothing away that the version before reads
    (folder / f"v{LAST + 1:04}_weather.py").write_text(added, encoding="utf-8")
    store = open_store(tmp_path / "comity.db")
    store.create()
    written, upgraded, wrong = list[int](), threading.Event(), list[BaseException]()
    begun = threading.Event()

    def work() -> None:
        after, number = 0, 0
        while after < LEAST:
            after += upgraded.is_set()
            try:
                ingest(store, arf(number, source=f"192.0.2.{number % 200}"))
            except ComityError as error:
                if error.outcome is not Outcome.TRY_AGAIN:
                    wrong.append(error)
                    return
                continue
            written.append(number)
            number += 1
            if number == LEAST:
                begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(timeout=120) or wrong
    try:
        done = upgrading.upgrade(store.database, Steps(OURS, folder))
    finally:
        upgraded.set()
    thread.join(timeout=120)
    assert ([each.number for each in done], wrong) == ([LAST + 1], [])
    assert len(written) >= 2 * LEAST
    with store.view() as connection:
        assert connection.scalar(select(func.count()).select_from(report_row)) == len(written)
        assert connection.exec_driver_sql("SELECT count(*) FROM case_weather").scalar() > 0
    store.close()
