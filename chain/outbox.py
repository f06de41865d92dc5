"""Steps that reach the chain exactly once, through any crash.

A step is a transaction with a name of its own: community, start of the interval, and what is done.
Its signed bytes are stored, in a committed row, before the network gets them. Whatever happens
afterwards, those bytes can be handed in again: the nonce lets the chain take them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from chain.calls import Call
from chain.errors import ContractRefusedError
from chain.sender import Receipt, Sender
from chain.transactions import SignedTransaction
from domain.errors import RefusedError
from domain.units import require_range

metadata: Final = MetaData()

outbox_table: Final = Table(
    "outbox",
    metadata,
    Column("community", BigInteger, primary_key=True, autoincrement=False),
    Column("interval_start", BigInteger, primary_key=True, autoincrement=False),
    Column("step", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("label", String(128), nullable=False),
    Column("contract", String(42)),
    Column("calldata", LargeBinary, nullable=False),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw_transaction", LargeBinary, nullable=False),
    Column("tx_hash", LargeBinary(32), nullable=False),
    Column("block_number", BigInteger),
    Column("block_time", BigInteger),
    Column("gas_used", BigInteger),
    Column("created_contract", String(42)),
    Column("attempts", Integer, nullable=False),
    Index("outbox_unfinished", "state", "sender", "nonce"),
)
"""One row a step. A row is never deleted: it is the record of what this node sent, and why."""

_MAX_STEP_LETTERS: Final = 64


class State(StrEnum):
    """How far a step has come."""

    SIGNED = "signed"
    """Stored; whether the network has it is unknown until its receipt is seen."""
    CONFIRMED = "confirmed"
    """In a block. Final."""
    REVERTED = "reverted"
    """In a block, but refused there, without effect. It may be tried again."""


@dataclass(frozen=True, slots=True)
class StepKey:
    """The name of a step.

    Attributes:
        community: number of the community.
        start: first second of the interval, or of the span, that the step is about.
        step: what is done (``clear``).
    """

    community: int
    start: int
    step: str

    def __str__(self) -> str:
        return f"step {self.step!r} of community {self.community} at {self.start}"


class Outbox:
    """Delivers steps to the chain. Several threads, and several outboxes, may share a database."""

    def __init__(self, engine: Engine, sender: Sender) -> None:
        """Use a database that has the tables of ``metadata``.

        Args:
            engine: SQLite or PostgreSQL.
            sender: signs and sends.
        """
        self._engine = engine
        self._sender = sender

    def deliver(self, community: int, start: int, step: str, call: Call) -> Receipt:
        """Bring a step to the chain, if it is not there yet, and return its receipt.

        The same step again returns the receipt that it has, or goes on where a crash left it.

        Args:
            community: number of the community.
            start: first second of the interval that the step is about.
            step: what is done, at most 64 letters.
            call: the transaction to make of it.

        Raises:
            RefusedError: ``step-taken``, where the step was made with another call.
            ContractRefusedError: where the contract refuses it; the step can then be tried again.
            ChainError: where the node does not take it or no block holds it in time; the step then
                goes on with the next ``deliver`` or ``resume``.
        """
        require_range("letters of step", len(step), 1, _MAX_STEP_LETTERS)
        key = StepKey(community, start, step)
        while True:
            entry = self._find(key)
            try:
                if entry is None:
                    return self._send(key, call, None)
                return self._go_on(entry, call)
            except _OvertakenError:
                continue

    def sent(self, community: int, start: int, step: str) -> Call | None:
        """Return the call that a step was made with, on chain or on the way there.

        None where the step was not made, was refused, or can never be included, since another
        transaction took its nonce: then it may be made with another call.

        Raises:
            ChainError: where the chain cannot be reached.
        """
        entry = self._find(StepKey(community, start, step))
        return None if entry is None or self._is_open(entry) else entry.call

    def resume(self) -> list[Receipt]:
        """Finish the steps of this sender that a crash left, and return their receipts.

        A step that turns out to be refused is marked so, and left to be delivered anew.

        Raises:
            ChainError: where the node does not take one.
        """
        query = (
            select(outbox_table)
            .where(outbox_table.c.state == State.SIGNED.value)
            .where(outbox_table.c.sender == self._sender.address)
            .order_by(outbox_table.c.nonce)
        )
        with self._engine.connect() as connection:
            entries = [_entry(row) for row in connection.execute(query)]
        receipts = []
        for entry in entries:
            try:
                receipts.append(
                    self.deliver(entry.key.community, entry.key.start, entry.key.step, entry.call)
                )
            except ContractRefusedError:
                continue
        return receipts

    def _go_on(self, entry: _Entry, call: Call) -> Receipt:
        if self._is_open(entry):
            return self._send(entry.key, call, entry)
        if (entry.call.to, entry.call.data) != (call.to, call.data):
            raise RefusedError(
                "step-taken",
                f"{entry.key} was made already, with another call of {entry.call.label}",
            )
        if entry.receipt is not None:
            return entry.receipt
        return self._hand_in(entry)

    def _is_open(self, entry: _Entry) -> bool:
        """Tell whether a step may be made anew: its transaction has no effect and never will."""
        if entry.state is State.SIGNED:
            return self._is_displaced(entry)
        return entry.state is State.REVERTED

    def _is_displaced(self, entry: _Entry) -> bool:
        """Tell whether another transaction took the nonce: then this one can never be included."""
        chain = self._sender.chain
        if chain.transaction_count(entry.sender) <= entry.transaction.nonce:
            return False
        # A node may count a transaction a moment before it shows its receipt. One that it still
        # knows is never replaced: the step would be made twice.
        tx_hash = entry.transaction.tx_hash
        return not chain.knows_transaction(tx_hash) and chain.receipt(tx_hash) is None

    def _hand_in(self, entry: _Entry) -> Receipt:
        if self._sender.chain.receipt(entry.transaction.tx_hash) is None:
            self._sender.submit(entry.transaction)
        return self._confirm(entry.key, entry.transaction, entry.call)

    def _send(self, key: StepKey, call: Call, replaced: _Entry | None) -> Receipt:
        stored: list[SignedTransaction] = []

        def store(transaction: SignedTransaction) -> None:
            self._store(key, call, transaction, replaced)
            stored.append(transaction)

        try:
            receipt = self._sender.send(call, before_sending=store)
        except ContractRefusedError as refusal:
            for transaction in stored:
                self._update(key, transaction, state=State.REVERTED.value)
            if not stored and self._find(key) != replaced:
                # Refused because another thread made this very step meanwhile.
                raise _OvertakenError from refusal
            raise
        self._record(key, stored[0], receipt)
        return receipt

    def _confirm(self, key: StepKey, transaction: SignedTransaction, call: Call) -> Receipt:
        try:
            receipt = self._sender.wait(transaction.tx_hash, call)
        except ContractRefusedError:
            self._update(key, transaction, state=State.REVERTED.value)
            raise
        self._record(key, transaction, receipt)
        return receipt

    def _record(self, key: StepKey, transaction: SignedTransaction, receipt: Receipt) -> None:
        self._update(
            key,
            transaction,
            state=State.CONFIRMED.value,
            block_number=receipt.block_number,
            block_time=receipt.block_time,
            gas_used=receipt.gas_used,
            created_contract=receipt.contract,
        )

    def _store(
        self, key: StepKey, call: Call, transaction: SignedTransaction, replaced: _Entry | None
    ) -> None:
        values = {
            "state": State.SIGNED.value,
            "label": call.label,
            "contract": call.to,
            "calldata": call.data,
            "sender": self._sender.address,
            "nonce": transaction.nonce,
            "raw_transaction": transaction.raw,
            "tx_hash": transaction.tx_hash,
            "attempts": 1 if replaced is None else replaced.attempts + 1,
        }
        if replaced is not None:
            self._update(key, replaced.transaction, **values)
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(outbox_table).values(**_key_columns(key), **values))
        except IntegrityError as error:
            raise _OvertakenError from error

    def _update(self, key: StepKey, known: SignedTransaction, **values: Any) -> None:
        """Change a row, provided that it still is about the transaction that it is known for."""
        query = (
            update(outbox_table)
            .where(_is_row(key))
            .where(outbox_table.c.tx_hash == known.tx_hash)
            .values(**values)
        )
        with self._engine.begin() as connection:
            if connection.execute(query).rowcount != 1:
                raise _OvertakenError

    def _find(self, key: StepKey) -> _Entry | None:
        query = select(outbox_table).where(_is_row(key))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _entry(row)


class _OvertakenError(Exception):
    """Another thread or process was faster with the same step: look at what it left."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: StepKey
    state: State
    call: Call
    sender: str
    transaction: SignedTransaction
    receipt: Receipt | None
    attempts: int


def _key_columns(key: StepKey) -> dict[str, Any]:
    return {"community": key.community, "interval_start": key.start, "step": key.step}


def _is_row(key: StepKey) -> Any:
    columns = outbox_table.c
    return (
        (columns.community == key.community)
        & (columns.interval_start == key.start)
        & (columns.step == key.step)
    )


def _entry(row: Row[Any]) -> _Entry:
    state = State(row.state)
    return _Entry(
        key=StepKey(row.community, row.interval_start, row.step),
        state=state,
        call=Call(row.contract, bytes(row.calldata), row.label),
        sender=row.sender,
        transaction=SignedTransaction(row.nonce, bytes(row.raw_transaction), bytes(row.tx_hash)),
        receipt=_receipt(row) if state is State.CONFIRMED else None,
        attempts=row.attempts,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        tx_hash=bytes(row.tx_hash),
        block_number=row.block_number,
        block_time=row.block_time,
        gas_used=row.gas_used,
        contract=row.created_contract,
    )
