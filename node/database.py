"""The node's database: one file, write-ahead log, schema kept by migrations."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event


def open_database(path: Path) -> Engine:
    """Open a SQLite database, creating it and bringing its schema up to date.

    Args:
        path: the file. Its folder must exist.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": 30},
        # Parameters hold salts, which belong in no log.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_connection)
    migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Bring a database to the newest schema."""
    with as_file(files("node") / "migrations") as scripts, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_connection(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
