"""What a run's steps used on chain, read from the outbox."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from chain.outbox import outbox_table


def gas_by_step(engine: Engine) -> dict[str, int]:
    """Return the gas that each kind of step used over the whole run.

    Numbered steps (``commit-0``, ``commit-1``) count as one kind (``commit``).
    """
    columns = outbox_table.c
    query = select(columns.step, func.sum(columns.gas_used)).group_by(columns.step)
    used: dict[str, int] = {}
    with engine.connect() as connection:
        for step, gas in connection.execute(query):
            kind = step.partition("-")[0]
            used[kind] = used.get(kind, 0) + int(gas or 0)
    return used
