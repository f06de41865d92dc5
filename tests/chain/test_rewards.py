"""Reward points, from Python to the chain and back: what the DER oracle does step by step."""

from __future__ import annotations

import pytest

from chain import errors
from chain.contracts import RedemptionStatus, Reward
from chain.deployment import SingleContract
from chain.development import advance_to
from chain.events import (
    Paused,
    PointsExchanged,
    RedemptionCancelled,
    RedemptionExpired,
    Rewarded,
    RewardReversed,
    RoleGranted,
    VoucherConfirmed,
    VoucherIssued,
    read_events,
)
from chain.roles import DEFAULT_ADMIN_ROLE, PAUSER_ROLE, REWARDER_ROLE, VOUCHER_ROLE
from domain.errors import InvalidValueError

pytestmark = pytest.mark.chain

REASON, CORRECTION, OFFER, VOUCHER = (bytes([number]) * 32 for number in range(1, 5))


@pytest.fixture
def rewarded(rewards, keys, send):
    send(keys.registrar, rewards.reward(keys.alice.address, 50, REASON))
    return rewards


def events(chain, deployment: SingleContract, *kinds):
    return [event for event in read_events(chain, deployment) if isinstance(event, kinds)]


def test_everybody_has_the_role_it_needs_and_no_other(chain, rewards_deployment, keys) -> None:
    granted = {
        (event.role, event.account) for event in events(chain, rewards_deployment, RoleGranted)
    }
    assert granted == {
        (DEFAULT_ADMIN_ROLE, keys.admin.address),
        (REWARDER_ROLE, keys.registrar.address),
        (VOUCHER_ROLE, keys.operator.address),
        (PAUSER_ROLE, keys.operator.address),
    }


def test_another_chain_is_refused(chain, rewards_deployment) -> None:
    place = rewards_deployment
    elsewhere = SingleContract(1, place.name, place.address, place.block)
    with pytest.raises(InvalidValueError, match="chain_id"):
        read_events(chain, elsewhere)


def test_rewards_and_their_reversal(chain, rewards_deployment, rewarded, keys, send) -> None:
    alice = keys.alice.address
    with pytest.raises(errors.AlreadyRewarded):
        send(keys.registrar, rewarded.reward(alice, 1, REASON))
    send(keys.registrar, rewarded.reverse_reward(alice, REASON, 20, CORRECTION))
    assert rewarded.reward_of(alice, REASON) == Reward(50, 20)
    assert rewarded.reward_of(alice, OFFER) is None
    with pytest.raises(errors.RewardReversalExceedsRest) as refusal:
        send(keys.registrar, rewarded.reverse_reward(alice, REASON, 31, CORRECTION))
    assert refusal.value.arguments == {
        "holder": alice,
        "reason": REASON,
        "points": 31,
        "rest": 30,
    }
    given, taken = events(chain, rewards_deployment, Rewarded, RewardReversed)
    assert (given.holder, given.reason, given.points) == (alice, REASON, 50)
    assert (taken.holder, taken.reason, taken.points) == (alice, REASON, 20)
    assert taken.correction == CORRECTION


def test_points_stay_with_their_holder(rewarded, keys, send) -> None:
    bob = keys.bob.address
    for call in (
        rewarded.transfer(bob, 1),
        rewarded.transfer_from(keys.alice.address, bob, 1),
        rewarded.approve(bob, 1),
    ):
        with pytest.raises(errors.PointsNotTransferable):
            send(keys.alice, call)
    assert (rewarded.symbol(), rewarded.decimals()) == ("cwPTS", 0)


def test_exchanged_issued_confirmed(chain, rewards_deployment, rewarded, keys, send) -> None:
    assert rewarded.redemption_of(1) is None
    send(keys.alice, rewarded.redeem(40, OFFER))
    redemption = rewarded.redemption_of(1)
    assert (redemption.status, redemption.voucher) == (RedemptionStatus.REQUESTED, None)

    (exchanged,) = events(chain, rewards_deployment, PointsExchanged)
    assert (exchanged.holder, exchanged.points, exchanged.offer) == (
        keys.alice.address,
        40,
        OFFER,
    )
    assert exchanged.expires_at == exchanged.block_time + rewarded.issue_seconds()
    send(keys.operator, rewarded.issue_voucher(exchanged.redemption, VOUCHER))
    (issued,) = events(chain, rewards_deployment, VoucherIssued)
    assert (issued.holder, issued.voucher) == (keys.alice.address, VOUCHER)
    assert issued.expires_at == issued.block_time + rewarded.confirm_seconds()
    redemption = rewarded.redemption_of(1)
    assert (redemption.status, redemption.voucher) == (RedemptionStatus.ISSUED, VOUCHER)

    send(keys.alice, rewarded.confirm_voucher(issued.redemption))
    (confirmed,) = events(chain, rewards_deployment, VoucherConfirmed)
    assert (confirmed.points, confirmed.by_holder) == (40, True)
    assert rewarded.redemption_of(1).status is RedemptionStatus.CONFIRMED
    assert (rewarded.total_supply(), rewarded.redemption_count()) == (10, 1)


def test_points_return_where_there_is_no_voucher(
    chain, rewards_deployment, rewarded, keys, send
) -> None:
    send(keys.alice, rewarded.redeem(20, OFFER))
    send(keys.alice, rewarded.redeem(30, OFFER))
    send(keys.operator, rewarded.cancel_redemption(1, CORRECTION))
    advance_to(chain, rewarded.redemption_of(2).expires_at)
    with pytest.raises(errors.RedemptionOverdue):
        send(keys.operator, rewarded.issue_voucher(2, VOUCHER))
    send(keys.stranger, rewarded.expire_redemption(2))
    assert rewarded.balance_of(keys.alice.address) == 50
    cancelled, expired = events(chain, rewards_deployment, RedemptionCancelled, RedemptionExpired)
    assert (cancelled.redemption, cancelled.points, cancelled.reason) == (1, 20, CORRECTION)
    assert (expired.redemption, expired.points) == (2, 30)


def test_a_voucher_that_nobody_confirms_counts_as_confirmed(chain, rewarded, keys, send) -> None:
    send(keys.alice, rewarded.redeem(20, OFFER))
    send(keys.operator, rewarded.issue_voucher(1, VOUCHER))
    advance_to(chain, rewarded.redemption_of(1).expires_at)
    send(keys.stranger, rewarded.close_voucher(1))
    assert rewarded.redemption_of(1).status is RedemptionStatus.CONFIRMED
    assert rewarded.total_supply() == 30


def test_a_pause_stops_what_is_new_only(chain, rewards_deployment, rewarded, keys, send) -> None:
    send(keys.alice, rewarded.redeem(20, OFFER))
    send(keys.operator, rewarded.pause())
    assert rewarded.paused()
    with pytest.raises(errors.EnforcedPause):
        send(keys.registrar, rewarded.reward(keys.bob.address, 1, REASON))
    with pytest.raises(errors.EnforcedPause):
        send(keys.alice, rewarded.redeem(20, OFFER))
    send(keys.operator, rewarded.issue_voucher(1, VOUCHER))
    send(keys.alice, rewarded.confirm_voucher(1))
    send(keys.admin, rewarded.unpause())
    (paused,) = events(chain, rewards_deployment, Paused)
    assert paused.account == keys.operator.address


def test_wallets_can_ask_what_points_are(rewarded) -> None:
    assert rewarded.supports_interface(bytes.fromhex("36372b07"))
    assert not rewarded.supports_interface(bytes.fromhex("9d8ff7da"))
