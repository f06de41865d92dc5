"""Writing what auditors read: a manifest and the files of docs/published-files.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from chain.contracts import Contracts
from domain.interval import Interval
from domain.trade import ClearingStatus
from identity.canonical import canonical_bytes
from identity.did import did_key
from identity.hashing import keccak256
from market.book import BookEntry, ClearedPrice, StoredWithdrawal
from node.composition import CommunityNode
from node.run_folder import RunFolder
from node.scenarios.scenario import Scenario
from node.simulation.founding import Founded, Member
from oracle.repository import PublishedReading, SignedAttestation
from settlement.audit import manifest_digest
from settlement.settled import SettledInterval, SettledPosition, SettlementVersion

FORMAT: Final = "commonwatt-run/1"

_STATUS: Final = {
    ClearingStatus.CLEARED: "cleared",
    ClearingStatus.NO_TRADE: "no-trade",
    ClearingStatus.ABANDONED: "abandoned",
}


class Publication:
    """One run's files."""

    def __init__(
        self, folder: RunFolder, scenario: Scenario, node: CommunityNode, founded: Founded
    ) -> None:
        self._folder = folder
        self._scenario = scenario
        self._node = node
        self._founded = founded
        self._intervals = scenario.intervals()

    def write(self, issuer: bytes) -> None:
        """Write every file and then the signed manifest, replacing what was there.

        The chain's state must lie in the folder already: the manifest names its digest.

        Args:
            issuer: Ed25519 public key of the issuer of membership credentials.
        """
        files: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
            "participants": self._participants,
            "orders": self._orders,
            "withdrawals": self._withdrawals,
            "prices": self._prices,
            "fills": self._fills,
            "readings": self._readings,
            "attestations": self._attestations,
            "settlements": self._settlements,
            "corrections": self._corrections,
            "balances": self._balances,
        }
        for name, lines in files.items():
            _write(self._folder.published / f"{name}.jsonl", lines())
        _write(self._folder.manifest, [self._signed_manifest(issuer)])

    @property
    def _members(self) -> list[Member]:
        everyone = [*self._founded.members, self._founded.grid]
        return sorted(everyone, key=lambda member: member.account)

    @property
    def _span(self) -> tuple[int, int, int]:
        return self._scenario.community, self._intervals[0].start, self._intervals[-1].end

    def _signed_manifest(self, issuer: bytes) -> dict[str, Any]:
        manifest = self._manifest(issuer)
        signature = self._node.settings.operator.sign(manifest_digest(manifest))
        return manifest | {"signature": _hex(signature)}

    def _manifest(self, issuer: bytes) -> dict[str, Any]:
        terms = self._node.terms
        return {
            "format": FORMAT,
            "community": {
                "number": terms.number,
                "name": terms.name,
                "duration_s": terms.duration,
                "gate_lead_s": terms.gate_lead,
                "grid_account": terms.grid_account,
            },
            "day": self._scenario.day.isoformat(),
            "time_zone": self._scenario.time_zone,
            "first_start": self._intervals[0].start,
            "intervals": len(self._intervals),
            "chain": self._founded.deployment.to_json(),
            "chain_state": _hex(keccak256(self._folder.chain_state.read_bytes())),
            "operator": self._node.settings.operator.address.lower(),
            "mechanism": terms.mechanism,
            "k": terms.k,
            "issuer": did_key(issuer),
        }

    def _participants(self) -> Iterator[dict[str, Any]]:
        for member in self._members:
            yield {
                "account": member.account,
                "wallet": member.key.address.lower(),
                "role": int(member.role),
                "credential": member.credential,
            }

    def _orders(self) -> Iterator[dict[str, Any]]:
        for interval in self._intervals:
            for entry in self._node.market_records.book(interval):
                yield _order(interval, entry)

    def _withdrawals(self) -> Iterator[dict[str, Any]]:
        for interval in self._intervals:
            for withdrawal in self._node.market_records.withdrawals(interval):
                yield _withdrawal(interval, withdrawal)

    def _prices(self) -> Iterator[dict[str, Any]]:
        return map(_price, self._node.market_records.cleared(*self._span))

    def _fills(self) -> Iterator[dict[str, Any]]:
        for interval in self._intervals:
            for fill in self._node.market_records.fills(interval):
                yield {
                    "interval_start": interval.start,
                    "digest": _hex(fill.digest),
                    "account": fill.account,
                    "quantity_wh": fill.bought + fill.sold,
                    "payment": fill.payment,
                }

    def _readings(self) -> Iterator[dict[str, Any]]:
        for interval in self._intervals:
            for entry in self._node.meter_records.entries(interval):
                yield _reading(interval, entry)

    def _attestations(self) -> Iterator[dict[str, Any]]:
        for interval in self._intervals:
            for attestation in self._node.meter_records.attestations(interval):
                yield _attestation(interval, attestation)

    def _settlements(self) -> Iterator[dict[str, Any]]:
        for settled in self._node.settlements.between(*self._span):
            yield _settlement(settled)

    def _corrections(self) -> Iterator[dict[str, Any]]:
        for settled in self._node.settlements.between(*self._span):
            for number in range(1, len(settled.versions)):
                yield _correction(settled, number)

    def _balances(self) -> Iterator[dict[str, Any]]:
        contracts = self._node.contracts
        return (_balance(member, contracts) for member in self._members)


