from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from node.database import migrate, open_database
from node.tables import ALL_METADATA


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
        move(connection, command.downgrade, "0002")
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
