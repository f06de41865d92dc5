"""The auction as a linear program, which HiGHS solves."""

from __future__ import annotations

from market.clearing import OrderArrays


def solve(orders: OrderArrays) -> float:
    """Return the largest welfare, in 10^-8 EUR: what bids are worth less what offers cost.

    Every order may be served in part; what is bought is what is sold.

    Args:
        orders: one interval's orders.

    Raises:
        ArithmeticError: where the solver finds no optimum.
    """
    import numpy as np
    from scipy.optimize import linprog

    sign = 1.0 - 2.0 * orders.side
    served = np.column_stack([np.zeros(len(orders)), orders.quantity])
    found = linprog(
        -sign * orders.price, A_eq=sign[np.newaxis], b_eq=[0.0], bounds=served, method="highs"
    )
    if not found.success:
        raise ArithmeticError(found.message)
    return -float(found.fun)
