"""The OpenAPI document: what FastAPI makes of the endpoints, with problems as they really are."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from wallet_api.problems.schemas import FieldProblem, Problem

DESCRIPTION: Final = """The API of the local energy market's participants and aggregators.

**Sign in** with your wallet (EIP-4361): ask for a nonce, sign the message, exchange it for a bearer
token. **Trade** by handing in limit orders that your wallet has signed (EIP-712); the answer is the
operator's signed receipt. **Check** everything: trades, readings and statements refer to records on
chain.

Numbers are integers with fixed units: energy in **Wh**, prices in **millicent per kWh**
(10^-5 EUR/kWh), money in **10^-8 EUR**. Wh times millicent per kWh is money, without rounding.
Times are UTC seconds since 1970; intervals include their first second and not their last.

Errors are problem documents (RFC 9457); `code` is for programs. You only ever see your own data.
"""

TAGS: Final = [
    {"name": "Sign-in", "description": "Wallet sign-in (EIP-4361) and sign-out."},
    {"name": "Community", "description": "Terms, contracts and coming intervals."},
    {"name": "Participant", "description": "Who is signed in."},
    {"name": "Orders", "description": "Signed orders and their receipts."},
    {"name": "Trades", "description": "What orders traded."},
    {"name": "Prices", "description": "Feed-in, local and retail prices."},
    {"name": "Readings", "description": "Signed meter readings."},
    {"name": "Balances", "description": "Currency and energy token."},
    {"name": "Statements", "description": "Settled intervals, payments and savings."},
    {"name": "Problems", "description": "What errors mean."},
    {"name": "Health", "description": "For load balancers and monitors."},
]

_REFERENCE: Final = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Make the application describe itself with this room's schemas of problems."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (FieldProblem, Problem):
        schema = model.model_json_schema(ref_template=_REFERENCE)
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    return document
