"""Claims on usable energy in named batteries (ERC-1155)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.calls import Call
from chain.contracts.tokens import NamedTokenClient
from domain.units import WattHours


class StoredEnergyClient(NamedTokenClient):
    """Claims, shown in kWh: a token's id is the battery's device number, a unit is 1 Wh."""

    contract: ClassVar[str] = "StoredEnergyToken"

    def uri(self, battery: int) -> str:
        """Return where a battery's token is described: nowhere."""
        return str(self._read_one("uri", battery))

    def supply_of(self, battery: int) -> WattHours:
        """Return the claims of all holders on a battery."""
        return WattHours(self._read_one("supplyOf", battery))

    def balance_of(self, account: str, battery: int) -> WattHours:
        """Return an address's claims on a battery."""
        return WattHours(self._read_one("balanceOf", account, battery))

    def balance_of_batch(self, accounts: Sequence[str], batteries: Sequence[int]) -> list[int]:
        """Return the claims of each address on the battery at the same place, Wh."""
        return list(self._read_one("balanceOfBatch", list(accounts), list(batteries)))

    def is_approved_for_all(self, account: str, operator: str) -> bool:
        """Tell whether an address may move another's claims."""
        return bool(self._read_one("isApprovedForAll", account, operator))

    def set_approval_for_all(self, operator: str, approved: bool) -> Call:
        """Let an address move all claims of the sender's, or no more."""
        return self._call("setApprovalForAll", operator, approved)

    def safe_transfer_from(
        self, from_: str, to: str, battery: int, amount: int, data: bytes = b""
    ) -> Call:
        """Pass claims on, Wh; a contract that receives them is asked."""
        return self._call("safeTransferFrom", from_, to, battery, amount, data)

    def safe_batch_transfer_from(
        self,
        from_: str,
        to: str,
        batteries: Sequence[int],
        amounts: Sequence[int],
        data: bytes = b"",
    ) -> Call:
        """Pass claims on several batteries on, Wh each."""
        return self._call("safeBatchTransferFrom", from_, to, list(batteries), list(amounts), data)

    def mint(self, to: str, battery: int, amount: int, process: bytes) -> Call:
        """Give out claims. Only an issuer.

        Args:
            to: who receives them.
            battery: device number of the battery.
            amount: Wh.
            process: hash of the validated statements, 32 bytes.
        """
        return self._call("mint", to, battery, amount, process)

    def burn(self, battery: int, amount: int, process: Sequence[bytes]) -> Call:
        """End claims of the sender's own, Wh, for the steps of those hashes. Only an escrow."""
        return self._call("burn", battery, amount, list(process))

    def escrow_transfer(self, from_: str, to: str, battery: int, amount: int) -> Call:
        """Move claims, Wh, without asking a contract that receives them. Only an escrow."""
        return self._call("escrowTransfer", from_, to, battery, amount)

    def issuer_role(self) -> bytes:
        """Return the role that gives out claims."""
        return bytes(self._read_one("ISSUER_ROLE"))

    def escrow_role(self) -> bytes:
        """Return the role that holds claims for others."""
        return bytes(self._read_one("ESCROW_ROLE"))
