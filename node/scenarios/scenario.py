"""What a scenario says: a community, its day, its participants and the grid's prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidValueError
from domain.interval import Interval, intervals_of_day
from domain.price_series import PriceSeries, millicent_per_kwh
from domain.units import MillicentPerKilowattHour, WattHours, require_range
from market.mechanisms import UNIFORM_PRICE, mechanism, provable_mechanism
from node.scenarios.profiles import ProfileTable

HOURS_OF_DAY: Final = 24
MAX_PARTICIPANTS: Final = 10_000
MAX_ANNUAL_KWH: Final = 10_000_000
MAX_PEAK_W: Final = 10_000_000


class ParticipantKind(StrEnum):
    """What a participant is."""

    HOUSEHOLD = "household"
    SCHOOL = "school"
    NURSERY = "nursery"
    BUSINESS = "business"
    FARM = "farm"
    APPLIANCE = "appliance"
    """A heat pump or a charging point on a meter of its own."""
    PRODUCER = "producer"


class TariffChoice(StrEnum):
    """Which of the two tariffs of TwinERGY D4.4, PUC04.02 step 3, the grid applies."""

    REAL_TIME = "real-time"
    TWO_LEVEL = "two-level"


class _FileSection:
    """A section of a scenario file: unknown fields are refused when it is read."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Load(_FileSection):
    """What a participant consumes.

    Attributes:
        profile: name of a load profile in the scenario's table.
        annual_kwh: consumption of a year, which scales the profile.
        shift_quarters: quarters of an hour by which the profile runs late (negative: early), so
            that homes with the same profile do not move as one.
    """

    profile: str
    annual_kwh: int
    shift_quarters: int = 0

    def __post_init__(self) -> None:
        require_range("annual_kwh", self.annual_kwh, 0, MAX_ANNUAL_KWH)
        require_range("shift_quarters", self.shift_quarters, -96, 96)


@dataclass(frozen=True, slots=True)
class Photovoltaics(_FileSection):
    """What a participant's roof produces.

    Attributes:
        profile: name of a PV profile in the scenario's table.
        peak_w: output of the plant in its best quarter of the year, in watts.
    """

    profile: str
    peak_w: int

    def __post_init__(self) -> None:
        require_range("peak_w", self.peak_w, 1, MAX_PEAK_W)


@dataclass(frozen=True, slots=True)
class Battery(_FileSection):
    """A battery that serves its owner's own consumption.

    Attributes:
        capacity_wh: usable energy.
        power_w: most that it takes or gives, measured at its terminals.
        charge_permille: share of what it takes that it stores, in thousandths.
        discharge_permille: share of what it withdraws that it gives, in thousandths.
        initial_wh: stored energy when the day begins.
    """

    capacity_wh: WattHours
    power_w: int
    charge_permille: int
    discharge_permille: int
    initial_wh: WattHours

    def __post_init__(self) -> None:
        require_range("capacity_wh", self.capacity_wh, 1, 10**9)
        require_range("power_w", self.power_w, 1, 10**9)
        require_range("charge_permille", self.charge_permille, 1, 1000)
        require_range("discharge_permille", self.discharge_permille, 1, 1000)
        require_range("initial_wh", self.initial_wh, 0, self.capacity_wh)


@dataclass(frozen=True, slots=True)
class Participant(_FileSection):
    """A member of the community with one grid connection.

    Attributes:
        key: short name within the scenario, for files and seeds.
        name: what to call the participant in a report; never on chain.
        kind: what it is.
        load: its consumption, where it has one.
        pv: its photovoltaics, where it has any.
        battery: its battery, where it has one.
    """

    key: str
    name: str
    kind: ParticipantKind
    load: Load | None = None
    pv: Photovoltaics | None = None
    battery: Battery | None = None


@dataclass(frozen=True, slots=True)
class Source(_FileSection):
    """Where data of a scenario come from, and on what terms.

    Attributes:
        title: what it is.
        holder: who published it.
        licence: its terms, in one line.
        url: where to read more; never loaded by a program.
        used_for: what the scenario takes from it.
    """

    title: str
    holder: str
    licence: str
    url: str
    used_for: str


@dataclass(frozen=True, slots=True)
class RealTimePlan(_FileSection):
    """Retail = wholesale + margin; feed-in = wholesale - fee.

    The wholesale prices stand in the scenario, or in a price table beside it.

    Attributes:
        margin: millicent per kWh for grid, taxes and supplier on top of wholesale.
        fee: millicent per kWh that whoever buys the fed-in energy keeps.
        source: who published the wholesale prices.
        wholesale_eur_per_mwh: day-ahead price of each of the 24 local hours, exactly as published;
            empty where there is a price table.
        wholesale_prices: the price table, where there is one.
    """

    margin: MillicentPerKilowattHour
    fee: MillicentPerKilowattHour
    source: Source
    wholesale_eur_per_mwh: tuple[Decimal, ...] = ()
    wholesale_prices: PriceSeries | None = None

    def __post_init__(self) -> None:
        if self.wholesale_prices is not None and self.wholesale_eur_per_mwh:
            expected = "none beside wholesale_prices"
            raise InvalidValueError("wholesale_eur_per_mwh", expected, "24 prices")
        if self.wholesale_prices is None and len(self.wholesale_eur_per_mwh) != HOURS_OF_DAY:
            got = f"{len(self.wholesale_eur_per_mwh)} prices"
            raise InvalidValueError("wholesale_eur_per_mwh", "24 prices, one a local hour", got)
        for price in self.wholesale_eur_per_mwh:
            millicent_per_kwh(price)
        require_range("margin", self.margin, 0, 10**6)
        require_range("fee", self.fee, 0, 10**6)


