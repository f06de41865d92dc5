"""Balances as clients read them."""

from __future__ import annotations

from pydantic import Field

from wallet_api.fields import AccountNumber, Address, Amount, Energy, Output


class BalancesOut(Output):
    """What a wallet holds."""

    account: AccountNumber
    wallet: Address
    currency: Amount = Field(description="Balance of the currency token, in 10^-8 EUR.")
    owed: Amount = Field(
        description="What cleared intervals will still take when they are settled, and corrections "
        "of settled ones, in 10^-8 EUR."
    )
    reserved: Amount = Field(
        description="What open bids may cost at most, fees included, in 10^-8 EUR."
    )
    available: Amount = Field(description="What is left for further bids, in 10^-8 EUR.")
    energy_wh: Energy = Field(
        description="Balance of the energy token: certificates of local origin, in Wh."
    )
