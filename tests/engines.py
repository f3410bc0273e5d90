"""The same tests on either database: a PostgreSQL server of our own, and stores that lie in it instead of in files.

``COMITY_POSTGRES`` names a server that is there already, by the address of a database from which others may be made; else one is
started from Debian's package, on a socket in a folder that goes with it, without waiting for its disk.
"""

import inspect
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.dialects import postgresql

from comity.store import dialects
from comity.store.dialects import Database
from comity.store.engine import Store
from comity.store.metadata import metadata

ONLY_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.live))
_TESTS = Path(__file__).parent
_OPENS = re.compile(r"\b(?:open_store|desk_store|first_run)\b\(")
_IMPORT = re.compile(r"^\s*from (\.+)([a-z_.]*) import", re.MULTILINE)
# Text is compared by code points whatever the language of the database: so it has one that sorts otherwise.
_FOREIGN = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"

_LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
_EMPTY = ";".join(
    (
        "SET LOCAL session_replication_role = replica",
        "DROP TRIGGER IF EXISTS poison ON report",
        *(str(table.delete().compile(dialect=postgresql.dialect())) for table in metadata.tables.values()),
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    )
)


class Postgres:
    """A server on which databases are made and thrown away."""

    def __init__(self, address: str) -> None:
        self._address: URL = make_url(address).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._address, isolation_level="AUTOCOMMIT")
        self._template: str | None = None
        self._made: list[str] = []
        self._in_use: list[str] = []
        self._free: list[str] = []

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _of(self, name: str) -> str:
        return self._address.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def new(self, *, made: bool = False) -> str:
        """The address of a new database: empty, or with the tables of a store."""
        if made and self._free:
            self._in_use.append(self._free.pop())
            return self._of(self._in_use[-1])
        name = f"comity_test_{secrets.token_hex(8)}"
        if made and self._template is None:
            address = self.new()
            store = Store(dialects.PostgresDatabase(address))
            store.create()
            store.close()
            self._template = self._made.pop()
        self._run(f"CREATE DATABASE {name} " + (f"TEMPLATE {self._template} STRATEGY FILE_COPY" if made else _FOREIGN))
        (self._in_use if made else self._made).append(name)
        return self._of(name)

    def clear(self) -> None:
        """Throw away what was made; a database with the tables of a store is emptied, which takes a tenth of the time."""
        while self._in_use:
            name = self._in_use.pop()
            self._run(_LEAVE.format(name=name))
            engine = create_engine(self._address.set(database=name), poolclass=NullPool)
            with engine.begin() as connection:
                connection.exec_driver_sql(_EMPTY)
            self._free.append(name)
        while self._made:
            self._run(f"DROP DATABASE {self._made.pop()} WITH (FORCE)")

    def close(self) -> None:
        """Throw all of it away, and leave."""
        self._made += [*self._in_use, *self._free, *filter(None, [self._template])]
        self._in_use = []
        self.clear()
        self.leave()

    def leave(self) -> None:
        """Leave a server that goes with all that lies in it."""
        self._engine.dispose()


@contextmanager
def a_server() -> Iterator[Postgres]:
    """The server of these tests."""
    if named := os.environ.get("COMITY_POSTGRES"):
        found = Postgres(named)
        yield found
        found.close()
        return
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        pytest.skip("no PostgreSQL here")
    # It does not start as root; the package has made somebody for it.
    somebody = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="comity-pg-"))
    try:
        if somebody is not None:
            os.chown(home, somebody.pw_uid, somebody.pw_gid)
        user = None if somebody is None else somebody.pw_name

        def run(*words: str) -> None:
            subprocess.run(words, user=user, cwd=home, check=True, capture_output=True, timeout=120)

        run(str(programs / "initdb"), "-D", "data", "-U", "comity", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        settings = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c full_page_writes=off"
        settings += " -c autovacuum_naptime=10min"  # it would look through each of our databases once a minute
        run(str(programs / "pg_ctl"), "-D", "data", "-l", "log", "-w", "-t", "60", "-o", settings, "start")
        try:
            found = Postgres(f"postgresql://comity@/postgres?host={home}")
            yield found
            found.leave()
        finally:
            run(str(programs / "pg_ctl"), "-D", "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def poison(connection: Connection, *, source: str | None = None) -> None:
    """From now on no report (of this source) can be written."""
    when = "" if source is None else f" WHEN (new.source_ip = '{source}')"
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(f"CREATE TRIGGER poison BEFORE INSERT ON report{when} BEGIN SELECT RAISE(ABORT, 'poison'); END")
        )
        return
    refuse = "CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poison'; END $$"
    connection.exec_driver_sql(refuse)
    made = f"CREATE TRIGGER poison BEFORE INSERT ON report FOR EACH ROW{when} EXECUTE FUNCTION poison()"
    connection.exec_driver_sql(made)


def cure(connection: Connection) -> None:
    """It can be written again."""
    connection.exec_driver_sql("DROP TRIGGER poison" + (" ON report" if connection.dialect.name != "sqlite" else ""))


def lying_in(server: Postgres, *, made: bool) -> Callable[[str | Path], Database]:
    """For ``dialects.database_of``: what was asked for by the path of a file is a database of the server."""
    known: dict[str, str] = {}

    def database_of(where: str | Path) -> Database:
        text = str(where)
        if text == dialects.MEMORY:
            return dialects.PostgresDatabase(server.new(made=made))
        if "://" not in text:
            text = known[text] if text in known else known.setdefault(text, server.new(made=made))
        return dialects.PostgresDatabase(text)

    return database_of


@cache
def opens_stores(file: Path) -> bool:
    """Whether what stands in this file opens a store, itself or by what it imports from beside it."""
    if not file.is_file():
        return False
    text = file.read_text(encoding="utf-8")
    if _OPENS.search(text):
        return True
    beside = [
        file.parents[len(dots) - 1] / f"{name.replace('.', '/')}.py" for dots, name in _IMPORT.findall(text) if name
    ]
    return any(opens_stores(each) for each in beside)


def _files(metafunc: pytest.Metafunc) -> set[Path]:
    """Where the test stands, and each fixture that it takes, or that one of those takes."""
    takes = [each.func for defined in metafunc._arg2fixturedefs.values() for each in defined]
    files = {Path(inspect.getfile(inspect.unwrap(each))) for each in takes}
    return {metafunc.definition.path, *(each for each in files if _TESTS in each.parents and each != Path(__file__))}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Twice, where a store is opened."""
    of_one = any("engine" in each.args[0] for each in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not of_one and any(map(opens_stores, _files(metafunc))):
        metafunc.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all of them."""
    with a_server() as found:
        yield found


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database the stores of this test lie in."""
    name = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Postgres = request.getfixturevalue("postgres")
    with pytest.MonkeyPatch.context() as patched:  # of its own: a test may undo its own ones
        patched.setattr("comity.store.dialects.database_of", lying_in(server, made=True))
        yield name
    server.clear()