@dataclass(frozen=True, slots=True)
class TwoLevelPlan(_FileSection):
    """Two retail prices, by day and by night, and one feed-in price, all known in advance.

    Attributes:
        day_retail: millicent per kWh from ``day_from`` until ``day_until``.
        night_retail: millicent per kWh at other times.
        feed_in: millicent per kWh at all times.
        day_from: first local hour of the day level.
        day_until: local hour at which the night level begins.
    """

    day_retail: MillicentPerKilowattHour
    night_retail: MillicentPerKilowattHour
    feed_in: MillicentPerKilowattHour
    day_from: int
    day_until: int

    def __post_init__(self) -> None:
        require_range("day_from", self.day_from, 0, HOURS_OF_DAY - 1)
        require_range("day_until", self.day_until, self.day_from + 1, HOURS_OF_DAY)
        require_range("feed_in", self.feed_in, -(10**6), min(self.day_retail, self.night_retail))


@dataclass(frozen=True, slots=True)
class TariffPlan(_FileSection):
    """The grid's prices: both plans, and which of them holds."""

    choice: TariffChoice
    real_time: RealTimePlan
    two_level: TwoLevelPlan


@dataclass(frozen=True, slots=True)
class MarketPlan(_FileSection):
    """How the community's books are cleared, and its intervals settled.

    Attributes:
        mechanism: name of a mechanism that the contract proves.
        k: point between two limits, in per mille; None takes the mechanism's own, if it has one.
        netted_intervals: how many consecutive intervals are settled together, 1 to 96.
    """

    mechanism: str = UNIFORM_PRICE
    k: int | None = None
    netted_intervals: int = 1

    def __post_init__(self) -> None:
        require_range("netted_intervals", self.netted_intervals, 1, 96)
        chosen, _ = provable_mechanism(self.mechanism)
        chosen.require_k(self.k)

    @property
    def chain_k(self) -> int:
        """The point as the contract holds it, 0 for a mechanism without one."""
        return mechanism(self.mechanism).chain_k(self.k)


@dataclass(frozen=True, slots=True)
class Scenario(_FileSection):
    """A community and one of its days.

    Attributes:
        name: short name, for the command line and for seeds.
        title: name for people.
        description: a paragraph that says what is real and what is assumed.
        community: number of the community on chain.
        day: the local calendar day.
        time_zone: IANA name of the zone whose midnights bound the day.
        duration_s: seconds of a market interval: 300, 900 or 3600.
        gate_lead_s: seconds before an interval's start at which its order book closes.
        participants: who takes part, in the sequence in which they are registered.
        tariff: the grid's prices.
        profiles: shapes of load and production.
        sources: whom to name for the rest of the data.
        market: how books are cleared.
    """

    name: str
    title: str
    description: str
    community: int
    day: date
    time_zone: str
    duration_s: int
    gate_lead_s: int
    participants: tuple[Participant, ...]
    tariff: TariffPlan
    profiles: ProfileTable
    sources: tuple[Source, ...]
    market: MarketPlan = field(default_factory=MarketPlan)

    def __post_init__(self) -> None:
        require_range("participants", len(self.participants), 1, MAX_PARTICIPANTS)
        require_range("gate_lead_s", self.gate_lead_s, 0, 7 * 86_400)
        self._require_zone()
        self._require_distinct_keys()
        for participant in self.participants:
            self._require_profiles(participant)
        self._require_prices()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)

    def intervals(self) -> tuple[Interval, ...]:
        """Return the day's intervals in order: 92, 96 or 100 where each lasts a quarter."""
        return tuple(intervals_of_day(self.community, self.day, self.zone, self.duration_s))

    def attributions(self) -> tuple[Source, ...]:
        """Return everybody whose data the day uses, to be named wherever it is shown."""
        if self.tariff.choice is TariffChoice.TWO_LEVEL:
            return self.sources
        return (*self.sources, self.tariff.real_time.source)

    def _require_zone(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidValueError("time_zone", "an IANA time zone", self.time_zone) from error

    def _require_distinct_keys(self) -> None:
        seen: set[str] = set()
        for participant in self.participants:
            if participant.key in seen:
                raise InvalidValueError("participants", "distinct keys", participant.key)
            seen.add(participant.key)

    def _require_prices(self) -> None:
        prices = self.tariff.real_time.wholesale_prices
        if prices is not None and self.tariff.choice is TariffChoice.REAL_TIME:
            intervals = self.intervals()
            prices.require_cover(intervals[0].start, intervals[-1].end)

    def _require_profiles(self, participant: Participant) -> None:
        where = f"participant {participant.key}"
        if participant.load and participant.load.profile not in self.profiles.load:
            known = ", ".join(self.profiles.load)
            raise InvalidValueError(
                f"{where}: load profile", f"one of {known}", participant.load.profile
            )
        if participant.pv and participant.pv.profile not in self.profiles.pv:
            known = ", ".join(self.profiles.pv)
            raise InvalidValueError(
                f"{where}: pv profile", f"one of {known}", participant.pv.profile
            )
