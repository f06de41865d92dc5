from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from domain.errors import InvalidValueError
from node.database import migrate, open_database
from node.tables import ALL_METADATA

BATCH = "INSERT INTO reading_batches VALUES (1, 7, 0, 900, 4, 9, '', 1, 1, 1, '', 900, 0, NULL)"
READING = "INSERT INTO signed_readings VALUES (1, 1, 0, 7, 0, 900, 5, 3, 1, 1, '', '{}')"
SETTLEMENT = (
    "INSERT INTO settled_intervals VALUES (7, 0, 900, 1, 1, 1, 1, 1, '', '', '', 77, '', 900)"
)
POSITION = "INSERT INTO settled_positions VALUES (3, 7, 0, 1, 0, 1, 0, 0, 77)"
"""One row of each kind, as the first schema has them."""


def test_migrations_make_exactly_the_tables_of_all_rooms(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "node.sqlite")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, list(ALL_METADATA)) == []
    engine.dispose()


def test_migrating_again_changes_nothing_and_keeps_what_is_there(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "node.sqlite")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO market_cursors VALUES (7, 42)"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM market_cursors")).all() == [(7, 42)]
    engine.dispose()


def test_settlements_have_yet_to_follow_corrections_of_before(tmp_path: Path) -> None:
    """One of each kind: an attestation, a correction, one on its way, and an excluded one."""
    engine = open_database(tmp_path / "node.sqlite")
    with engine.begin() as connection:
        move(connection, command.downgrade, "0003")
        for number, revision, pending, excluded in (
            (1, 0, False, None),
            (2, 1, False, None),
            (3, 2, True, None),
            (4, 2, False, "no"),
        ):
            connection.execute(
                text(
                    "INSERT INTO reading_batches (community, start, duration, gateway, sequence, "
                    "root, count, imported, exported, signature, received_at, relayed, revision, "
                    "pending, excluded) VALUES "
                    "(1, 0, 900, 1, :n, '', 1, 1, 1, '', 900, 0, :revision, :pending, :excluded)"
                ),
                {"n": number, "revision": revision, "pending": pending, "excluded": excluded},
            )
        move(connection, command.upgrade, "head")
        query = text("SELECT sequence, unsettled FROM reading_batches ORDER BY sequence")
        assert connection.execute(query).all() == [(1, 0), (2, 1), (3, 1), (4, 0)]
    engine.dispose()


def first_database(path: Path, *statements: str) -> None:
    """Make a database of the first schema, with rows that nobody checks."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        move(connection, command.upgrade, "0001")
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_what_was_there_before_corrections_and_fees_is_kept(tmp_path: Path) -> None:
    first_database(tmp_path / "node.sqlite", BATCH, READING, SETTLEMENT, POSITION)
    engine = open_database(tmp_path / "node.sqlite")
    with engine.connect() as connection:
        for columns, table, row in (
            ("sequence, revision, superseded, reason", "reading_batches", (9, 0, None, None)),
            ("pending, unsettled", "reading_batches", (0, 0)),
            ("batch_id, device", "signed_readings", (1, 5)),
            ("settled_at, fee_account, fee_rate", "settled_intervals", (900, 0, 0)),
            ("account, payment", "settled_positions", (3, 77)),
        ):
            assert connection.execute(text(f"SELECT {columns} FROM {table}")).all() == [row]
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, list(ALL_METADATA)) == []
    engine.dispose()


def test_a_gateway_corrects_what_it_attested_before_corrections(tmp_path: Path) -> None:
    first_database(tmp_path / "node.sqlite", BATCH)
    engine = open_database(tmp_path / "node.sqlite")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reading_batches SELECT 2, community, start, duration, gateway, 10, "
                "root, count, imported, exported, signature, received_at, relayed, excluded, "
                "1, root, 1, 1, 1 FROM reading_batches"
            )
        )
        assert connection.execute(text("SELECT COUNT(*) FROM reading_batches")).scalar_one() == 2
    engine.dispose()


def test_a_database_that_lacks_a_row_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "node.sqlite"
    first_database(path, READING)
    before = schema(path)
    with pytest.raises(InvalidValueError, match=r"signed_readings, row 1: .* reading_batches"):
        open_database(path)
    assert schema(path) == before


def schema(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return version + connection.execute("SELECT name, sql FROM sqlite_master").fetchall()


def move(connection: Connection, how: Callable[[Config, str], None], to: str) -> None:
    with as_file(files("node") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        how(config, to)


def test_rooms_do_not_share_table_names() -> None:
    names = [name for metadata in ALL_METADATA for name in metadata.tables]
    assert len(names) == len(set(names))


def test_the_database_writes_ahead(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "node.sqlite")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()
