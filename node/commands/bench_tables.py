"""What ``commonwatt bench`` prints."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final

from rich.console import RenderableType
from rich.table import Table

from market.mechanisms import UNIFORM_PRICE
from node.benchmarks.books import Prices
from node.benchmarks.clearing import SORT, Figures, OtherWay
from node.benchmarks.peers import ABOUT, PEERS, PEERS_ORDERS, Peer
from node.benchmarks.pools import PoolFigures
from node.benchmarks.timing import Timing

CLOCK: Final = "least processor time of {repeats} runs in turns, one thread"

_SECOND: Final = 1e3


def clearing_shown(
    trial: Figures, figures: Sequence[Figures], ways: Sequence[OtherWay], repeats: int
) -> Iterator[RenderableType]:
    """Yield the tables of ``bench clearing`` and what stands between them.

    Args:
        trial: every mechanism on a small book.
        figures: one book for each kind of prices.
        ways: other ways to clear.
        repeats: runs of each mechanism.
    """
    yield f"{_size(figures[0].orders_a_side)}; {CLOCK.format(repeats=repeats)}"
    for one in figures:
        yield _mechanisms_table(f"{one.prices.label} prices", one, list(one.mechanisms))
    slow = [name for name in trial.mechanisms if name not in figures[0].mechanisms]
    if slow:
        yield _mechanisms_table(f"slow ones, {_size(trial.orders_a_side)}", trial, slow)
    yield "bytes/order: the most that is needed beyond the orders, the result included\n"
    yield _ways_table(ways)
    yield f"* {ABOUT}"


def clearing_described(
    trial: Figures, figures: Sequence[Figures], ways: Sequence[OtherWay], repeats: int
) -> dict[str, Any]:
    """Return the figures of ``bench clearing`` as JSON values.

    Args:
        trial: every mechanism on a small book.
        figures: one book for each kind of prices.
        ways: other ways to clear.
        repeats: runs of each mechanism.
    """
    return {
        **_run(repeats),
        "books": [_book_described(one) for one in figures],
        "trial": _book_described(trial),
        "other_ways": [
            {
                "name": way.name,
                "orders_a_side": way.orders_a_side,
                **_timing(way.timing),
                "x_uniform_price": _ratio(way.timing, way.uniform_price),
            }
            for way in ways
        ],
        "peers": {
            "about": ABOUT,
            "orders_a_side": PEERS_ORDERS,
            "programs": [
                {
                    "name": peer.name,
                    "least_s": peer.least_s,
                    "most_s": peer.most_s,
                    "x_uniform_price": _peer_ratios(peer, ways),
                }
                for peer in PEERS
            ],
        },
    }


def pools_shown(figures: Sequence[PoolFigures], repeats: int) -> Iterator[RenderableType]:
    """Yield the tables of ``bench pools`` and what stands above them.

    Args:
        figures: one pool for each kind of energy.
        repeats: runs of each mechanism.
    """
    yield f"{figures[0].participants:,} participants; {CLOCK.format(repeats=repeats)}"
    for pool in figures:
        table = _table(_energy(pool), "ms", *(f"x {kind.label} sort" for kind in Prices))
        for name, spent in pool.mechanisms.items():
            ratios = (f"{_ratio(spent, pool.sorts[kind]):.2f}" for kind in Prices)
            table.add_row(name, _milliseconds(spent), *ratios)
        yield table


def pools_described(figures: Sequence[PoolFigures], repeats: int) -> dict[str, Any]:
    """Return the figures of ``bench pools`` as JSON values.

    Args:
        figures: one pool for each kind of energy.
        repeats: runs of each mechanism.
    """
    return {
        **_run(repeats),
        "pools": [
            {
                "participants": pool.participants,
                "energy": _energy(pool),
                "sort": {kind.label: _timing(spent) for kind, spent in pool.sorts.items()},
                "mechanisms": {
                    name: {
                        **_timing(spent),
                        **{
                            f"x_sort_{kind.label}": _ratio(spent, pool.sorts[kind])
                            for kind in Prices
                        },
                    }
                    for name, spent in pool.mechanisms.items()
                },
            }
            for pool in figures
        ],
    }


def _mechanisms_table(title: str, figures: Figures, names: Sequence[str]) -> Table:
    table = _table(title, "ms", "x sort", "x uniform-price", "bytes/order")
    table.add_row(SORT, *_cells(figures, figures.sort), "")
    for name in names:
        cells = _cells(figures, figures.mechanisms[name])
        table.add_row(name, *cells, f"{figures.bytes_per_order[name]:.0f}")
    return table


def _ways_table(ways: Sequence[OtherWay]) -> Table:
    table = _table("other ways to clear", "orders a side", "seconds", "x uniform-price")
    for way in ways:
        ratio = _rounded(_ratio(way.timing, way.uniform_price))
        table.add_row(way.name, f"{way.orders_a_side:,}", _seconds(way.timing), ratio)
    own, size = _own_time(ways), f"{PEERS_ORDERS:,}"
    if own is not None:
        table.add_row(UNIFORM_PRICE, size, _seconds(own), "1")
    for peer in PEERS:
        seconds, ratio = _range((peer.least_s, peer.most_s)), _range(_peer_ratios(peer, ways))
        table.add_row(f"{peer.name} *", size, seconds, ratio)
    return table


def _table(title: str, *headings: str) -> Table:
    """Make a table of figures with a line below."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(title, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _cells(figures: Figures, spent: Timing) -> tuple[str, str, str]:
    return (
        _milliseconds(spent),
        f"{_ratio(spent, figures.sort):.2f}",
        f"{_ratio(spent, figures.mechanisms[UNIFORM_PRICE]):.2f}",
    )


