"""The intervals that can be traded in, and how to sign an order for them."""

from __future__ import annotations

from collections.abc import Iterator

from domain.fee import AnnouncedFee, Fee, FeeSchedule
from domain.interval import Interval
from identity.typed_data import DOMAIN_TYPE, ORDER_TYPE, market_domain
from wallet_api.communities.schemas import (
    ComingFee,
    ComingInterval,
    CommunityOut,
    ContractsOut,
    FeeOut,
    TypedDataOut,
    TypedDomainOut,
    TypedField,
)
from wallet_api.ports import Tariffs
from wallet_api.services import CommunityTerms, Services


def describe(services: Services, count: int) -> CommunityOut:
    """Describe the community.

    Args:
        services: its services.
        count: most coming intervals to list.
    """
    terms = services.community
    now = services.clock.now()
    addresses = services.addresses
    fees = services.fees.schedule()
    return CommunityOut(
        community=terms.number,
        name=terms.name,
        now=now,
        duration_s=terms.duration,
        gate_lead_s=terms.gate_lead,
        grid_account=terms.grid_account,
        mechanism=terms.mechanism,
        k=terms.k,
        chain_id=services.chain_id,
        contracts=ContractsOut(
            registry=addresses.registry,
            market=addresses.market,
            metering=addresses.metering,
            settlement=addresses.settlement,
            currency=addresses.currency,
            energy=addresses.energy,
            agents=addresses.agents,
            order_entry=addresses.order_entry,
        ),
        operator=services.operator,
        fee=_fee(fees.at(terms.number, now)),
        next_fee=_coming_fee(fees.after(terms.number, now)),
        typed_data=order_types(services.chain_id, addresses.market),
        intervals=list(_coming(terms, services.tariffs, fees, now, count)),
    )


def order_types(chain_id: int, market: str) -> TypedDataOut:
    """Return the EIP-712 types and domain of orders."""
    domain = market_domain(chain_id, market)
    return TypedDataOut(
        types=dict(map(_fields, (DOMAIN_TYPE, ORDER_TYPE))),
        primary_type=_fields(ORDER_TYPE)[0],
        domain=TypedDomainOut(
            name=domain.name,
            version=domain.version,
            chain_id=chain_id,
            verifying_contract=market,
        ),
    )


def _fields(encoded: str) -> tuple[str, list[TypedField]]:
    name, _, rest = encoded.removesuffix(")").partition("(")
    pairs = (field.split(" ") for field in rest.split(","))
    return name, [TypedField(type=kind, name=field) for kind, field in pairs]


def _fee(fee: Fee) -> FeeOut:
    return FeeOut(mct_per_kwh=fee.rate, account=fee.account or None)


def _coming_fee(announced: AnnouncedFee | None) -> ComingFee | None:
    if announced is None:
        return None
    fee = _fee(announced.fee)
    return ComingFee(
        mct_per_kwh=fee.mct_per_kwh, account=fee.account, valid_from=announced.valid_from
    )


def _coming(
    terms: CommunityTerms, tariffs: Tariffs, fees: FeeSchedule, now: int, count: int
) -> Iterator[ComingInterval]:
    lead = terms.gate_lead + terms.desk_lead
    earliest = now + lead + 1
    start = -(-earliest // terms.duration) * terms.duration
    for index in range(count):
        interval = Interval(terms.number, start + index * terms.duration, terms.duration)
        tariff = tariffs.tariff(interval)
        if tariff is None:
            continue
        yield ComingInterval(
            interval_start=interval.start,
            gate_closes_at=interval.start - lead,
            feed_in=tariff.feed_in,
            retail=tariff.retail,
            fee_mct_per_kwh=fees.at(terms.number, interval.start).rate,
        )
