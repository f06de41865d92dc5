"""The tokens: deposited euros and certificates of local energy (ERC-20 with permits, ERC-2612)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AdminRulesClient, PausableClient, TypedDataClient
from domain.errors import InvalidValueError
from domain.units import Money

_SIGNATURE_BYTES = 65


class PayoutStatus(IntEnum):
    """Where a pay-out stands. The numbers are the contract's."""

    REQUESTED = 1
    PAID = 2
    REJECTED = 3
    EXPIRED = 4


@dataclass(frozen=True, slots=True)
class Payout:
    """A holder's request for euros.

    Attributes:
        holder: address that asked.
        expires_at: UTC second from which on it cannot be confirmed.
        status: where it stands.
        amount: 10^-8 EUR.
    """

    holder: str
    expires_at: int
    status: PayoutStatus
    amount: Money


@dataclass(frozen=True, slots=True)
class Deposit:
    """What was credited on a document.

    Attributes:
        to: address that received it.
        minted_at: UTC second.
        amount: 10^-8 EUR.
        reversed: 10^-8 EUR of it that were taken back.
    """

    to: str
    minted_at: int
    amount: Money
    reversed: Money


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries of each kind added up, 10^-8 EUR.

    Attributes:
        minted: credited against documents.
        paid_out: confirmed as paid.
        burned: given up by holders.
        reversed: taken back from wrong credits.
    """

    minted: Money
    paid_out: Money
    burned: Money
    reversed: Money

    @property
    def backing(self) -> Money:
        """What must lie in the bank for the tokens."""
        return Money(self.minted - self.paid_out - self.burned - self.reversed)


class NamedTokenClient(AdminRulesClient):
    """What all tokens have in common."""

    def name(self) -> str:
        """Return the token's name."""
        return str(self._read_one("name"))

    def symbol(self) -> str:
        """Return the token's short name."""
        return str(self._read_one("symbol"))

    def decimals(self) -> int:
        """Return how many decimals the token's own unit has."""
        return int(self._read_one("decimals"))


class TokenClient(NamedTokenClient):
    """A token whose units are all alike (ERC-20). Amounts are its smallest units."""

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


class PermitTokenClient(TokenClient, TypedDataClient):
    """A token whose holders can allow transfers by signature, and that settlement moves."""

    def permit(self, owner: str, spender: str, value: int, deadline: int, signature: bytes) -> Call:
        """Show what a holder signed: that an address may take tokens. Anybody.

        Args:
            owner: address of the holder.
            spender: address that may take the tokens.
            value: how many.
            deadline: last UTC second at which this can be sent.
            signature: 65 bytes of the holder's over ``identity.typed_data.permit_digest``.

        Raises:
            InvalidValueError: where the signature has another length.
        """
        if len(signature) != _SIGNATURE_BYTES:
            raise InvalidValueError("signature", f"{_SIGNATURE_BYTES} bytes", signature)
        r, s, v = signature[:32], signature[32:64], signature[64]
        return self._call("permit", owner, spender, value, deadline, v, r, s)

    def nonces(self, owner: str) -> int:
        """Return the nonce of a holder's next permit."""
        return int(self._read_one("nonces", owner))

    def domain_separator(self) -> bytes:
        """Return the 32 bytes that stand for the signing domain of permits."""
        return bytes(self._read_one("DOMAIN_SEPARATOR"))

    def settlement_role(self) -> bytes:
        """Return the role that settles."""
        return bytes(self._read_one("SETTLEMENT_ROLE"))


