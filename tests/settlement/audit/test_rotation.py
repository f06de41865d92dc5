"""Runs in which keys, wallets, credentials and devices change: everything is judged at its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from domain.interval import Interval
from identity.credentials import credential_hash, issue_membership
from identity.did import did_pkh
from identity.keys import Ed25519Key, EvmKey
from identity.typed_data import order_digest
from identity.wallet_rotation import registry_domain, wallet_rotation_digest
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

MIDNIGHT = 1_743_458_400
BEGIN = MIDNIGHT + 1_800
HOUR = MIDNIGHT + 3_600
"""The run's four quarters begin half an hour before and end half an hour after it."""

NEVER = 99
"""A quarter that the run does not have."""

NEW_WALLET = EvmKey.from_secret(b"\x31" * 32)
NEW_GATEWAY = EvmKey.from_secret(b"\x32" * 32)
NEW_READER = Ed25519Key.from_seed(b"\x33" * 32)


@pytest.fixture
def findings(tiny_run: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Play a run across a full hour, prepared by a function, and return what an audit finds."""
    kind = type(tiny_run.play)

    @contextmanager
    def played(prepare: Callable[[Any], object]) -> Iterator[Any]:
        with Anvil(timestamp=MIDNIGHT - 3_600) as anvil:
            play = kind(Chain(anvil.url))
            play.intervals = [Interval(1, BEGIN + 900 * at, 900) for at in range(4)]
            prepare(play)
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            yield play
            play.engine.dispose()
            play.chain.close()

    def audited(prepare: Callable[[Any], object]) -> list[Finding]:
        with played(prepare) as play:
            return audit_run(tmp_path, play.chain).findings

    return audited


def named(findings: list[Finding]) -> set[tuple[str, str, int | None]]:
    return {(finding.check, finding.item, finding.interval) for finding in findings}


def test_a_run_across_an_hour_passes(findings: Any) -> None:
    assert findings(lambda play: None) == []


# Gateways


def rotate_gateway(play: Any) -> None:
    registry = play.contracts.registry
    key, public = NEW_GATEWAY.address, NEW_READER.public
    call = registry.rotate_gateway_keys(1, key, public, HOUR, HOUR + 86_400)
    play.send("registrar", call)


def use_new_attestation_key(play: Any) -> None:
    play.keys["g1"] = NEW_GATEWAY


def use_new_reader(play: Any) -> None:
    play.readers[0] = NEW_READER


def test_readings_and_attestations_of_both_keys_of_a_gateway(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.after[0] = lambda: rotate_gateway(play)
        play.after[1] = lambda: (use_new_attestation_key(play), use_new_reader(play))

    assert findings(prepare) == []


def test_readings_by_the_old_key_after_the_rotation(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.after[0] = lambda: rotate_gateway(play)
        play.after[1] = lambda: use_new_attestation_key(play)

    assert named(findings(prepare)) == {
        ("readings", f"signer of reading {index} of gateway 1, device {index + 1}", start)
        for index in (0, 1)
        for start in (HOUR, HOUR + 900)
    }


def test_readings_by_the_new_key_before_the_rotation(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.after[0] = lambda: (rotate_gateway(play), use_new_reader(play))
        play.after[1] = lambda: use_new_attestation_key(play)

    assert {finding.interval for finding in findings(prepare)} == {HOUR - 900}


def test_keys_that_a_later_revocation_takes_back(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.after[0] = lambda: rotate_gateway(play)
        play.after[1] = lambda: (use_new_attestation_key(play), use_new_reader(play))
        revoke = lambda: play.contracts.registry.revoke_gateway(1, HOUR - 900)  # noqa: E731
        play.after[3] = lambda: play.send("registrar", revoke())

    found = findings(prepare)
    assert {finding.check for finding in found} == {"readings", "attestations"}
    assert {finding.interval for finding in found} == {HOUR - 900, HOUR, HOUR + 900}


# Devices


def test_a_device_behind_another_gateway(findings: Any) -> None:
    def prepare(play: Any) -> None:
        move = lambda: play.contracts.registry.move_device(2, 2, HOUR)  # noqa: E731
        play.after[0] = lambda: play.send("registrar", move())
        play.after[1] = lambda: play.behind.update({1: (1,), 2: (2, 3)})

    assert findings(prepare) == []


def test_a_device_read_by_the_gateway_that_it_left(findings: Any) -> None:
    def prepare(play: Any) -> None:
        move = lambda: play.contracts.registry.move_device(2, 2, HOUR)  # noqa: E731
        play.after[0] = lambda: play.send("registrar", move())

    assert named(findings(prepare)) == {
        ("readings", "gateway of reading 1 of gateway 1, device 2", start)
        for start in (HOUR, HOUR + 900)
    }


def test_a_device_that_signs_itself(findings: Any) -> None:
    own = Ed25519Key.from_seed(b"\x34" * 32)

    def prepare(play: Any) -> None:
        set_key = lambda: play.contracts.registry.set_device_key(2, own.public, HOUR)  # noqa: E731
        play.after[0] = lambda: play.send("registrar", set_key())
        play.after[1] = lambda: play.device_keys.update({2: own})

    assert findings(prepare) == []


def test_a_device_that_signs_itself_too_early(findings: Any) -> None:
    own = Ed25519Key.from_seed(b"\x34" * 32)

    def prepare(play: Any) -> None:
        set_key = lambda: play.contracts.registry.set_device_key(2, own.public, HOUR)  # noqa: E731
        play.after[0] = lambda: (
            play.send("registrar", set_key()),
            play.device_keys.update({2: own}),
        )

    (finding,) = findings(prepare)
    assert (finding.check, finding.interval) == ("readings", HOUR - 900)
    assert finding.item == "signer of reading 1 of gateway 1, device 2"


def decommission(play: Any) -> None:
    play.send("registrar", play.contracts.registry.decommission_device(2, HOUR))


def test_a_device_out_of_service_is_missed_no_more(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.after[0] = lambda: decommission(play)
        play.omitted.update({(2, 2), (3, 2)})

    assert findings(prepare) == []


def test_readings_of_a_device_out_of_service(findings: Any) -> None:
    found = named(findings(lambda play: play.after.update({0: lambda: decommission(play)})))
    item = "reading 1 of gateway 1, device 2: key and device valid then"
    assert found == {("readings", item, start) for start in (HOUR, HOUR + 900)}


# Wallets and credentials


def rotate_wallet(play: Any) -> None:
    """Exchange account 2's wallet; the old one sends its tokens on."""
    old = play.keys["2"].address
    registry, currency, energy = (
        play.contracts.registry,
        play.contracts.currency,
        play.contracts.energy,
    )
    domain = registry_domain(play.chain.chain_id, registry.address)
    deadline = play.chain.block_time() + 600
    consent = wallet_rotation_digest(domain, 2, old, NEW_WALLET.address, deadline)
    signature = NEW_WALLET.sign(consent)
    play.send("2", registry.rotate_wallet(2, NEW_WALLET.address, deadline, signature))
    for token in (currency, energy):
        play.send("2", token.transfer(NEW_WALLET.address, token.balance_of(old)))
    play.keys["2"] = NEW_WALLET
    play.senders.pop("2")
    play.lines["participants"][1]["wallet"] = NEW_WALLET.address.lower()


def publish_nothing_deposited(play: Any) -> None:
    publish = play._publish_balances

    def published() -> None:
        publish()
        play.lines["balances"][1]["deposited"] = 0

    play._publish_balances = published


def sign_by(play: Any, new_from: int) -> None:
    """Let account 2 sign the orders of a quarter and those after it by its new wallet."""
    right = play.sign_order

    def sign(order: Any) -> tuple[bytes, bytes]:
        if order.account != 2 or play.intervals.index(order.interval) < new_from:
            return right(order)
        digest = order_digest(play.orders_domain, order)
        return digest, NEW_WALLET.sign(digest)

    play.sign_order = sign


def prepare_rotation(play: Any, new_from: int) -> None:
    sign_by(play, new_from)
    publish_nothing_deposited(play)
    play.after[0] = lambda: rotate_wallet(play)


def test_orders_of_both_wallets_and_their_balances(findings: Any) -> None:
    """Quarter 0's order came before the exchange, quarter 3's after it."""
    assert findings(lambda play: prepare_rotation(play, 3)) == []


def test_an_order_by_the_old_wallet_after_the_exchange(findings: Any) -> None:
    (finding,) = findings(lambda play: prepare_rotation(play, NEVER))
    assert (finding.check, finding.interval) == ("order signatures", HOUR + 900)
    assert finding.item == "signer of order 0/0 of account 2"
    assert finding.expected == NEW_WALLET.address


def test_an_order_by_the_new_wallet_before_the_exchange(findings: Any) -> None:
    (finding,) = findings(lambda play: prepare_rotation(play, 0))
    assert (finding.check, finding.interval) == ("order signatures", BEGIN)
    assert finding.got == NEW_WALLET.address


@pytest.mark.parametrize(("late", "passes"), [(0, True), (59, True), (60, False)])
def test_the_operator_has_a_minute_to_notice(findings: Any, late: int, passes: bool) -> None:
    """The order is the old wallet's, received so many seconds after the exchange."""
    received: list[int] = []

    def prepare(play: Any) -> None:
        prepare_rotation(play, NEVER)
        rotate, write = play.after[0], play.write

        def rotated() -> None:
            rotate()
            record = play.contracts.registry.wallet_record(NEW_WALLET.address)
            received.append(record.since + late)

        def written(run: Path) -> None:
            line = [line for line in play.lines["orders"] if line["account"] == 2][-1]
            order = play.order(3, 0, 0, *play.books[3][0][0])
            line["received_at"] = received[0]
            line["receipt"] = "0x" + play.promise(order, received[0]).hex()
            write(run)

        play.after[0], play.write = rotated, written

    assert (findings(prepare) == []) is passes


def test_a_credential_of_the_new_wallet(findings: Any) -> None:
    def replace(play: Any) -> None:
        rotate_wallet(play)
        subject = did_pkh(play.chain.chain_id, NEW_WALLET.address)
        jwt = issue_membership(play.issuer, subject, 1, play.chain.block_time(), HOUR + 86_400)
        call = play.contracts.registry.replace_credential(2, credential_hash(jwt))
        play.send("registrar", call)
        play.lines["participants"][1]["credential"] = jwt

    def prepare(play: Any) -> None:
        prepare_rotation(play, 3)
        play.after[0] = lambda: replace(play)

    assert findings(prepare) == []


def test_a_credential_of_a_stranger(findings: Any) -> None:
    def replace(play: Any) -> None:
        subject = did_pkh(play.chain.chain_id, NEW_WALLET.address)
        jwt = issue_membership(play.issuer, subject, 1, BEGIN, HOUR + 86_400)
        call = play.contracts.registry.replace_credential(2, credential_hash(jwt))
        play.send("registrar", call)
        play.lines["participants"][1]["credential"] = jwt

    (finding,) = findings(lambda play: play.after.update({0: lambda: replace(play)}))
    assert (finding.check, finding.item) == ("credentials", "subject of account 2's credential")


def test_a_credential_revoked_after_its_orders(findings: Any) -> None:
    def revoke(play: Any) -> None:
        play.send("registrar", play.contracts.registry.revoke_credential(2))

    assert findings(lambda play: play.after.update({0: lambda: revoke(play)})) == []


def test_a_credential_revoked_before_its_orders(findings: Any) -> None:
    def prepare(play: Any) -> None:
        describe = play._describe

        def described() -> None:
            describe()
            play.send("registrar", play.contracts.registry.revoke_credential(2))

        play._describe = described

    found = findings(prepare)
    assert (
        "active accounts",
        "order 0/0 of account 2: active when committed",
        HOUR + 900,
    ) in named(found)
