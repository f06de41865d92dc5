"""The rows and columns of the relaxed choice of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.supply_function.blocks import Block, BlockBook, BlockRow
from market.supply_function.interval_market import Point
from market.supply_function.orders import NO_BLOCK
from market.supply_function.program import INFINITY, Program, Terms
from market.supply_function.ranges import Range, extremes, rounding, rounds
from market.supply_function.tangents import Tangents

_WHOLE_UP_TO: Final = 1_000
"""Levels and Wh of larger orders are left fractional in the program, which saves it much work."""


@dataclass(frozen=True, slots=True)
class Units:
    """What the program counts in, so that its numbers are near 1.

    Attributes:
        wh: the greatest injection.
        price: the widest range of prices.
    """

    wh: float
    price: float

    @classmethod
    def of(cls, ranges: Sequence[Range]) -> Units:
        """Take them from the intervals' ranges."""
        wh = max(max(-one.least, one.most) for one in ranges)
        price = max(one.high - one.low for one in ranges)
        return cls(float(max(1, wh)), float(max(1, price)))

    @property
    def money(self) -> float:
        """The unit of welfare, in 10^-8 EUR."""
        return self.wh * self.price


@dataclass(frozen=True, slots=True)
class IntervalColumns:
    """Columns of an interval; price, welfare and gain are relative to the clearing without blocks.

    Attributes:
        injection: Wh that blocks sell more than they buy.
        price: of the interval.
        welfare: of the orders without blocks, by the injection.
        gain: of the same orders, by the price.
    """

    injection: int
    price: int
    welfare: int
    gain: int


@dataclass(frozen=True, slots=True)
class BlockColumns:
    """Columns of a block.

    Attributes:
        accepted: 1 or 0.
        ratio: of acceptance.
        surplus: what it gains.
        fills: what each of its orders trades.
    """

    accepted: int
    ratio: int
    surplus: int
    fills: Sequence[Terms]