class CurrencyClient(PermitTokenClient, PausableClient):
    """Deposited euros; a unit is 10^-8 EUR. Documents are named by hashes of 32 bytes."""

    contract: ClassVar[str] = "CurrencyToken"

    def mint(self, to: str, amount: int, backing: bytes) -> Call:
        """Credit a deposit. Only the minter.

        Args:
            to: whose deposit it is.
            amount: 10^-8 EUR.
            backing: the deposit's document, not used before.
        """
        return self._call("mint", to, amount, backing)

    def reverse_mint(self, document: bytes, amount: int, correction: bytes) -> Call:
        """Take back what was credited wrongly, as a new entry. Only the minter.

        Args:
            document: of the deposit.
            amount: 10^-8 EUR, at most the deposit's rest and what its receiver holds.
            correction: document that says why, not used before.
        """
        return self._call("reverseMint", document, amount, correction)

    def burn(self, amount: int) -> Call:
        """Give up money of the sender's own without being paid out."""
        return self._call("burn", amount)

    def request_payout(self, amount: int, destination: bytes) -> Call:
        """Ask for euros. The tokens are set aside, and return if nobody confirms in time.

        Args:
            amount: 10^-8 EUR.
            destination: hash of where to pay them to, 32 bytes.
        """
        return self._call("requestPayout", amount, destination)

    def confirm_payout(self, payout: int, bank_transfer: bytes) -> Call:
        """End the tokens of a pay-out whose euros were paid. Only the payer, in time.

        Args:
            payout: its number.
            bank_transfer: document of the transfer, not used before.
        """
        return self._call("confirmPayout", payout, bank_transfer)

    def reject_payout(self, payout: int, reason: bytes) -> Call:
        """Give the tokens of a pay-out back to the holder. Only the payer."""
        return self._call("rejectPayout", payout, reason)

    def expire_payout(self, payout: int) -> Call:
        """Give the tokens of a pay-out that nobody confirmed in time back. Anybody."""
        return self._call("expirePayout", payout)

    def settle(self, wallets: Sequence[str], payments: Sequence[int], grid: str) -> Call:
        """Move money among wallets by way of the grid's. Only the settlement contract."""
        return self._call("settle", list(wallets), list(payments), grid)

    def backing(self) -> Money:
        """Return what must lie in the bank for the tokens, 10^-8 EUR."""
        return Money(self._read_one("backing"))

    def ledger(self) -> Ledger:
        """Return the sums of all entries."""
        return Ledger(*(Money(value) for value in self._read("ledger")))

    def deposit_of(self, document: bytes) -> Deposit | None:
        """Return what was credited on a document, or None."""
        to, minted_at, amount, reversed_ = self._read("depositOf", document)
        return Deposit(to, minted_at, Money(amount), Money(reversed_)) if minted_at else None

    def is_document_used(self, document: bytes) -> bool:
        """Tell whether a document serves an entry already."""
        return bool(self._read_one("isDocumentUsed", document))

    def payout_of(self, payout: int) -> Payout | None:
        """Return a pay-out, or None where there is none of that number."""
        holder, expires_at, status, amount = self._read("payoutOf", payout)
        return Payout(holder, expires_at, PayoutStatus(status), Money(amount)) if status else None

    def payout_count(self) -> int:
        """Return how many pay-outs were ever requested; they are numbered from 1."""
        return int(self._read_one("payoutCount"))

    def payout_seconds(self) -> int:
        """Return how long a pay-out can be confirmed."""
        return int(self._read_one("PAYOUT_SECONDS"))

    def reversal_seconds(self) -> int:
        """Return how long a mint can be reversed."""
        return int(self._read_one("REVERSAL_SECONDS"))

    def minter_role(self) -> bytes:
        """Return the role that credits deposits."""
        return bytes(self._read_one("MINTER_ROLE"))

    def payer_role(self) -> bytes:
        """Return the role that confirms pay-outs."""
        return bytes(self._read_one("PAYER_ROLE"))

    def escrow_role(self) -> bytes:
        """Return the role that passes money on in a pause."""
        return bytes(self._read_one("ESCROW_ROLE"))


class EnergyClient(PermitTokenClient):
    """Certificates of local origin; a unit is 1 Wh."""

    contract: ClassVar[str] = "EnergyToken"

    def issue(self, wallets: Sequence[str], amounts: Sequence[int]) -> Call:
        """Issue certificates. Only the settlement contract."""
        return self._call("issue", list(wallets), list(amounts))

    def revoke(self, wallets: Sequence[str], amounts: Sequence[int]) -> Call:
        """Take certificates back that were not due. Only the settlement contract."""
        return self._call("revoke", list(wallets), list(amounts))

    def retire(self, amount: int) -> Call:
        """Use up certificates of the sender's own.

        Args:
            amount: Wh.
        """
        return self._call("retire", amount)
