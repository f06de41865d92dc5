"""Statements as clients read them."""

from __future__ import annotations

from pydantic import Field

from wallet_api.fields import (
    AccountNumber,
    Amount,
    Duration,
    Energy,
    Hash,
    IntervalStart,
    LocalPrice,
    Output,
    Payment,
    Price,
    Second,
)

_RESIDUAL = (
    "Metered less traded energy in Wh, exchanged with the grid: positive is taken from it at the "
    "retail price, negative is fed into it at the feed-in price."
)


class Totals(Output):
    """What all lines of a statement add up to."""

    bought_wh: Energy = Field(description="Wh bought in the local market.")
    sold_wh: Energy = Field(description="Wh sold in the local market.")
    imported_wh: Energy = Field(description="Wh that your meters took from the grid.")
    exported_wh: Energy = Field(description="Wh that your meters fed into the grid.")
    certificates_wh: Energy = Field(
        description="Wh of local origin that you received for what you bought."
    )
    payment: Payment
    trade_payment: Payment = Field(
        description="The part of the payment that is for traded energy, 10^-8 EUR. What is neither "
        "this nor the fee is for what was exchanged with the grid."
    )
    fee: Payment = Field(
        description="The part of the payment that is the community's fee on what you bought, "
        "10^-8 EUR."
    )
    grid_only_cost: Payment = Field(
        description="What the same metered energy would have cost without the market, 10^-8 EUR."
    )
    saving: Amount = Field(
        description="What the market saved you in 10^-8 EUR; negative where it cost."
    )


class StatementLineOut(Totals):
    """One settled interval."""

    interval_start: IntervalStart
    duration_s: Duration
    residual_wh: int = Field(description=_RESIDUAL, examples=[-250])
    price: LocalPrice | None
    feed_in: Price = Field(description="What the grid paid, in millicent per kWh.")
    retail: Price = Field(description="What the grid took, in millicent per kWh.")
    price_hash: Hash = Field(description="The price record on chain that this refers to.")
    transaction: Hash = Field(
        description="The transaction that settled the interval, or last corrected it."
    )
    corrections: int = Field(
        description="How often the settlement was corrected; the line says what holds.",
        examples=[0],
    )
    correction_payment: Payment = Field(
        description="The part of the payment that you paid by corrections, 10^-8 EUR; negative "
        "where they gave back."
    )


class StatementOut(Output):
    """What a participant traded, metered and paid in a span of time."""

    account: AccountNumber
    first: Second = Field(serialization_alias="from", description="UTC second.")
    last: Second = Field(serialization_alias="to", description="UTC second, not included.")
    totals: Totals
    lines: list[StatementLineOut] = Field(description="One a settled interval, earliest first.")