class Formulation:
    """One program, with the columns of its intervals and blocks."""

    def __init__(self, book: BlockBook, active: Sequence[int], tangents: Tangents) -> None:
        """Write the program.

        Args:
            book: all blocks.
            active: places of those that may be accepted.
            tangents: of the intervals that have orders of these.
        """
        self.program = Program()
        self.units = Units.of(list(tangents.ranges.values()))
        self._book = book
        self._tangents = tangents
        self.intervals: Mapping[int, IntervalColumns] = {
            at: self._interval(at) for at in tangents.ranges
        }
        self.blocks: Mapping[int, BlockColumns] = {place: self._block(place) for place in active}
        self._balance()
        self._link()
        self._tie_prices()

    def price(self, at: int, value: float) -> float:
        """Return an interval's price in millicent per kWh for the value of its column."""
        return self._reference(at) + value * self.units.price

    def _reference(self, at: int) -> int:
        return self._tangents.ranges[at].without.middle

    def _interval(self, at: int) -> IntervalColumns:
        limits, units, reference = self._tangents.ranges[at], self.units, self._reference(at)
        columns = IntervalColumns(
            injection=self.program.column(limits.least / units.wh, limits.most / units.wh),
            price=self.program.column(
                (limits.low - reference) / units.price, (limits.high - reference) / units.price
            ),
            welfare=self.program.column(-INFINITY, 0.0),
            gain=self.program.column(0.0, INFINITY),
        )
        self.program.reward([(columns.welfare, 1.0)])
        for point in self._tangents.at(at):
            self._touch(columns, limits, point)
        self._hold_price(columns, at)
        return columns

    def _touch(self, columns: IntervalColumns, limits: Range, point: Point) -> None:
        """Hold welfare and gain by their tangents at a point."""
        reference = limits.without.middle
        welfare = point.welfare - limits.without.welfare - reference * point.injection
        value, injection = welfare / self.units.money, point.injection / self.units.wh
        for price in sorted({point.low, point.high}):
            slope = (price - reference) / self.units.price
            self.program.require(
                [(columns.welfare, 1.0), (columns.injection, -slope)],
                most=value - slope * injection,
            )
        self.program.require([(columns.gain, 1.0), (columns.price, injection)], least=value)

    def _hold_price(self, columns: IntervalColumns, at: int) -> None:
        """Hold the price between the lines around the curve."""
        for line in self._tangents.lines[at]:
            slope = line.slope * self.units.wh / self.units.price
            constant = (line.constant - self._reference(at)) / self.units.price
            terms = [(columns.price, 1.0), (columns.injection, -slope)]
            if line.above:
                self.program.require(terms, most=constant)
            else:
                self.program.require(terms, least=constant)

    def _block(self, place: int) -> BlockColumns:
        block = self._book.blocks[place]
        accepted = self.program.column(0.0, 1.0, whole=True)
        ratio = accepted if block.indivisible else self._ratio(block, accepted)
        fills = [self._fill(block, row, accepted, ratio) for row in block.rows]
        for row, fill in zip(block.rows, fills, strict=True):
            self.program.reward(_times(block.sign * self._margin(row), fill))
        surplus = self.program.column(-INFINITY, INFINITY)
        columns = BlockColumns(accepted, ratio, surplus, fills)
        self._hold_surplus(block, columns)
        return columns

    def _margin(self, row: BlockRow) -> float:
        """Return by how much the price without blocks exceeds an order's limit."""
        return (self._reference(row.at) - row.price) / self.units.price

    def _ratio(self, block: Block, accepted: int) -> int:
        program = self.program
        ratio = program.column(0.0, 1.0)
        program.require([(ratio, 1.0), (accepted, -1.0)], most=0.0)
        program.require([(ratio, 1.0), (accepted, -block.least / block.size)], least=0.0)
        if block.size <= _WHOLE_UP_TO:
            level = program.column(0.0, block.size, whole=True)
            program.require([(ratio, float(block.size)), (level, -1.0)], 0.0, 0.0)
        return ratio

    def _fill(self, block: Block, row: BlockRow, accepted: int, ratio: int) -> Terms:
        """Return what an order trades, rounded down where the ratio leaves a part of a Wh."""
        program, whole = self.program, row.quantity / self.units.wh
        if not rounds(block, row):
            return [(ratio, whole)]
        fill = program.column(0.0, whole)
        program.require([(fill, 1.0), (ratio, -whole)], most=0.0)
        lost = (1.0 - 1.0 / block.size) / self.units.wh
        program.require([(fill, 1.0), (ratio, -whole), (accepted, lost)], least=0.0)
        if row.quantity <= _WHOLE_UP_TO:
            wh = program.column(0.0, row.quantity, whole=True)
            program.require([(fill, self.units.wh), (wh, -1.0)], 0.0, 0.0)
        return [(fill, 1.0)]

    def _hold_surplus(self, block: Block, columns: BlockColumns) -> None:
        """Hold the surplus by the envelope of ratio times surplus at ratio one (McCormick)."""
        program, ranges = self.program, self._tangents.ranges
        moves = [
            (self.intervals[row.at].price, block.sign * row.quantity / self.units.wh)
            for row in block.rows
        ]
        constant = sum(
            block.sign * self._margin(row) * row.quantity / self.units.wh for row in block.rows
        )
        worst, best = (value / self.units.money for value in extremes(block, ranges))
        slack = rounding(block, ranges) / self.units.money
        surplus, ratio, accepted = (columns.surplus, 1.0), columns.ratio, columns.accepted
        beyond = [surplus, *_times(-1.0, moves)]
        program.require([surplus, (ratio, -best), (accepted, -slack)], most=0.0)
        program.require([surplus, (ratio, -worst), (accepted, slack)], least=0.0)
        program.require([*beyond, (ratio, -worst)], most=constant - worst + slack)
        program.require([*beyond, (ratio, -best)], least=constant - best - slack)
        if not block.children and not slack:
            program.require([*moves, (accepted, worst)], least=worst - constant)

    def _balance(self) -> None:
        """Add up the blocks' injections."""
        sums = {at: [(columns.injection, -1.0)] for at, columns in self.intervals.items()}
        for place, columns in self.blocks.items():
            block = self._book.blocks[place]
            for row, fill in zip(block.rows, columns.fills, strict=True):
                sums[row.at] += _times(block.sign, fill)
        for terms in sums.values():
            self.program.require(terms, 0.0, 0.0)

    def _link(self) -> None:
        """Keep children behind their parents, and families without a loss."""
        for place, columns in self.blocks.items():
            parent = self._book.blocks[place].parent
            if parent != NO_BLOCK:
                above = self.blocks[parent]
                self.program.require([(above.ratio, 1.0), (columns.ratio, -1.0)], least=0.0)
                self.program.require([(above.accepted, 1.0), (columns.accepted, -1.0)], least=0.0)
            family = [one for one in self._book.descendants(place) if one in self.blocks]
            self.program.require([(self.blocks[one].surplus, 1.0) for one in family], least=0.0)

    def _tie_prices(self) -> None:
        """Require strong duality: the welfare is no less than what everybody gains."""
        terms: list[tuple[int, float]] = []
        for interval in self.intervals.values():
            terms += [(interval.welfare, 1.0), (interval.gain, -1.0)]
        for place, columns in self.blocks.items():
            block = self._book.blocks[place]
            terms.append((columns.surplus, -1.0))
            for row, fill in zip(block.rows, columns.fills, strict=True):
                terms += _times(block.sign * self._margin(row), fill)
        self.program.require(terms, least=0.0)


def _times(factor: float, terms: Terms) -> list[tuple[int, float]]:
    return [(column, factor * value) for column, value in terms]
