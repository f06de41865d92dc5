"""Audits against a fork of the chain in which one stored value was changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from chain.sender import Sender
from domain.interval import Interval
from identity.address import address_bytes
from identity.hashing import keccak256
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

WORD = 32
ROOT_SLOTS = range(24)
STRUCT_SLOTS = range(6)


class Fork:
    """A chain of its own, started from the run's state."""

    def __init__(self, folder, play, chain: Chain) -> None:
        self.folder = folder
        self.play = play
        self.chain = chain

    def word(self, contract: str, slot: int) -> int:
        return int(self.chain.rpc.request("eth_getStorageAt", contract, hex(slot), "latest"), 16)

    def set_word(self, contract: str, slot: int, value: int) -> None:
        word = "0x" + value.to_bytes(WORD, "big").hex()
        self.chain.rpc.request(
            "anvil_setStorageAt", contract, "0x" + slot.to_bytes(WORD, "big").hex(), word
        )

    def slot(self, contract: str, keys: tuple[int, ...], value: int) -> int:
        """Find where a mapping (of mappings) holds a value under its keys."""
        for root in ROOT_SLOTS:
            place = root
            for key in keys:
                place = int.from_bytes(
                    keccak256(key.to_bytes(WORD, "big") + place.to_bytes(WORD, "big")), "big"
                )
            for member in STRUCT_SLOTS:
                if self.word(contract, place + member) == value:
                    return place + member
        raise AssertionError(f"{value:#x} is not stored under {keys}")

    def spoil(self, contract: str, keys: tuple[int, ...], value: int) -> list[Finding]:
        """Change a stored value by its last bit and audit."""
        self.set_word(contract, self.slot(contract, keys, value), value ^ 1)
        return self.findings()

    def findings(self) -> list[Finding]:
        return audit_run(self.folder, self.chain).findings


@pytest.fixture(scope="module")
def fork_chain(tiny_run) -> Iterator[Chain]:
    with Anvil(load_state=tiny_run.folder / "chain-state.json.gz") as anvil:
        yield Chain(anvil.url)


@pytest.fixture
def fork(tiny_run, fork_chain: Chain) -> Iterator[Fork]:
    snapshot = fork_chain.rpc.request("evm_snapshot")
    yield Fork(tiny_run.folder, tiny_run.play, fork_chain)
    fork_chain.rpc.request("evm_revert", snapshot)


def number(value: bytes) -> int:
    return int.from_bytes(value, "big")


def test_the_fork_itself_passes(fork: Fork) -> None:
    assert fork.findings() == []


@pytest.mark.parametrize("account", [1, 4])
def test_a_balance_of_currency(fork: Fork, account: int) -> None:
    wallet = fork.play.keys[str(account)].address
    balance = fork.play.contracts.currency.balance_of(wallet)
    key = number(address_bytes(wallet))
    (finding,) = fork.spoil(fork.play.deployment.currency, (key,), balance)
    assert (finding.check, finding.file) == ("balances", "chain")
    assert finding.item == f"stored currency of account {account}"
    assert (finding.expected, finding.got) == (str(balance), str(balance ^ 1))


def test_a_balance_of_energy(fork: Fork) -> None:
    wallet = fork.play.keys["3"].address
    balance = fork.play.contracts.energy.balance_of(wallet)
    key = number(address_bytes(wallet))
    (finding,) = fork.spoil(fork.play.deployment.energy, (key,), balance)
    assert (finding.check, finding.item) == ("balances", "stored energy of account 3")


def test_a_total_supply(fork: Fork) -> None:
    supply = fork.play.contracts.energy.total_supply()
    (finding,) = fork.spoil(fork.play.deployment.energy, (), supply)
    assert (finding.check, finding.item) == ("supplies", "supply of EnergyToken")


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_price_hash(fork: Fork, at: int) -> None:
    interval = fork.play.intervals[at]
    record = fork.play.contracts.market.price_record(interval)
    findings = fork.spoil(
        fork.play.deployment.market, (interval.packed,), number(record.price_hash)
    )
    assert ("price hashes", "stored price hash") in [(one.check, one.item) for one in findings]
    assert {one.interval for one in findings} == {interval.start}


def test_every_stored_byte_of_a_price_record(fork: Fork) -> None:
    interval = fork.play.intervals[3]
    market = fork.play.deployment.market
    record = fork.play.contracts.market.price_record(interval)
    hashed = fork.slot(market, (interval.packed,), number(record.price_hash))
    spoilt = 0
    for slot in range(hashed - 3, hashed + 4):
        word = fork.word(market, slot)
        hashes = word.bit_count() > 90
        for at in range(WORD):
            if not word >> (8 * at) & 0xFF or (hashes and at):
                continue
            fork.set_word(market, slot, word ^ (1 << (8 * at)))
            findings = fork.findings()
            assert {one.interval for one in findings} == {interval.start}, (slot - hashed, at)
            spoilt += 1
        fork.set_word(market, slot, word)
    assert spoilt > 10
    assert fork.findings() == []


def test_a_book_commitment(fork: Fork) -> None:
    interval = fork.play.intervals[1]
    book = fork.play.contracts.market.book(interval)
    (finding,) = fork.spoil(
        fork.play.deployment.market, (interval.packed,), number(book.commitment)
    )
    assert (finding.check, finding.item) == ("commitments", "stored book commitment")
    assert finding.interval == interval.start


