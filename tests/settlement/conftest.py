"""A tiny real run: three participants and the grid, four quarters, every step on a real chain."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from chain.anvil import Anvil
from chain.commitments import batch_commitment, digests_hash, mechanism_id
from chain.connection import Chain
from chain.contracts import Call, Contracts, ParticipantRole
from chain.deployment import Roles, deploy
from chain.development import advance_to
from chain.governance import Governance
from chain.outbox import Outbox
from chain.outbox import metadata as outbox_metadata
from chain.sender import Receipt, Sender
from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.order import Order, Side, pack_orders
from domain.reading import Metered, Reading
from domain.tariff import Tariff
from domain.trade import ClearingStatus, Fill
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.attestation import Attestation, Correction, CorrectionReason
from identity.canonical import canonical_bytes
from identity.credentials import credential_hash, issue_membership
from identity.did import did_key, did_pkh
from identity.hashing import keccak256
from identity.keys import Ed25519Key, EvmKey
from identity.merkle import MerkleTree, reading_leaf
from identity.signed_reading import document_hash, sign_reading
from identity.typed_data import (
    TypedDomain,
    attestation_digest,
    correction_digest,
    market_domain,
    metering_domain,
    order_digest,
    receipt_digest,
)
from market.book import (
    BookLink,
    CommittedBatch,
    CommittedCancellation,
    KeptOrder,
    places_left,
)
from market.fills import book_arrays, fills_of
from market.mechanisms import provable_mechanism
from market.proving import at_places, proving_call
from settlement.audit import manifest_digest
from settlement.service import Settlements, Settler, TradedInterval
from settlement.settled import SettledInterval, SettlementVersion
from settlement.tables import SettlementBase

COMMUNITY = 1
DURATION = 900
GATE_LEAD = 300
FIRST = 1_743_458_400  # midnight of 1 April 2025 in Rome
GRID = Account(4)
TARIFFS = [(8_000, 30_000), (8_000, 30_000), (-500, 20_000), (-4_000, 9_000)]
DEPOSIT = 5 * 10**8

# Each order: account, side, Wh, price; a batch with one order of None as its list's head is direct.
BOOKS: list[list[list[tuple[int, str, int, int]]]] = [
    [
        [(1, "bid", 300, 25_000), (2, "bid", 300, 25_000), (3, "offer", 401, 10_000)],
        [(3, "offer", 50, 26_000)],
        [(1, "bid", 40, 12_000)],
    ],
    [[(1, "bid", 100, 9_000), (3, "offer", 100, 29_000)]],
    [],
    [[(2, "bid", 500, 50_000), (3, "offer", 200, -9_000)], [(1, "offer", 250, -1_000)]],
]
DIRECT = {(0, 2)}

# Wh imported and exported by device 1 to 3 in each quarter; device 3 sold more than it exported.
METERS = [
    [(350, 0), (280, 5), (0, 390)],
    [(120, 0), (10, 0), (0, 200)],
    [(5, 0), (0, 0), (7, 3)],
    [(0, 300), (610, 0), (0, 150)],
]

MECHANISMS: list[tuple[str, int | None]] = [
    ("uniform-price", 250),
    ("pay-as-bid", 400),
    ("mid-market-rate", None),
    ("supply-demand-ratio", None),
    ("bill-sharing", None),
]


def _as_they_are(_at: int, fills: list[Fill]) -> list[Fill]:
    return fills


@dataclass
class TinyRun:
    """Plays the run and keeps what is published of it.

    Attributes:
        chain: where it is played.
        books: every interval's batches.
        mechanism: how books are cleared.
        k: the point between two limits; None for a mechanism without one.
        forged: signatures that are published instead of the right ones, by interval, batch, index.
        cancelled: batch and index of orders that their wallets cancel, by interval.
        omitted: interval and device of readings that nobody attests.
        allocate: what the operator makes of an interval's right fills.
        attested: what happens once an interval is attested and not settled yet, by interval.
        after: what happens once an interval is settled, by interval.
        recounted: what a meter counted after all, by interval and device.
        mistaken: what accounts' meters are taken for at first, by interval.
        fills: what traded in each interval that is settled.
        fee: rate of a fee from the first interval on, and the account that receives it.
        together: whether all intervals are settled with the last one, in one transaction.
        taken_back: what the minter took back of each account's deposit.
        behind: the devices that each gateway reads.
        device_keys: keys of devices that sign themselves.
        governance: who governs after the set-up; by default the admin.
    """

    chain: Chain
    books: list[list[list[tuple[int, str, int, int]]]] = field(
        default_factory=lambda: copy.deepcopy(BOOKS)
    )
    mechanism: str = "uniform-price"
    k: int | None = 500
    forged: dict[tuple[int, int, int], Callable[[], bytes | None]] = field(default_factory=dict)
    cancelled: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    omitted: set[tuple[int, int]] = field(default_factory=set)
    allocate: Callable[[int, list[Fill]], list[Fill]] = field(default=_as_they_are)
    attested: dict[int, Callable[[], object]] = field(default_factory=dict)
    after: dict[int, Callable[[], object]] = field(default_factory=dict)
    recounted: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    mistaken: dict[int, Mapping[Account, Metered]] = field(default_factory=dict)
    fills: dict[int, list[Fill]] = field(default_factory=dict)
    fee: tuple[int, int] | None = None
    together: bool = False
    taken_back: dict[int, int] = field(default_factory=dict)
    behind: dict[int, tuple[int, ...]] = field(default_factory=lambda: {1: (1, 2), 2: (3,)})
    device_keys: dict[int, Ed25519Key] = field(default_factory=dict)
    governance: Governance | None = None
    keys: dict[str, EvmKey] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issuer = Ed25519Key.from_seed(b"\x01" * 32)
        names = ("admin", "registrar", "operator", "tariffs", "minter", *"1234", "g1", "g2")
        self.keys = {name: EvmKey.from_secret(keccak256(name.encode())) for name in names}
        self.readers = [Ed25519Key.from_seed(bytes([7 + at]) * 32) for at in range(2)]
        self.intervals = [
            Interval(COMMUNITY, FIRST + at * DURATION, DURATION) for at in range(len(BOOKS))
        ]
        self.tariffs = [
            Tariff(MillicentPerKilowattHour(low), MillicentPerKilowattHour(high))
            for low, high in TARIFFS
        ]
        self.lines = {
            name: []
            for name in (
                "participants",
                "orders",
                "withdrawals",
                "prices",
                "fills",
                "readings",
                "attestations",
                "settlements",
                "corrections",
                "balances",
            )
        }
        self.engine = create_engine("sqlite://")
        outbox_metadata.create_all(self.engine)
        SettlementBase.metadata.create_all(self.engine)
        self.senders: dict[str, Sender] = {}

    def play(self) -> None:
        """Run everything from the deployment to the last settlement."""
        self._found()
        outbox = Outbox(self.engine, self._sender("operator"))
        contracts = self.contracts
        self.settler = Settler(self.engine, outbox, contracts.settlement, contracts.disputes)
        self.settlements = Settlements(self.engine)
        books = [self._commit(at) for at in range(len(self.books))]
        for at, interval in enumerate(self.intervals):
            advance_to(self.chain, interval.start - GATE_LEAD)
            fills = self._clear(at, books[at])
            # A quarter is cleared after the one before it was settled, later than at its gate.
            window_end = self.contracts.disputes.window_end(interval)
            advance_to(self.chain, max(interval.end, window_end or 0))
            self._attest(at)
            self.attested.get(at, lambda: None)()
            self._settle(at, fills)
            self.after.get(at, lambda: None)()
        self.send("3", self.contracts.energy.retire(25))
        self.send("1", self.contracts.currency.transfer(self.keys["2"].address, 12_345))
        self._publish_balances()

    def send(self, who: str, call: Call) -> Receipt:
        """Send a call by a key."""
        return self._sender(who).send(call)

    def write(self, run: Path) -> None:
        """Write manifest and published files; the state file must be there already."""
        self.manifest["chain_state"] = hexadecimal(
            keccak256((run / "chain-state.json.gz").read_bytes())
        )
        self.sign_manifest()
        (run / "manifest.json").write_bytes(canonical_bytes(self.manifest) + b"\n")
        (run / "published").mkdir()
        for name, lines in self.lines.items():
            content = b"".join(canonical_bytes(line) + b"\n" for line in lines)
            (run / "published" / f"{name}.jsonl").write_bytes(content)

    def sign_manifest(self) -> None:
        """Let the operator sign what the manifest says now."""
        signature = self.keys["operator"].sign(manifest_digest(self.manifest))
        self.manifest["signature"] = hexadecimal(signature)

    def _sender(self, who: str) -> Sender:
        if who not in self.senders:
            self.senders[who] = Sender(self.chain, self.keys[who])
        return self.senders[who]

    def _found(self) -> None:
        address = {name: key.address for name, key in self.keys.items()}
        roles = Roles(
            registrar=address["registrar"],
            operator=address["operator"],
            tariff_oracle=address["tariffs"],
            minter=address["minter"],
            payer=address["minter"],
        )
        self.deployment = deploy(self.chain, self.keys["admin"], roles, self.governance)
        self.contracts = Contracts(self.chain, self.deployment)
        for account in (1, 2, 3, 4):
            self._register(account)
        self._install_meters()
        rules = (DURATION, GATE_LEAD, GRID, mechanism_id(self.mechanism), self.k or 0)
        self.send("admin", self.contracts.market.create_community(COMMUNITY, *rules))
        if self.fee is not None:
            rate, account = self.fee
            call = self.contracts.settlement.set_fee(COMMUNITY, account, rate, FIRST)
            self.send("admin", call)
        self.send("tariffs", self.contracts.market.post_tariffs(self.intervals[0], self.tariffs))
        self._describe()

    def _register(self, account: int) -> None:
        wallet = self.keys[str(account)].address
        role = ParticipantRole.GRID if account == GRID else ParticipantRole.PROSUMER
        subject = did_pkh(self.chain.chain_id, wallet)
        end = self.intervals[-1].end
        jwt = issue_membership(self.issuer, subject, COMMUNITY, FIRST - 86_400, end + 86_400)
        call = self.contracts.registry.register_participant(wallet, credential_hash(jwt), role)
        self.send("registrar", call)
        self.send(
            "minter", self.contracts.currency.mint(wallet, DEPOSIT, keccak256(wallet.encode()))
        )
        self.lines["participants"].append(
            {"account": account, "wallet": wallet.lower(), "role": int(role), "credential": jwt}
        )

    def _install_meters(self) -> None:
        registry = self.contracts.registry
        for number, reader in enumerate(self.readers, start=1):
            evm_key = self.keys[f"g{number}"].address
            until = FIRST + 86_400
            self.send(
                "registrar", registry.register_gateway(evm_key, reader.public, FIRST - 900, until)
            )
        for account, gateway in ((1, 1), (2, 1), (3, 2)):
            self.send(
                "registrar",
                registry.register_device(COMMUNITY, account, gateway, bytes(32), FIRST),
            )

    def _describe(self) -> None:
        self.manifest = {
            "format": "commonwatt-run/1",
            "community": {
                "number": COMMUNITY,
                "name": "tiny",
                "duration_s": DURATION,
                "gate_lead_s": GATE_LEAD,
                "grid_account": GRID,
            },
            "day": "2025-04-01",
            "time_zone": "Europe/Rome",
            "first_start": self.intervals[0].start,
            "intervals": len(BOOKS),
            "chain": self.deployment.to_json(),
            "operator": self.keys["operator"].address.lower(),
            "mechanism": self.mechanism,
            "k": self.k,
            "issuer": did_key(self.issuer.public),
        }

    def _commit(self, at: int) -> list[list[tuple[Order, bytes]]]:
        book = []
        for number, specified in enumerate(self.books[at]):
            batch = []
            for index, one in enumerate(specified):
                order = self.order(at, number, index, *one)
                batch.append((order, self._publish_order(order, number, index)))
            self._send_batch(at, number, batch)
            book.append(batch)
        for number, index in self.cancelled.get(at, []):
            self._cancel(at, number, index, book[number][index][0].account)
        return book

    def _cancel(self, at: int, batch: int, index: int, account: Account) -> None:
        cancellation = Cancellation(self.intervals[at], account, batch, index)
        self.send(str(account), self.contracts.order_entry.cancel_order(cancellation))
        place = (self.intervals[at].start, batch, index)
        for line in self.lines["orders"]:
            if (line["interval_start"], line["batch"], line["index"]) == place:
                line["cancelled"] = True

    def order(
        self, at: int, number: int, index: int, account: int, side: str, wh: int, price: int
    ) -> Order:
        return Order(
            self.intervals[at],
            Account(account),
            Side.parse(side),
            WattHours(wh),
            MillicentPerKilowattHour(price),
            int.from_bytes(keccak256(bytes([at, number, index]))[:16], "big"),
        )

    def sign_order(self, order: Order) -> tuple[bytes, bytes]:
        """Return the digest of an order, and its participant's signature."""
        digest = order_digest(self.orders_domain, order)
        return digest, self.keys[str(order.account)].sign(digest)

    def receipt(self, order: Order) -> tuple[int, bytes]:
        """Return when the operator received an order, and its signature of that."""
        received = order.interval.start - 1_000
        return received, self.promise(order, received)

    def promise(self, order: Order, received: int) -> bytes:
        """Return the operator's signature of having received an order at a second."""
        digest = order_digest(self.orders_domain, order)
        return self.keys["operator"].sign(receipt_digest(self.orders_domain, digest, received))

    @property
    def orders_domain(self) -> TypedDomain:
        """What orders and receipts are signed for."""
        return market_domain(self.chain.chain_id, self.deployment.market)

    def _publish_order(self, order: Order, batch: int, index: int) -> bytes:
        at = self.intervals.index(order.interval)
        digest, right = self.sign_order(order)
        received, receipt = self.receipt(order)
        signature = self.forged.get((at, batch, index), lambda: right)()
        direct = (at, batch) in DIRECT or signature is None
        self.lines["orders"].append(
            {
                "interval_start": order.interval.start,
                "batch": batch,
                "index": index,
                "account": order.account,
                "side": order.side.label,
                "quantity_wh": order.quantity,
                "price": order.price,
                "salt": hexadecimal(order.salt.to_bytes(16, "big")),
                "signature": None if direct else hexadecimal(signature or right),
                "digest": hexadecimal(digest),
                "received_at": None if direct else received,
                "receipt": None if direct else hexadecimal(receipt),
                "cancelled": False,
            }
        )
        return digest

    def _send_batch(self, at: int, number: int, batch: Sequence[tuple[Order, bytes]]) -> None:
        market = self.contracts.market
        if (at, number) in DIRECT:
            order = batch[0][0]
            self.send(str(order.account), self.contracts.order_entry.submit_order(order))
            return
        commitment = batch_commitment(
            pack_orders(order for order, _ in batch), digests_hash(digest for _, digest in batch)
        )
        self.send("operator", market.commit_orders(self.intervals[at], commitment, len(batch)))

    def _clear(self, at: int, book: list[list[tuple[Order, bytes]]]) -> list[Fill]:
        entries = [entry for batch in book for entry in batch]
        book_orders = [KeptOrder(order, digest, None, None, None) for order, digest in entries]
        links = self._links(at, book, book_orders)
        places = places_left(links)
        kept = [book_orders[place] for place in places]
        orders, accounts = book_arrays(kept)
        _, provable = provable_mechanism(self.mechanism)
        clearing = provable.rule(orders, accounts, self.tariffs[at], self.k or 0)
        market, interval = self.contracts.market, self.intervals[at]
        proof = at_places(clearing.proof, places)
        self.send("operator", proving_call(market, interval, links, proof))
        record = self.contracts.market.price_record(self.intervals[at])
        cleared = record.status is ClearingStatus.CLEARED
        self.lines["prices"].append(
            {
                "interval_start": record.interval.start,
                "status": "cleared" if cleared else "no-trade",
                "price": clearing.price,
                "low": clearing.low,
                "high": clearing.high,
                "volume_wh": clearing.volume,
                "feed_in": record.tariff.feed_in,
                "retail": record.tariff.retail,
                "price_hash": hexadecimal(record.price_hash),
            }
        )
        fills = self.allocate(at, fills_of(kept, clearing.filled, clearing.payments))
        for fill in sorted(fills, key=lambda fill: fill.digest):
            self.lines["fills"].append(
                {
                    "interval_start": record.interval.start,
                    "digest": hexadecimal(fill.digest),
                    "account": fill.account,
                    "quantity_wh": fill.bought + fill.sold,
                    "payment": fill.payment,
                }
            )
        return fills

    def _links(
        self, at: int, book: list[list[tuple[Order, bytes]]], orders: Sequence[KeptOrder]
    ) -> list[BookLink]:
        links: list[BookLink] = [
            CommittedBatch(number, digests_hash(digest for _, digest in batch), own)
            for number, (batch, own) in enumerate(zip(book, _in_batches(orders, book), strict=True))
        ]
        for batch, index in self.cancelled.get(at, []):
            account = book[batch][index][0].account
            cancellation = Cancellation(self.intervals[at], account, batch, index)
            links.append(CommittedCancellation(len(links), cancellation))
        return links

    def _attest(self, at: int) -> None:
        present = [
            gateway
            for gateway, devices in self.behind.items()
            if any((at, device) not in self.omitted for device in devices)
        ]
        signed = [self._sign_batch(at, gateway) for gateway in present]
        call = self.contracts.metering.attest(
            [attestation for attestation, _ in signed], [signature for _, signature in signed]
        )
        self.send("g1", call)

    def correct(
        self, at: int, gateway: int, sequence: int, counted: Mapping[int, tuple[int, int]]
    ) -> None:
        """Let a gateway correct what devices counted, on chain and in the published files."""
        former = [
            line
            for line in self.lines["attestations"]
            if (line["interval_start"], line["gateway"]) == (self.intervals[at].start, gateway)
        ]
        superseded = None if not former else self._attestation(at, former[-1])
        self.recounted.update({(at, device): both for device, both in counted.items()})
        self.omitted -= {(at, device) for device in counted}
        reason = CorrectionReason.METER_FAULT if former else CorrectionReason.LATE
        revision = former[-1]["revision"] + 1 if former else 1
        attestation = self._state(at, gateway, sequence, revision)
        correction = Correction(attestation, superseded, reason)
        domain = metering_domain(self.chain.chain_id, self.deployment.metering)
        signature = self.keys[f"g{gateway}"].sign(correction_digest(domain, correction))
        self._publish_attestation(attestation, signature, revision, correction)
        self.send("g1", self.contracts.metering.correct([correction], [signature]))
        keys = ("interval_start", "gateway", "revision", "index")
        for name in ("readings", "attestations"):
            self.lines[name].sort(key=lambda line: [line[key] for key in keys if key in line])

    def _attestation(self, at: int, line: Mapping[str, Any]) -> Attestation:
        return Attestation(
            self.intervals[at],
            line["gateway"],
            line["sequence"],
            bytes.fromhex(line["root"][2:]),
            line["count"],
            line["imported_wh"],
            line["exported_wh"],
        )

    def _sign_batch(self, at: int, gateway: int) -> tuple[Attestation, bytes]:
        attestation = self._state(at, gateway, at + 1, 0)
        domain = metering_domain(self.chain.chain_id, self.deployment.metering)
        signature = self.keys[f"g{gateway}"].sign(attestation_digest(domain, attestation))
        self._publish_attestation(attestation, signature, 0, None)
        return attestation, signature

    def _state(self, at: int, gateway: int, sequence: int, revision: int) -> Attestation:
        """Publish a gateway's readings and return what it states of them."""
        interval = self.intervals[at]
        devices = [device for device in self.behind[gateway] if (at, device) not in self.omitted]
        salts = [keccak256(bytes([at, device, revision]))[:16] for device in devices]
        documents = [self._sign_reading(at, gateway, device) for device in devices]
        tree = MerkleTree(
            [
                reading_leaf(salt, document_hash(doc))
                for salt, doc in zip(salts, documents, strict=True)
            ]
        )
        attestation = Attestation(
            interval,
            gateway,
            sequence,
            tree.root,
            len(devices),
            sum(self._counted(at, device)[0] for device in devices),
            sum(self._counted(at, device)[1] for device in devices),
        )
        for index, (salt, document) in enumerate(zip(salts, documents, strict=True)):
            self.lines["readings"].append(
                {
                    "interval_start": interval.start,
                    "gateway": gateway,
                    "revision": revision,
                    "index": index,
                    "salt": hexadecimal(salt),
                    "document": document,
                    "proof": [
                        hexadecimal(node) for node in (*tree.proof(index), attestation.totals_hash)
                    ],
                }
            )
        return attestation

    def _publish_attestation(
        self,
        attestation: Attestation,
        signature: bytes,
        revision: int,
        correction: Correction | None,
    ) -> None:
        self.lines["attestations"].append(
            {
                "interval_start": attestation.interval.start,
                "gateway": attestation.gateway,
                "sequence": attestation.sequence,
                "root": hexadecimal(attestation.root),
                "count": attestation.count,
                "imported_wh": attestation.imported,
                "exported_wh": attestation.exported,
                "revision": revision,
                "supersedes": correction and hexadecimal(correction.superseded_root),
                "reason": correction and int(correction.reason),
                "signature": hexadecimal(signature),
            }
        )

    def _counted(self, at: int, device: int) -> tuple[int, int]:
        return self.recounted.get((at, device), METERS[at][device - 1])

    def _sign_reading(self, at: int, gateway: int, device: int) -> dict[str, Any]:
        interval = self.intervals[at]
        imported, exported = self._counted(at, device)
        reading = Reading(interval, device, WattHours(imported), WattHours(exported))
        key = self.device_keys.get(device, self.readers[gateway - 1])
        return sign_reading(key, reading, interval.end)

    def metered(self, at: int) -> Mapping[Account, Metered]:
        """Return what the meters counted in a quarter; device n is account n's."""
        return {
            Account(device): Metered(*map(WattHours, self._counted(at, device)))
            for device in range(1, len(METERS[at]) + 1)
            if (at, device) not in self.omitted
        }

    def traded(self, at: int) -> TradedInterval:
        """Return all that a quarter's settlement follows from."""
        record = self.contracts.market.price_record(self.intervals[at])
        metered = self.mistaken.get(at) or self.metered(at)
        return TradedInterval(record, self.fills[at], metered)

    def _settle(self, at: int, fills: list[Fill]) -> None:
        self.fills[at] = fills
        if not self.together:
            traded = self.traded(at)
            args = (traded.interval, traded.record, traded.fills, traded.metered)
            self._publish_settlement(self.settler.settle(*args))
        elif at == len(self.intervals) - 1:
            everything = [self.traded(one) for one in range(len(self.intervals))]
            for settled in self.settler.settle_together(everything):
                self._publish_settlement(settled)

    def _publish_settlement(self, settled: SettledInterval) -> None:
        record = settled.record
        line = {
            "interval_start": record.interval.start,
            "price_hash": hexadecimal(record.price_hash),
        }
        self.lines["settlements"].append(line | _version(settled.version))

    def correct_settlement(self, at: int, metered: Mapping[Account, Metered]) -> None:
        """Correct a quarter's settlement to other meters of the same sums."""
        interval = self.intervals[at]
        record = self.contracts.market.price_record(interval)
        traded = TradedInterval(record, self.fills[at], metered)
        settled = self.settler.correct(traded)
        number = len(settled.superseded)
        line = {
            "interval_start": interval.start,
            "correction": number,
            "former_positions_hash": hexadecimal(settled.superseded[-1].positions_hash),
        }
        self.lines["corrections"].append(line | _version(settled.version))

    def _publish_balances(self) -> None:
        for account in (1, 2, 3, 4):
            wallet = self.keys[str(account)].address
            self.lines["balances"].append(
                {
                    "account": account,
                    "wallet": wallet.lower(),
                    "deposited": DEPOSIT - self.taken_back.get(account, 0),
                    "currency": self.contracts.currency.balance_of(wallet),
                    "energy": self.contracts.energy.balance_of(wallet),
                }
            )


