"""What signing in sends and receives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wallet_api.fields import AccountNumber, Address, Input, Output, Second, Signature


class NonceOut(Output):
    """A nonce, and the other lines that the sign-in message must have."""

    nonce: str = Field(description="`Nonce`; good for one sign-in.", examples=["9f86d081884c7d65"])
    domain: str = Field(description="Opens the message.", examples=["market.example"])
    uri: str = Field(description="`URI`.", examples=["https://market.example"])
    version: Literal["1"] = Field(default="1", description="`Version`.")
    chain_id: int = Field(description="`Chain ID`.", examples=[31337])
    statement: str = Field(description="Statement for the person who signs; another may be used.")
    issued_at: str = Field(description="`Issued At`.", examples=["2025-04-01T00:00:00Z"])
    expiration_time: str = Field(
        description="`Expiration Time`; required. The session ends at it, or sooner.",
        examples=["2025-04-02T00:00:00Z"],
    )
    nonce_expires_at: Second = Field(description="The sign-in must come before this UTC second.")


class SignIn(Input):
    """A signed EIP-4361 message."""

    message: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4096,
            description="The message, letter by letter as it was signed.",
            examples=[
                "market.example wants you to sign in with your Ethereum account:\n"
                "0x70997970C51812dc3A010C7d01b50e0d17dc79C8\n\n"
                "Sign in to the local energy market. This costs nothing and orders nothing.\n\n"
                "URI: https://market.example\nVersion: 1\nChain ID: 31337\n"
                "Nonce: 9f86d081884c7d659a2feaa0c55ad015\nIssued At: 2025-04-01T00:00:00Z\n"
                "Expiration Time: 2025-04-02T00:00:00Z"
            ],
        ),
    ]
    signature: Signature


class SessionOut(Output):
    """An opened session."""

    token: str = Field(
        description="Send it as `Authorization: Bearer ...`. It is shown only here.",
        examples=["kR0n3oXyR2rC1fOBvTNd4l1pWq1kqQJ8sJ8mK7e0u1E"],
    )
    token_type: Literal["Bearer"] = Field(default="Bearer", description="How to send it.")
    expires_at: Second = Field(description="UTC second at which the session ends.")
    account: AccountNumber
    wallet: Address