@pytest.mark.parametrize("gateway", [1, 2])
def test_an_attestation_root(fork: Fork, gateway: int) -> None:
    interval = fork.play.intervals[2]
    root = fork.play.contracts.metering.attestation_root(interval, gateway)
    metering = fork.play.deployment.metering
    try:
        findings = fork.spoil(metering, (interval.packed, gateway), number(root))
    except AssertionError:
        findings = fork.spoil(metering, (gateway, interval.packed), number(root))
    (finding,) = findings
    assert (finding.check, finding.item) == ("attestations", f"stored root of gateway {gateway}")
    assert finding.interval == interval.start


def test_a_positions_hash(fork: Fork) -> None:
    interval = fork.play.intervals[0]
    record = fork.play.contracts.settlement.record(interval)
    (finding,) = fork.spoil(
        fork.play.deployment.settlement, (interval.packed,), number(record.positions_hash)
    )
    assert (finding.check, finding.item) == ("settlements", "stored positions hash")
    assert finding.interval == interval.start


def test_a_credential_hash(fork: Fork) -> None:
    participant = fork.play.contracts.registry.participant(2)
    (finding,) = fork.spoil(
        fork.play.deployment.registry, (2,), number(participant.credential_hash)
    )
    assert (finding.check, finding.item) == ("registry", "stored credential hash of account 2")


def test_the_key_of_a_gateway(fork: Fork) -> None:
    gateway = fork.play.contracts.registry.gateway(2)
    (finding,) = fork.spoil(fork.play.deployment.registry, (2,), number(gateway.ed25519_key))
    assert (finding.check, finding.item) == ("registry", "stored Ed25519 key of gateway 2")


def test_a_deposit_that_was_not_published(fork: Fork) -> None:
    play = fork.play
    call = play.contracts.currency.mint(play.keys["2"].address, 7, b"\1" * 32)
    Sender(fork.chain, play.keys["minter"]).send(call)
    items = [(one.check, one.file, one.line, one.item) for one in fork.findings()]
    assert ("balances", "balances.jsonl", 2, "deposits of account 2") in items
    assert ("balances", "balances.jsonl", 2, "currency of account 2") in items


def test_money_moved_past_the_settlement_contract(fork: Fork) -> None:
    """The admin gives a thief the settlement contract's role, and takes it back afterwards."""
    play, currency = fork.play, fork.play.contracts.currency
    admin, thief = Sender(fork.chain, play.keys["admin"]), Sender(fork.chain, play.keys["g1"])
    role = currency.settlement_role()
    admin.send(currency.grant_role(role, thief.address))
    wallets = [play.keys[one].address for one in "34"]
    thief.send(currency.settle(wallets[:1], [1_000], wallets[1]))
    admin.send(currency.revoke_role(role, thief.address))
    items = [(one.check, one.item) for one in fork.findings()]
    assert ("community", "who may settle on CurrencyToken") in items


def test_certificates_for_energy_that_nobody_exported(fork: Fork) -> None:
    play, energy = fork.play, fork.play.contracts.energy
    admin, thief = Sender(fork.chain, play.keys["admin"]), Sender(fork.chain, play.keys["g1"])
    admin.send(energy.grant_role(energy.settlement_role(), thief.address))
    thief.send(energy.issue([play.keys["3"].address], [700]))
    items = [(one.check, one.item) for one in fork.findings()]
    assert ("community", "who may settle on EnergyToken") in items
    assert ("supplies", "supply of EnergyToken") in items
    assert ("balances", "stored energy of account 3") in items


def test_a_deposit_for_a_stranger(fork: Fork) -> None:
    play = fork.play
    call = play.contracts.currency.mint(play.keys["g2"].address, 7, b"\1" * 32)
    Sender(fork.chain, play.keys["minter"]).send(call)
    (finding,) = fork.findings()
    assert (finding.check, finding.item) == ("balances", f"wallet {play.keys['g2'].address}")


def test_a_step_for_an_interval_that_the_run_does_not_have(fork: Fork) -> None:
    play = fork.play
    later = Interval(1, play.intervals[-1].end, 900)
    call = play.contracts.market.post_tariffs(later, [play.tariffs[0]])
    Sender(fork.chain, play.keys["tariffs"]).send(call)
    (finding,) = fork.findings()
    assert (finding.check, finding.item) == ("completeness", "TariffPosted on chain")


def test_a_gateway_revoked_for_the_time_of_its_readings(fork: Fork) -> None:
    play = fork.play
    since = play.intervals[2].start
    call = play.contracts.registry.revoke_gateway(1, since)
    Sender(fork.chain, play.keys["registrar"]).send(call)
    findings = fork.findings()
    assert {one.interval for one in findings} == {since, play.intervals[3].start}
    assert {one.check for one in findings} == {"readings", "attestations"}


def test_a_participant_barred_later_had_the_right_to_trade_before(fork: Fork) -> None:
    call = fork.play.contracts.registry.set_participant_active(2, False)
    Sender(fork.chain, fork.play.keys["registrar"]).send(call)
    assert fork.findings() == []


def test_a_chain_without_the_contracts_stops_the_audit(tiny_run) -> None:
    with Anvil() as anvil:
        verdict = audit_run(tiny_run.folder, Chain(anvil.url))
    assert [check.name for check in verdict.checks] == ["manifest", "contracts"]
    assert len(verdict.findings) == 11
    assert verdict.findings[0].item == "chain.registry"