def _version(version: SettlementVersion) -> dict[str, Any]:
    return {
        "positions_hash": hexadecimal(version.positions_hash),
        "grid_payment": version.grid_payment,
        "fee": version.fee,
        "positions": [
            {
                "account": share.position.account,
                "bought_wh": share.position.bought,
                "sold_wh": share.position.sold,
                "imported_wh": share.position.imported,
                "exported_wh": share.position.exported,
                "certificates_wh": share.position.certificates,
                "residual_wh": share.position.residual,
                "payment": share.payment,
            }
            for share in version.positions
        ],
    }


def _in_batches(kept: Sequence[KeptOrder], book: list[list[Any]]) -> Iterator[list[KeptOrder]]:
    rest = iter(kept)
    for batch in book:
        yield [next(rest) for _ in batch]


def hexadecimal(value: bytes) -> str:
    return "0x" + value.hex()


@dataclass(frozen=True)
class StoredRun:
    """A run's folder, with everything that made it."""

    folder: Path
    play: TinyRun


@contextmanager
def _played(folder: Path, mechanism: str, k: int | None) -> Iterator[StoredRun]:
    with Anvil(timestamp=FIRST - 3_600) as anvil:
        play = TinyRun(Chain(anvil.url), mechanism=mechanism, k=k)
        play.play()
        anvil.dump_state(folder / "chain-state.json.gz")
        play.write(folder)
        yield StoredRun(folder, play)
    play.engine.dispose()


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredRun]:
    """A run that is complete and right. Copy it before changing it; its chain is still up."""
    with _played(tmp_path_factory.mktemp("tiny-run"), "uniform-price", 500) as run:
        yield run


@pytest.fixture(scope="session", params=MECHANISMS, ids=lambda chosen: str(chosen[0]))
def mechanism_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoredRun]:
    """The same run under each mechanism that the contract proves, and off the middle."""
    with _played(tmp_path_factory.mktemp("tiny-run"), *request.param) as run:
        yield run
