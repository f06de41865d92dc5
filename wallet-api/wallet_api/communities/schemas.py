"""What a client needs to know of the community."""

from __future__ import annotations

from pydantic import Field

from wallet_api.fields import (
    AccountNumber,
    Address,
    Community,
    FeeRate,
    IntervalStart,
    Output,
    Price,
    Second,
)


class ContractsOut(Output):
    """The contracts on chain."""

    registry: Address
    market: Address
    metering: Address
    settlement: Address
    currency: Address = Field(description="Currency token, 8 decimals: a unit is 10^-8 EUR.")
    energy: Address = Field(description="Energy token, 3 decimals: a unit is 1 Wh.")
    agents: Address = Field(description="Where a wallet mandates other keys to order for it.")
    order_entry: Address = Field(
        description="Where participants put orders on chain themselves, and cancel committed ones."
    )


class TypedField(Output):
    """One field of an EIP-712 type."""

    name: str = Field(examples=["quantity"])
    type: str = Field(examples=["uint32"])


class TypedDomainOut(Output):
    """The EIP-712 domain, in the names that wallets expect."""

    name: str = Field(examples=["Commonwatt Market"])
    version: str = Field(examples=["1"])
    chain_id: int = Field(serialization_alias="chainId", examples=[31337])
    verifying_contract: Address = Field(serialization_alias="verifyingContract")


class TypedDataOut(Output):
    """What to sign with `eth_signTypedData_v4`, all but the message.

    The message's `interval` is `community << 64 | start << 24 | duration`; `account` is yours (see
    `/v1/me`); `side` is 0 for a bid and 1 for an offer; quantity in Wh, price in millicent per kWh.
    """

    types: dict[str, list[TypedField]]
    primary_type: str = Field(serialization_alias="primaryType", examples=["Order"])
    domain: TypedDomainOut


class ComingInterval(Output):
    """An interval that takes orders, or will."""

    interval_start: IntervalStart
    gate_closes_at: Second = Field(
        description="UTC second from which this API takes no more orders for it."
    )
    feed_in: Price = Field(description="What the grid pays: no local price lies below.")
    retail: Price = Field(description="What the grid takes: no local price lies above.")
    fee_mct_per_kwh: FeeRate = Field(
        description="What a buyer pays beside the price, in millicent per kWh bought; your funds "
        "must cover it beside a bid's limit."
    )


class FeeOut(Output):
    """What buyers pay beside the price of what they buy from one another."""

    mct_per_kwh: FeeRate
    account: AccountNumber | None = Field(description="Who receives it; null where it is 0.")


class ComingFee(FeeOut):
    """A fee that is announced and does not hold yet."""

    valid_from: Second = Field(description="UTC second; intervals that start then or later pay it.")


class CommunityOut(Output):
    """The community, its market on chain, and its coming intervals."""

    community: Community
    name: str = Field(description="What people call it.", examples=["benetutti"])
    now: Second = Field(description="The market's clock.")
    duration_s: int = Field(description="Seconds of an interval.", examples=[900])
    gate_lead_s: int = Field(
        description="Seconds before an interval's start at which the chain closes its gate.",
        examples=[900],
    )
    grid_account: AccountNumber = Field(description="Account of the grid's supplier.")
    mechanism: str = Field(
        description="The rule by which the contract proves each interval: see the documentation "
        "of mechanisms.",
        examples=["uniform-price"],
    )
    k: int | None = Field(
        ge=0,
        le=1000,
        description="Where a price lies between two limits, in per mille of the way from the "
        "lower one to the higher one; null for a mechanism without such a point.",
        examples=[500],
    )
    chain_id: int = Field(description="Number of the chain.", examples=[31337])
    contracts: ContractsOut
    operator: Address = Field(description="Whose key signs receipts.")
    fee: FeeOut = Field(description="The fee of intervals that start now.")
    next_fee: ComingFee | None = Field(
        description="The next fee that is announced; null where none is."
    )
    typed_data: TypedDataOut
    intervals: list[ComingInterval] = Field(
        description="Intervals whose gate is open and whose tariff is posted, earliest first."
    )
