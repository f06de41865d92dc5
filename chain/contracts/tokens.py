"""The two tokens: deposited euros, and certificates of local energy (ERC-20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AccessControlledClient


class TokenClient(AccessControlledClient):
    """What both tokens have in common (ERC-20). Amounts are the token's smallest units."""

    def name(self) -> str:
        """Return the token's name."""
        return str(self._read_one("name"))

    def symbol(self) -> str:
        """Return the token's short name."""
        return str(self._read_one("symbol"))

    def decimals(self) -> int:
        """Return how many decimals the token's own unit has."""
        return int(self._read_one("decimals"))

    def total_supply(self) -> int:
        """Return what all holders have together."""
        return int(self._read_one("totalSupply"))

    def balance_of(self, account: str) -> int:
        """Return what an address has."""
        return int(self._read_one("balanceOf", account))

    def allowance(self, owner: str, spender: str) -> int:
        """Return what an address may take from another."""
        return int(self._read_one("allowance", owner, spender))

    def transfer(self, to: str, value: int) -> Call:
        """Give tokens of the sender's own to an address."""
        return self._call("transfer", to, value)

    def approve(self, spender: str, value: int) -> Call:
        """Allow an address to take tokens from the sender."""
        return self._call("approve", spender, value)

    def transfer_from(self, from_: str, to: str, value: int) -> Call:
        """Take tokens that their holder allowed the sender to take."""
        return self._call("transferFrom", from_, to, value)

    def settlement_role(self) -> bytes:
        """Return the role that settles."""
        return bytes(self._read_one("SETTLEMENT_ROLE"))


class CurrencyClient(TokenClient):
    """Deposited euros; a unit is 10^-8 EUR."""

    contract: ClassVar[str] = "CurrencyToken"

    def mint(self, to: str, amount: int, backing: bytes) -> Call:
        """Credit a deposit. Only the minter.

        Args:
            to: whose deposit it is.
            amount: 10^-8 EUR.
            backing: reference of the payment behind it, 32 bytes.
        """
        return self._call("mint", to, amount, backing)

    def settle(self, wallets: Sequence[str], payments: Sequence[int], grid: str) -> Call:
        """Move money among wallets by way of the grid's. Only the settlement contract."""
        return self._call("settle", list(wallets), list(payments), grid)

    def minter_role(self) -> bytes:
        """Return the role that credits deposits."""
        return bytes(self._read_one("MINTER_ROLE"))


class EnergyClient(TokenClient):
    """Certificates of local origin; a unit is 1 Wh."""

    contract: ClassVar[str] = "EnergyToken"

    def issue(self, wallets: Sequence[str], amounts: Sequence[int]) -> Call:
        """Issue certificates. Only the settlement contract."""
        return self._call("issue", list(wallets), list(amounts))

    def retire(self, amount: int) -> Call:
        """Use up certificates of the sender's own.

        Args:
            amount: Wh.
        """
        return self._call("retire", amount)
