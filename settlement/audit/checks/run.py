"""The manifest against the calendar, the chain and the operator's signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from chain.abi import creation_code
from chain.artifacts import load_artifact
from chain.commitments import mechanism_id
from chain.connection import Chain
from chain.deployment import Deployment
from chain.events import CommunityCreated, RoleGranted
from chain.roles import ENTRY_ROLE, OPERATOR_ROLE, SETTLEMENT_ROLE
from domain.errors import InvalidValueError
from domain.interval import Interval, intervals_of_day
from identity.address import checksum_address
from identity.hashing import keccak256
from identity.keys import recover
from settlement.audit.clearing import RULES
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, Ledger, Place, on_chain, show
from settlement.audit.manifest import MANIFEST_FILE, Manifest

STATE_FILE: Final = "chain-state.json.gz"
PLACE: Final = Place(MANIFEST_FILE)
MANIFEST_ABOUT: Final = "operator's signature, calendar, state"
CONTRACTS_ABOUT: Final = "chain id, creation code, wiring"
_BLOCKS_OF_DEPLOYMENT: Final = 256
_NOT_CREATED: Final = ("a contract created on this chain", "none there")
_WITHOUT_ADMIN: Final = frozenset({"Agents", "OrderEntry"})


def check_manifest(manifest: Manifest, run: Path, ledger: Ledger) -> None:
    """Check what can be told without the chain: signature, calendar and the state file's digest."""
    check = ledger.check("manifest", MANIFEST_ABOUT)
    check.expect(PLACE, "signature", manifest.operator, signer(manifest.digest, manifest.signature))
    starts = [interval.start for interval in _day(manifest)]
    calendar = list(manifest.calendar())
    check.expect(PLACE, "first_start: in the day", True, calendar[0] in starts)
    check.expect(PLACE, "intervals: in the day", True, calendar[-1] in starts)
    state = run / STATE_FILE
    if state.is_file():
        check.expect(
            Place(STATE_FILE), "digest", manifest.chain_state, keccak256(state.read_bytes())
        )


def check_contracts(manifest: Manifest, chain: Chain, ledger: Ledger) -> bool:
    """Check the chain and its contracts; tell whether there is anything to go on with.

    The code that a contract was created with is compared with the one compiled here, its
    constructor's arguments included: they bind the contracts to one another.
    """
    check = ledger.check("contracts", CONTRACTS_ABOUT)
    if not check.expect(PLACE, "chain.chain_id", manifest.chain.chain_id, chain.chain_id):
        return False
    created = _creations(chain, manifest.chain.block)
    expected = _constructors(manifest.chain)
    for field, (address, constructor) in expected.items():
        _check_contract(check, field, created.get(address), constructor)
    if manifest.chain.timelock is not None:
        _check_timelock(check, created.get(manifest.chain.timelock))
    blocks = [
        int(transaction["blockNumber"], 16)
        for address, transaction in created.items()
        if address in manifest.chain.names
    ]
    if blocks:
        check.expect(PLACE, "chain.block", min(blocks), manifest.chain.block)
    return all(address in created for address, _ in expected.values())


def check_community(evidence: Evidence) -> None:
    """Compare the community's rules and the operator's role with the chain."""
    check = evidence.ledger.check("community", "rules, operator and roles on chain")
    manifest = evidence.manifest
    rules = {
        "community.duration_s": manifest.duration,
        "community.gate_lead_s": manifest.gate_lead,
        "community.grid_account": manifest.grid_account,
        "mechanism": manifest.mechanism,
        "k": manifest.chain_k,
    }
    created = [
        event
        for event in evidence.log.of(CommunityCreated)
        if event.community == manifest.community
    ]
    check.expect(PLACE, "community.number: times created on chain", 1, len(created))
    for event in created:
        on_event = (
            event.duration,
            event.gate_lead,
            event.grid_account,
            _mechanism(event.mechanism),
            event.k,
        )
        for (item, value), expected in zip(rules.items(), on_event, strict=True):
            check.expect(PLACE, item, expected, value)
    market, number = evidence.contracts.market, manifest.community
    stored = ask(check, on_chain(), "community", market.community, number)
    chosen = ask(check, on_chain(), "mechanism", market.mechanism, number)
    if stored is not None and chosen is not None:
        kept = (
            stored.duration,
            stored.gate_lead,
            stored.grid_account,
            _mechanism(chosen.id),
            chosen.k,
        )
        check.expect(on_chain(), "stored community", tuple(rules.values()), kept)
    _check_roles(evidence, check)