def _order(interval: Interval, entry: BookEntry) -> dict[str, Any]:
    kept = entry.kept
    return {
        "interval_start": interval.start,
        "batch": entry.batch,
        "index": entry.index,
        "account": kept.order.account,
        "side": kept.order.side.label,
        "quantity_wh": kept.order.quantity,
        "price": kept.order.price,
        "salt": f"0x{kept.order.salt:032x}",
        "signature": None if entry.direct else _hex(kept.signature),
        "digest": _hex(kept.digest),
        "received_at": None if entry.direct else kept.received_at,
        "receipt": None if entry.direct else _hex(kept.receipt),
        "cancelled": entry.cancelled,
    }


def _withdrawal(interval: Interval, withdrawal: StoredWithdrawal) -> dict[str, Any]:
    kept = withdrawal.kept
    return {
        "interval_start": interval.start,
        "account": kept.order.account,
        "side": kept.order.side.label,
        "quantity_wh": kept.order.quantity,
        "price": kept.order.price,
        "salt": f"0x{kept.order.salt:032x}",
        "digest": _hex(kept.digest),
        "received_at": kept.received_at,
        "receipt": _hex(kept.receipt),
        "withdrawn_at": withdrawal.withdrawn_at,
        "signature": _hex(withdrawal.signature),
    }


def _price(cleared: ClearedPrice) -> dict[str, Any]:
    record = cleared.record
    traded = record.status is ClearingStatus.CLEARED
    return {
        "interval_start": record.interval.start,
        "status": _STATUS[record.status],
        "price": record.price if traded else None,
        "low": cleared.low,
        "high": cleared.high,
        "volume_wh": record.volume,
        "feed_in": record.tariff.feed_in,
        "retail": record.tariff.retail,
        "price_hash": _hex(record.price_hash),
    }


def _reading(interval: Interval, entry: PublishedReading) -> dict[str, Any]:
    return {
        "interval_start": interval.start,
        "gateway": entry.gateway,
        "revision": entry.revision,
        "index": entry.index,
        "salt": _hex(entry.salt),
        "document": entry.document,
        "proof": [_hex(sibling) for sibling in entry.proof],
    }


def _attestation(interval: Interval, signed: SignedAttestation) -> dict[str, Any]:
    attestation = signed.attestation
    return {
        "interval_start": interval.start,
        "gateway": attestation.gateway,
        "sequence": attestation.sequence,
        "root": _hex(attestation.root),
        "count": attestation.count,
        "imported_wh": attestation.imported,
        "exported_wh": attestation.exported,
        "revision": signed.revision,
        "supersedes": None if signed.superseded is None else _hex(signed.superseded),
        "reason": None if signed.reason is None else int(signed.reason),
        "signature": _hex(signed.signature),
    }


def _settlement(settled: SettledInterval) -> dict[str, Any]:
    return {
        "interval_start": settled.record.interval.start,
        "price_hash": _hex(settled.record.price_hash),
        **_version(settled.versions[0]),
    }


def _correction(settled: SettledInterval, number: int) -> dict[str, Any]:
    return {
        "interval_start": settled.record.interval.start,
        "correction": number,
        "former_positions_hash": _hex(settled.versions[number - 1].positions_hash),
        **_version(settled.versions[number]),
    }


def _version(version: SettlementVersion) -> dict[str, Any]:
    return {
        "positions_hash": _hex(version.positions_hash),
        "grid_payment": version.grid_payment,
        "fee": version.fee,
        "positions": [_position(share) for share in version.positions],
    }


def _position(share: SettledPosition) -> dict[str, Any]:
    position = share.position
    return {
        "account": position.account,
        "bought_wh": position.bought,
        "sold_wh": position.sold,
        "imported_wh": position.imported,
        "exported_wh": position.exported,
        "certificates_wh": position.certificates,
        "residual_wh": position.residual,
        "payment": share.payment,
    }


def _balance(member: Member, contracts: Contracts) -> dict[str, Any]:
    wallet = member.key.address
    return {
        "account": member.account,
        "wallet": wallet.lower(),
        "deposited": member.deposit,
        "currency": contracts.currency.balance_of(wallet),
        "energy": contracts.energy.balance_of(wallet),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else "0x" + value.hex()


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write canonical lines; the file appears whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        for line in lines:
            file.write(canonical_bytes(line) + b"\n")
    unfinished.replace(path)
