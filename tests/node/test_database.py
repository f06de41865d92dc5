from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

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