def _mechanism(identifier: bytes) -> str:
    """Return the name of the mechanism that 32 bytes stand for, or their digits."""
    names = {mechanism_id(name): name for name in RULES}
    return names.get(identifier, show(identifier))


def _check_roles(evidence: Evidence, check: Check) -> None:
    manifest = evidence.manifest
    for client in (evidence.contracts.market, evidence.contracts.settlement):
        has_role = client.has_role(OPERATOR_ROLE, manifest.operator)
        check.expect(PLACE, f"operator: role on {client.contract}", True, has_role)
    only = {
        SETTLEMENT_ROLE: ("settle on", manifest.chain.settlement),
        ENTRY_ROLE: ("enter orders on", manifest.chain.order_entry),
    }
    for granted in evidence.log.of(RoleGranted):
        if granted.role in only:
            doing, holder = only[granted.role]
            item = f"who may {doing} {granted.contract}"
            check.expect(on_chain(), item, holder, granted.account)


def _day(manifest: Manifest) -> Iterator[Interval]:
    return intervals_of_day(manifest.community, manifest.day, manifest.time_zone, manifest.duration)


def signer(digest: bytes, signature: bytes) -> str:
    """Return who signed a digest, or in words why nobody did."""
    try:
        return recover(digest, signature)
    except InvalidValueError as error:
        return f"nobody ({error})"


def _constructors(chain: Deployment) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each contract's address, and its name with its constructor's contracts."""
    parts = (chain.registry, chain.market, chain.metering, chain.currency, chain.energy)
    books = (chain.registry, chain.market, chain.agents, chain.order_entry)
    return {
        "chain.registry": (chain.registry, ("Registry",)),
        "chain.market": (chain.market, ("Market", chain.registry)),
        "chain.metering": (chain.metering, ("Metering", chain.registry)),
        "chain.currency": (chain.currency, ("CurrencyToken",)),
        "chain.energy": (chain.energy, ("EnergyToken",)),
        "chain.settlement": (chain.settlement, ("Settlement", *parts, chain.disputes)),
        "chain.consortia": (chain.consortia, ("Consortia", chain.registry)),
        "chain.directory": (chain.directory, ("Directory",)),
        "chain.agents": (chain.agents, ("Agents", chain.registry)),
        "chain.order_entry": (
            chain.order_entry,
            ("OrderEntry", chain.registry, chain.market, chain.agents),
        ),
        "chain.disputes": (chain.disputes, ("Disputes", *books)),
    }


def _creations(chain: Chain, first: int) -> dict[str, dict[str, Any]]:
    """Return the transactions that create contracts, by address, in the blocks from ``first``."""
    last = min(chain.block_number(), first + _BLOCKS_OF_DEPLOYMENT)
    found = {}
    for number in range(first, last + 1):
        block = chain.rpc.request("eth_getBlockByNumber", hex(number), True)
        for transaction in block["transactions"]:
            if transaction.get("to") is None:
                receipt = chain.receipt(bytes.fromhex(transaction["hash"][2:])) or {}
                address = receipt.get("contractAddress")
                if address is not None:
                    found[checksum_address(bytes.fromhex(address[2:]))] = transaction
    return found


def _check_contract(
    check: Check,
    field: str,
    creation: dict[str, Any] | None,
    constructor: tuple[str, ...],
) -> None:
    if creation is None:
        check.fail(PLACE, field, *_NOT_CREATED)
        return
    name, *parts = constructor
    if name not in _WITHOUT_ADMIN:
        parts.insert(0, checksum_address(bytes.fromhex(creation["from"][2:])))
    expected = keccak256(creation_code(name, *parts))
    got = keccak256(bytes.fromhex(creation["input"][2:]))
    check.expect(PLACE, f"{field}: hash of creation code of {name}", expected, got)


def _check_timelock(check: Check, creation: dict[str, Any] | None) -> None:
    """Check the code alone: delay and proposers are the community's own choice."""
    field = "chain.timelock"
    if creation is None:
        check.fail(PLACE, field, *_NOT_CREATED)
        return
    code = bytes.fromhex(load_artifact("Timelock")["bytecode"][2:])
    got = bytes.fromhex(creation["input"][2:])[: len(code)]
    item = f"{field}: hash of creation code of Timelock"
    check.expect(PLACE, item, keccak256(code), keccak256(got))
