from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from chain.calls import Call
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from oracle.tariff_oracle import MOST_INTERVALS, TariffOracle

FIRST = Interval(1, 1_743_458_400)


class MemoryMarket:
    def post_tariffs(self, first: Interval, tariffs: Sequence[Tariff]) -> Call:
        packed = b"".join(tariff.pack() for tariff in tariffs)
        return Call(None, first.packed.to_bytes(12, "big") + packed, "Market.postTariffs")


def tariffs(count: int, retail: int = 25_000) -> list[Tariff]:
    return [Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(retail))] * count


@pytest.fixture
def posting(scene: object) -> Callable[[], tuple[TariffOracle, list[bytes]]]:
    outbox_class = type(scene.outbox)  # type: ignore[attr-defined]

    def make() -> tuple[TariffOracle, list[bytes]]:
        sent: list[bytes] = []
        return TariffOracle(MemoryMarket(), outbox_class(sent.append)), sent

    return make


@pytest.mark.parametrize("count", [1, 92, 96, 100, MOST_INTERVALS])
def test_a_day_is_posted_once(
    posting: Callable[[], tuple[TariffOracle, list[bytes]]], count: int
) -> None:
    oracle, sent = posting()
    receipt = oracle.post(FIRST, tariffs(count))
    assert oracle.post(FIRST, tariffs(count)) == receipt
    (data,) = sent
    assert len(data) == 12 + 8 * count


def test_other_tariffs_for_the_same_day_are_refused(
    posting: Callable[[], tuple[TariffOracle, list[bytes]]],
) -> None:
    oracle, _ = posting()
    oracle.post(FIRST, tariffs(96))
    with pytest.raises(RefusedError, match="another call"):
        oracle.post(FIRST, tariffs(96, retail=26_000))


@pytest.mark.parametrize("count", [0, MOST_INTERVALS + 1])
def test_none_and_too_many_are_refused(
    posting: Callable[[], tuple[TariffOracle, list[bytes]]], count: int
) -> None:
    oracle, sent = posting()
    with pytest.raises(InvalidValueError, match="tariffs"):
        oracle.post(FIRST, tariffs(count))
    assert sent == []
