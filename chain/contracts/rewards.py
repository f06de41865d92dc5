"""Reward points, and the vouchers that they are exchanged for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import PausableClient
from chain.contracts.tokens import TokenClient


class RedemptionStatus(IntEnum):
    """Where a redemption stands. The numbers are the contract's."""

    REQUESTED = 1
    ISSUED = 2
    CONFIRMED = 3
    CANCELLED = 4
    EXPIRED = 5


@dataclass(frozen=True, slots=True)
class Reward:
    """What a holder was given for a reason.

    Attributes:
        given: points.
        reversed: points of it that were taken back.
    """

    given: int
    reversed: int


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points exchanged for a voucher.

    Attributes:
        holder: address that exchanged them.
        expires_at: UTC second at which the time for the next step is over.
        status: where it stands.
        points: how many.
        voucher: hash of the voucher, 32 bytes, or None where none was issued.
    """

    holder: str
    expires_at: int
    status: RedemptionStatus
    points: int
    voucher: bytes | None


class RewardsClient(TokenClient, PausableClient):
    """The reward points, which stay with whom they were given to.

    ``transfer``, ``transfer_from`` and ``approve`` are refused by the contract. Documents, offers
    and vouchers are named by hashes of 32 bytes.
    """

    contract: ClassVar[str] = "RewardPoints"

    def reward(self, holder: str, points: int, reason: bytes) -> Call:
        """Give points for a documented reason, once a holder and reason. Only the rewarder."""
        return self._call("reward", holder, points, reason)

    def reverse_reward(self, holder: str, reason: bytes, points: int, correction: bytes) -> Call:
        """Take points of a reward back. Only the rewarder.

        Args:
            holder: who was rewarded.
            reason: what for.
            points: at most the reward's rest and what the holder has.
            correction: document that says why.
        """
        return self._call("reverseReward", holder, reason, points, correction)

    def redeem(self, points: int, offer: bytes) -> Call:
        """Exchange points of the sender's own for a voucher."""
        return self._call("redeem", points, offer)

    def issue_voucher(self, redemption: int, voucher: bytes) -> Call:
        """Record the voucher that the holder received. Only the voucher issuer, in time."""
        return self._call("issueVoucher", redemption, voucher)

    def confirm_voucher(self, redemption: int) -> Call:
        """Confirm that the sender has its voucher, and end its points."""
        return self._call("confirmVoucher", redemption)

    def close_voucher(self, redemption: int) -> Call:
        """End the points of a voucher that its holder did not confirm in time. Anybody."""
        return self._call("closeVoucher", redemption)

    def cancel_redemption(self, redemption: int, reason: bytes) -> Call:
        """Return the points: no voucher, or the one issued is withdrawn. Only the issuer."""
        return self._call("cancelRedemption", redemption, reason)

    def expire_redemption(self, redemption: int) -> Call:
        """Return the points of a redemption that got no voucher in time. Anybody."""
        return self._call("expireRedemption", redemption)

    def reward_of(self, holder: str, reason: bytes) -> Reward | None:
        """Return what a holder was given for a reason, or None."""
        given, reversed_ = self._read("rewardOf", holder, reason)
        return Reward(given, reversed_) if given else None

    def redemption_of(self, redemption: int) -> Redemption | None:
        """Return a redemption, or None where there is none of that number."""
        holder, expires_at, status, points, voucher = self._read("redemptionOf", redemption)
        if not status:
            return None
        issued = voucher if any(voucher) else None
        return Redemption(holder, expires_at, RedemptionStatus(status), points, issued)

    def redemption_count(self) -> int:
        """Return how many redemptions were ever requested; they are numbered from 1."""
        return int(self._read_one("redemptionCount"))

    def issue_seconds(self) -> int:
        """Return how long a voucher can be issued for a redemption."""
        return int(self._read_one("ISSUE_SECONDS"))

    def confirm_seconds(self) -> int:
        """Return after how long an issued voucher counts as confirmed."""
        return int(self._read_one("CONFIRM_SECONDS"))

    def rewarder_role(self) -> bytes:
        """Return the role that gives points."""
        return bytes(self._read_one("REWARDER_ROLE"))

    def voucher_role(self) -> bytes:
        """Return the role that issues vouchers."""
        return bytes(self._read_one("VOUCHER_ROLE"))
