"""Readings as clients read them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from wallet_api.fields import Community, Duration, Energy, Hash, IntervalStart, Output, Salt


class ReadingOut(Output):
    """What one of your meters counted in one interval, as its gateway signed it."""

    community: Community
    interval_start: IntervalStart
    duration_s: Duration
    device: int = Field(ge=1, description="Number of the device in the registry.", examples=[12])
    gateway: int = Field(ge=1, description="Number of the gateway that signed.", examples=[3])
    revision: int = Field(
        ge=0,
        description="How often the gateway corrected its readings of the interval: 0 where what it "
        "attested first still holds. `attestationRootAt` of the metering contract has the root of "
        "each revision.",
        examples=[0],
    )
    imported_wh: Energy = Field(description="Wh taken from the grid (OBIS 1-0:1.8.0).")
    exported_wh: Energy = Field(description="Wh fed into the grid (OBIS 1-0:2.8.0).")
    document: dict[str, Any] = Field(
        description="The signed document (W3C Data Integrity, eddsa-jcs-2022)."
    )
    document_hash: Hash = Field(
        description="Keccak-256 of the document's canonical form (RFC 8785), its proof included."
    )
    salt: Salt
    proof: list[Hash] = Field(
        description="Sibling hashes from the reading's leaf to the recorded root, the hash of the "
        "gateway's totals last: with salt and document hash what `verifyReading` of the metering "
        "contract takes."
    )
