"""The application: its state, its routes, and what wraps them."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from identity.typed_data import market_domain
from wallet_api import docs_page, openapi
from wallet_api.balances import endpoints as balances
from wallet_api.communities import endpoints as communities
from wallet_api.dependencies import State
from wallet_api.health import endpoints as health
from wallet_api.idempotency.service import Idempotency
from wallet_api.limits import RateLimiter
from wallet_api.middleware.access_log import AccessLog
from wallet_api.middleware.body_limit import BodyLimit
from wallet_api.middleware.failures import Failures
from wallet_api.middleware.security_headers import SecurityHeaders
from wallet_api.orders import endpoints as orders
from wallet_api.orders.service import Orders
from wallet_api.participants import endpoints as participants
from wallet_api.prices import endpoints as prices
from wallet_api.problems import endpoints as problems
from wallet_api.problems import handlers
from wallet_api.readings import endpoints as readings
from wallet_api.services import Services
from wallet_api.sessions import endpoints as sessions
from wallet_api.sessions.service import Sessions
from wallet_api.settings import ApiSettings
from wallet_api.statements import endpoints as statements
from wallet_api.trades import endpoints as trades


def create_app(services: Services) -> FastAPI:
    """Make the API of one community.

    The tables of ``wallet_api.tables`` must exist in ``services.engine``.

    Args:
        services: what the API is composed of.
    """
    app = FastAPI(
        title="Commonwatt wallet API",
        version=version("commonwatt"),
        summary="For prosumers and aggregators of a local energy market.",
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        docs_url=None,
        redoc_url=None,
    )
    app.state.held = _state(services)
    app.state.end_streams = services.broadcast.close
    _add_routes(app)
    _add_middleware(app, services.settings)
    handlers.install(app)
    openapi.install(app)
    return app


def _state(services: Services) -> State:
    settings = services.settings
    return State(
        services=services,
        sessions=Sessions(
            services.engine, services.registry, services.clock, settings, services.chain_id
        ),
        orders=Orders(
            services.desk,
            services.market,
            services.community,
            market_domain(services.chain_id, services.addresses.market),
        ),
        idempotency=Idempotency(services.engine, services.clock, settings.idempotency_lifetime),
        sign_in_limiter=RateLimiter(settings.sign_in_rate),
        order_limiter=RateLimiter(settings.order_rate),
    )


def _add_routes(app: FastAPI) -> None:
    first = APIRouter(prefix="/v1")
    for module in (
        sessions,
        communities,
        participants,
        orders,
        trades,
        prices,
        readings,
        balances,
        statements,
    ):
        first.include_router(module.router)
    for router in (first, problems.router, health.router, docs_page.router):
        app.include_router(router)


def _add_middleware(app: FastAPI, settings: ApiSettings) -> None:
    """Wrap the routes; what is added last stands outermost."""
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Failures)
    app.add_middleware(SecurityHeaders, https=settings.uri.startswith("https:"))
    app.add_middleware(AccessLog)
