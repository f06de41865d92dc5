"""Fields that several schemas share, each with its unit, bounds and an example."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.interval import DURATIONS
from domain.order import Side
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE

Value = TypeVar("Value", int, str)

MAX_START: Final = 2**40 - 1
"""Latest second that an interval may start at."""


class Input(BaseModel):
    """A request body: exact types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Output(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)


def _one_of(*allowed: Value) -> AfterValidator:
    """Refuse other values; unlike a Literal it leaves the static type wide."""

    def check(value: Value) -> Value:
        if value not in allowed:
            raise ValueError("one of " + ", ".join(map(str, allowed)))
        return value

    return AfterValidator(check)


Community = Annotated[
    int, Field(ge=1, le=2**32 - 1, description="Number of the community.", examples=[1])
]
IntervalStart = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_START,
        description="First second of the interval (seconds since 1970, UTC).",
        examples=[1743465600],
    ),
]
Duration = Annotated[
    int,
    _one_of(*DURATIONS),
    Field(
        description="Seconds that the interval lasts.",
        json_schema_extra={"enum": list(DURATIONS)},
        examples=[900],
    ),
]
Second = Annotated[
    int, Field(ge=0, le=2**63 - 1, description="Seconds since 1970, UTC.", examples=[1743465600])
]
SideName = Annotated[
    str,
    _one_of(*(side.label for side in Side)),
    Field(
        description="`bid` buys, `offer` sells.",
        json_schema_extra={"enum": [side.label for side in Side]},
        examples=["bid"],
    ),
]
Quantity = Annotated[
    int, Field(ge=1, le=MAX_QUANTITY, description="Energy in Wh.", examples=[1500])
]
Energy = Annotated[int, Field(ge=0, description="Energy in Wh.", examples=[1500])]
Price = Annotated[
    int,
    Field(
        ge=MIN_PRICE,
        le=MAX_PRICE,
        description="Millicent per kWh (10^-5 EUR/kWh); may be negative.",
        examples=[14250],
    ),
]
FeeRate = Annotated[
    int, Field(ge=0, le=2**16 - 1, description="Millicent per kWh bought.", examples=[1000])
]
Amount = Annotated[int, Field(description="Money in 10^-8 EUR.", examples=[21375000])]
Payment = Annotated[
    int,
    Field(
        description="Money in 10^-8 EUR; positive is paid by the participant, negative received.",
        examples=[21375000],
    ),
]
LocalPrice = Annotated[
    int,
    Field(
        ge=MIN_PRICE,
        le=MAX_PRICE,
        description="Local price in millicent per kWh. With the mechanism `pay-as-bid` a reference "
        "only, the uniform price of the same orders: each pair trades at a price of its own, and "
        "`payment` says what you pay. Null where nothing was traded.",
        examples=[14250],
    ),
]
AccountNumber = Annotated[
    int, Field(ge=1, description="Pseudonymous number in the registry.", examples=[7])
]
Address = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="EVM address.",
        examples=["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
    ),
]
Hash = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-f]{64}$",
        description="32 bytes in hexadecimal.",
        examples=["0x" + "1f" * 32],
    ),
]
Salt = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-fA-F]{32}$",
        description="128 random bits in hexadecimal.",
        examples=["0x" + "5a" * 16],
    ),
]
Signature = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-fA-F]{130}$",
        description="65 bytes r, s, v in hexadecimal; low s, v 27 or 28.",
        examples=["0x" + "ab" * 64 + "1b"],
    ),
]


def hexadecimal(value: bytes) -> str:
    """Write bytes as the API shows them."""
    return "0x" + value.hex()


def unhexadecimal(text: str) -> bytes:
    """Read what one of the patterns above has let through."""
    return bytes.fromhex(text[2:])
