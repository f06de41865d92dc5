"""Sharing a whole number out in proportion, without losing a unit."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import InvalidValueError


def largest_remainder(total: int, weights: Sequence[int], keys: Sequence[bytes]) -> list[int]:
    """Share ``total`` in proportion to ``weights``; leftover units go to the largest remainders.

    Equal remainders are ordered by key, the smallest first, so that the result depends on the set
    of holders and never on their sequence (Hare-Niemeyer).

    Args:
        total: units to share, 0 to ``sum(weights)``.
        weights: non-negative, one a holder. No share exceeds its weight.
        keys: distinct tie-breakers, one a holder.

    Returns:
        One share a holder, in the sequence given, adding up to ``total``.

    Raises:
        InvalidValueError: where ``total`` exceeds what the weights can hold.
    """
    capacity = sum(weights)
    if not 0 <= total <= capacity:
        raise InvalidValueError("total", f"0 to {capacity}, the sum of the weights", total)
    if total == 0:
        return [0] * len(weights)
    shares = [total * weight // capacity for weight in weights]
    remainders = [total * weight % capacity for weight in weights]
    ranking = sorted(range(len(weights)), key=lambda i: (-remainders[i], keys[i]))
    for i in ranking[: total - sum(shares)]:
        shares[i] += 1
    return shares