def _range(found: tuple[float | None, float | None]) -> str:
    """Write what lies between two figures; the second is None where nobody waited for the end."""
    least, most = found
    if least is None:
        return "-"
    if most is None:
        return f"> {_rounded(least)}"
    return _rounded(least) if least == most else f"{_rounded(least)} to {_rounded(most)}"


def _rounded(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def _milliseconds(spent: Timing) -> str:
    return f"{spent.least:,.1f}" if spent.least >= 10 else f"{spent.least:.2f}"


def _seconds(spent: Timing) -> str:
    return f"{spent.least / _SECOND:.3g}"


def _size(orders_a_side: int) -> str:
    return f"{orders_a_side:,} + {orders_a_side:,}"


def _energy(pool: PoolFigures) -> str:
    return "to 67 MWh" if pool.wide else "to 5 kWh"


def _ratio(one: Timing, other: Timing) -> float:
    return one.least / other.least


def _own_time(ways: Sequence[OtherWay]) -> Timing | None:
    """Return the uniform price's time on a book as large as the others had, if there was one."""
    for way in ways:
        if way.orders_a_side == PEERS_ORDERS:
            return way.uniform_price
    return None


def _peer_ratios(peer: Peer, ways: Sequence[OtherWay]) -> tuple[float | None, float | None]:
    own = _own_time(ways)
    if own is None:
        return None, None
    least = peer.least_s * _SECOND / own.least
    return least, None if peer.most_s is None else peer.most_s * _SECOND / own.least


def _run(repeats: int) -> dict[str, Any]:
    return {
        "clock": CLOCK.format(repeats=repeats),
        "repeats": repeats,
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }


def _timing(spent: Timing) -> dict[str, float]:
    return {"least_ms": spent.least, "median_ms": spent.median}


def _book_described(figures: Figures) -> dict[str, Any]:
    own = figures.mechanisms[UNIFORM_PRICE]
    return {
        "orders_a_side": figures.orders_a_side,
        "prices": figures.prices.label,
        "sort": _timing(figures.sort),
        "mechanisms": {
            name: {
                **_timing(spent),
                "x_sort": _ratio(spent, figures.sort),
                "x_uniform_price": _ratio(spent, own),
                "bytes_per_order": figures.bytes_per_order[name],
            }
            for name, spent in figures.mechanisms.items()
        },
    }
