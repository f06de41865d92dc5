"""Deposits, pay-outs, permits and pauses, from Python to the chain and back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chain import errors
from chain.contracts import Contracts, Deposit, Ledger, PayoutStatus
from chain.deployment import Deployment, Roles, deploy
from chain.development import advance_to
from chain.events import (
    Burned,
    Minted,
    MintReversed,
    Paused,
    PayoutExpired,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
    RoleGranted,
    Unpaused,
    read_events,
)
from chain.roles import PAUSER_ROLE, PAYER_ROLE
from domain.errors import InvalidValueError
from identity.typed_data import currency_domain, energy_domain, permit_digest

pytestmark = pytest.mark.chain

DOCUMENT, CORRECTION, TRANSFER, DESTINATION = (bytes([number]) * 32 for number in range(1, 5))
FAR_FUTURE = 2**40


@pytest.fixture
def deployment(chain, keys: SimpleNamespace) -> Deployment:
    """A market whose operator pays out and can pause the currency token."""
    operator = keys.operator.address
    roles = Roles(
        registrar=keys.registrar.address,
        operator=operator,
        tariff_oracle=keys.tariff_oracle.address,
        minter=keys.minter.address,
        payer=operator,
        pauser=operator,
    )
    return deploy(chain, keys.admin, roles)


@pytest.fixture
def currency(contracts: Contracts, keys: SimpleNamespace, send):
    send(keys.minter, contracts.currency.mint(keys.alice.address, 500, DOCUMENT))
    return contracts.currency


def last_events(contracts: Contracts, *kinds):
    found = read_events(contracts.chain, contracts.deployment)
    return [event for event in found if isinstance(event, kinds)]


def test_payer_and_pauser_get_their_roles_and_no_other(contracts, keys) -> None:
    operator = keys.operator.address
    granted = {
        event.role
        for event in last_events(contracts, RoleGranted)
        if (event.contract, event.account) == ("CurrencyToken", operator)
    }
    assert granted == {PAYER_ROLE, PAUSER_ROLE}


def test_deposits_and_their_correction(contracts, currency, keys, send) -> None:
    alice = keys.alice.address
    assert currency.deposit_of(CORRECTION) is None
    assert currency.is_document_used(DOCUMENT)
    with pytest.raises(errors.DocumentUsed) as refusal:
        send(keys.minter, currency.mint(keys.bob.address, 1, DOCUMENT))
    assert refusal.value.arguments == {"document": DOCUMENT}
    send(keys.minter, currency.reverse_mint(DOCUMENT, 120, CORRECTION))
    send(keys.alice, currency.burn(30))

    (minted,) = last_events(contracts, Minted)
    expected = Deposit(alice, minted.block_time, 500, 120)
    assert currency.deposit_of(DOCUMENT) == expected
    ledger = currency.ledger()
    assert ledger == Ledger(minted=500, paid_out=0, burned=30, reversed=120)
    assert ledger.backing == currency.backing() == currency.total_supply() == 350
    reversal, burned = last_events(contracts, MintReversed, Burned)
    assert (reversal.holder, reversal.amount) == (alice, 120)
    assert (reversal.backing, reversal.correction) == (DOCUMENT, CORRECTION)
    assert (burned.holder, burned.amount) == (alice, 30)
    with pytest.raises(errors.ReversalExceedsRest) as refusal:
        send(keys.minter, currency.reverse_mint(DOCUMENT, 381, TRANSFER))
    assert refusal.value.arguments == {"document": DOCUMENT, "amount": 381, "rest": 380}
    assert currency.reversal_seconds() == 30 * 86_400


def test_a_payout_paid_and_one_rejected(contracts, currency, keys, send) -> None:
    assert currency.payout_of(1) is None
    send(keys.alice, currency.request_payout(300, DESTINATION))
    send(keys.alice, currency.request_payout(50, DESTINATION))
    assert currency.balance_of(keys.alice.address) == 150
    assert currency.balance_of(currency.address) == 350
    send(keys.operator, currency.confirm_payout(1, TRANSFER))
    send(keys.operator, currency.reject_payout(2, CORRECTION))

    assert currency.payout_count() == 2
    statuses = [currency.payout_of(number).status for number in (1, 2)]
    assert statuses == [PayoutStatus.PAID, PayoutStatus.REJECTED]
    assert currency.balance_of(keys.alice.address) == 200
    assert currency.total_supply() == currency.backing() == 200
    first, _, paid, rejected = last_events(contracts, PayoutRequested, PayoutPaid, PayoutRejected)
    assert (first.payout, first.holder, first.amount) == (1, keys.alice.address, 300)
    assert first.destination == DESTINATION
    assert first.expires_at == first.block_time + currency.payout_seconds()
    assert (paid.payout, paid.amount, paid.bank_transfer) == (1, 300, TRANSFER)
    assert (rejected.payout, rejected.reason) == (2, CORRECTION)
    with pytest.raises(errors.PayoutNotOpen):
        send(keys.operator, currency.confirm_payout(1, DESTINATION))


def test_a_payout_that_nobody_confirms(contracts, currency, keys, send) -> None:
    send(keys.alice, currency.request_payout(300, DESTINATION))
    payout = currency.payout_of(1)
    with pytest.raises(errors.PayoutNotOverdue) as refusal:
        send(keys.stranger, currency.expire_payout(1))
    assert refusal.value.arguments == {"payout": 1, "expiresAt": payout.expires_at}
    advance_to(contracts.chain, payout.expires_at)
    with pytest.raises(errors.PayoutOverdue):
        send(keys.operator, currency.confirm_payout(1, TRANSFER))
    send(keys.stranger, currency.expire_payout(1))
    assert currency.balance_of(keys.alice.address) == 500
    (expired,) = last_events(contracts, PayoutExpired)
    assert (expired.holder, expired.amount) == (keys.alice.address, 300)


def test_a_pause_stops_no_payout(contracts, currency, keys, send) -> None:
    send(keys.operator, currency.pause())
    assert currency.paused()
    with pytest.raises(errors.EnforcedPause):
        send(keys.alice, currency.transfer(keys.bob.address, 1))
    send(keys.alice, currency.request_payout(300, DESTINATION))
    send(keys.operator, currency.confirm_payout(1, TRANSFER))
    with pytest.raises(errors.AccessControlUnauthorizedAccount):
        send(keys.operator, currency.unpause())
    send(keys.admin, currency.unpause())
    send(keys.alice, currency.transfer(keys.bob.address, 1))
    begun, ended = last_events(contracts, Paused, Unpaused)
    assert (begun.account, ended.account) == (keys.operator.address, keys.admin.address)


@pytest.mark.parametrize(
    ("token", "domain"), [("currency", currency_domain), ("energy", energy_domain)]
)
def test_a_permit_signed_here_is_good_there(contracts, keys, send, token, domain) -> None:
    client = getattr(contracts, token)
    alice, bob = keys.alice.address, keys.bob.address
    signing = domain(contracts.chain.chain_id, client.address)
    assert client.domain_separator() == signing.separator
    assert client.eip712_domain()[1:5] == (
        signing.name,
        signing.version,
        signing.chain_id,
        client.address,
    )
    signature = keys.alice.sign(permit_digest(signing, alice, bob, 70, 0, FAR_FUTURE))
    permit = client.permit(alice, bob, 70, FAR_FUTURE, signature)
    send(keys.stranger, permit)
    assert (client.allowance(alice, bob), client.nonces(alice)) == (70, 1)
    with pytest.raises(errors.ERC2612InvalidSigner):
        send(keys.stranger, permit)
    with pytest.raises(InvalidValueError, match="signature"):
        client.permit(alice, bob, 70, FAR_FUTURE, signature[:64])


def test_a_permit_moves_money(currency, contracts, keys, send) -> None:
    alice, bob = keys.alice.address, keys.bob.address
    signing = currency_domain(contracts.chain.chain_id, currency.address)
    signature = keys.alice.sign(permit_digest(signing, alice, bob, 70, 0, FAR_FUTURE))
    send(keys.bob, currency.permit(alice, bob, 70, FAR_FUTURE, signature))
    send(keys.bob, currency.transfer_from(alice, bob, 70))
    assert (currency.balance_of(alice), currency.balance_of(bob)) == (430, 70)


def test_wallets_can_ask_what_the_tokens_are(contracts) -> None:
    erc20, erc20_metadata, permit = "36372b07", "a219a025", "9d8ff7da"
    for token in (contracts.currency, contracts.energy):
        for interface in (erc20, erc20_metadata, permit):
            assert token.supports_interface(bytes.fromhex(interface))
        assert not token.supports_interface(b"\xff" * 4)
