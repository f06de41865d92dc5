"""The node's database: one file, write-ahead log, schema kept by migrations."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event

from domain.errors import InvalidValueError


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
    """Bring a database to the newest schema, whole, or leave it as it is.

    Raises:
        InvalidValueError: where a row refers to one that is not there.
    """
    with engine.connect() as connection:
        # SQLite changes a table by making it anew, and would take what refers to the old one for
        # lost. So references are looked at when all is done.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            # Where nobody begins, each change of a table is a transaction of its own.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _upgrade(connection)
            _require_references(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _upgrade(connection: Connection) -> None:
    with as_file(files("node") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _require_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        table, row, parent, _ = broken
        raise InvalidValueError(f"{table}, row {row}", f"a reference into {parent}", None)


def _prepare_connection(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
