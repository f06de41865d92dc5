"""Why the market refuses.

RefusedError
├── OrderRefusedError
│   ├── UnknownCommunityError      unknown-community
│   ├── WrongIntervalError         wrong-interval
│   ├── UnknownAccountError        unknown-account
│   ├── InactiveAccountError       inactive-account
│   ├── NotATraderError            not-a-trader
│   ├── WrongSignerError           wrong-signer
│   ├── AlreadyOnChainError        already-on-chain
│   ├── UnknownOrderError          unknown-order
│   ├── AlreadyCommittedError      already-committed
│   ├── WithdrawnError             order-withdrawn
│   ├── GateClosedError            gate-closed
│   ├── BookFullError              book-full
│   ├── TooManyOrdersError         too-many-orders
│   └── InsufficientFundsError     insufficient-funds
├── ClearingRefusedError
│   ├── BookMismatchError          book-mismatch
│   ├── TariffMissingError         tariff-missing
│   ├── PriceMismatchError         price-mismatch
│   └── AllocationMismatchError    allocation-mismatch
└── UnanswerableError              unanswerable
"""

from __future__ import annotations

from domain.errors import RefusedError
from domain.interval import Interval
from domain.trade import PriceRecord
from domain.units import Account, Money, euros


class OrderRefusedError(RefusedError):
    """The desk does not take an order."""


class UnknownCommunityError(OrderRefusedError):
    """No market was opened for the order's community."""

    def __init__(self, community: int) -> None:
        super().__init__("unknown-community", f"there is no community {community}")


class WrongIntervalError(OrderRefusedError):
    """The order's interval has another duration than its community's."""

    def __init__(self, interval: Interval, duration: int) -> None:
        super().__init__(
            "wrong-interval",
            f"intervals of community {interval.community} last {duration} seconds, "
            f"not {interval.duration}",
        )


class UnknownAccountError(OrderRefusedError):
    """The order's account is not in the registry."""

    def __init__(self, account: Account) -> None:
        super().__init__("unknown-account", f"account {account} is not in the registry")


class InactiveAccountError(OrderRefusedError):
    """The order's account may not trade at present."""

    def __init__(self, account: Account) -> None:
        super().__init__("inactive-account", f"account {account} is not active")


class NotATraderError(OrderRefusedError):
    """The grid's account takes what the market does not; it places no orders."""

    def __init__(self, account: Account) -> None:
        super().__init__("not-a-trader", f"account {account} is the grid's and places no orders")


class WrongSignerError(OrderRefusedError):
    """Neither the account's wallet nor an agent with a mandate for it signed the order."""

    def __init__(self, account: Account, signer: str) -> None:
        super().__init__(
            "wrong-signer",
            f"{signer} signed the order, which is neither the wallet of {account} nor an agent "
            "with a mandate for it",
        )


class AlreadyOnChainError(OrderRefusedError):
    """The participant has put this very order on chain: it is in the book."""

    def __init__(self) -> None:
        super().__init__("already-on-chain", "this order was put on chain and is in the book")


class WithdrawnError(OrderRefusedError):
    """The participant has taken this very order back; another salt makes another order."""

    def __init__(self) -> None:
        super().__init__("order-withdrawn", "this very order was withdrawn: use another salt")


class UnknownOrderError(OrderRefusedError):
    """The desk has no such order."""

    def __init__(self, digest: bytes) -> None:
        super().__init__("unknown-order", f"the desk has no order 0x{digest.hex()}")


class AlreadyCommittedError(OrderRefusedError):
    """The order is in a batch; only its participant can cancel it, on chain.

    Attributes:
        batch: number of the batch, None while the chain has not given one.
        index: place of the order in the batch, from 0.
    """

    def __init__(self, batch: int | None, index: int) -> None:
        where = "a batch without a number yet" if batch is None else f"batch {batch}"
        super().__init__(
            "already-committed",
            f"the order is committed at place {index} of {where}; "
            "cancel it at the order entry contract",
        )
        self.batch = batch
        self.index = index


class GateClosedError(OrderRefusedError):
    """The interval's book is closed, or about to."""

    def __init__(self, interval: Interval, gate: int, now: int) -> None:
        super().__init__(
            "gate-closed", f"orders for {interval} were taken before second {gate}; it is {now}"
        )


class BookFullError(OrderRefusedError):
    """A larger book would not fit into the transaction that proves its price."""

    def __init__(self, interval: Interval, limit: int) -> None:
        super().__init__("book-full", f"the book of {interval} has its {limit} orders")


class TooManyOrdersError(OrderRefusedError):
    """An account has placed as many orders for the interval as it may."""

    def __init__(self, account: Account, interval: Interval, limit: int) -> None:
        super().__init__(
            "too-many-orders", f"account {account} has placed its {limit} orders for {interval}"
        )


class TooMuchEnergyError(OrderRefusedError):
    """The account's orders for the interval would add up to more than settlement can hold."""

    def __init__(self, account: Account, interval: Interval, limit: int) -> None:
        super().__init__(
            "too-much-energy",
            f"orders of account {account} for {interval} may add up to {limit} Wh",
        )


class InsufficientFundsError(OrderRefusedError):
    """The account's open orders could cost more than it has, fees included."""

    def __init__(self, account: Account, needed: Money, available: Money) -> None:
        super().__init__(
            "insufficient-funds",
            f"open orders of account {account} could cost {euros(needed)}, fees included, "
            f"and it has {euros(available)}",
        )
        self.needed = needed
        self.available = available


class ClearingRefusedError(RefusedError):
    """An interval cannot be cleared from what is known here."""


class BookMismatchError(ClearingRefusedError):
    """The chain has another book than this node."""

    def __init__(self, interval: Interval, difference: str) -> None:
        super().__init__("book-mismatch", f"the book of {interval}: {difference}")


class TariffMissingError(ClearingRefusedError):
    """Nobody has posted the interval's tariff."""

    def __init__(self, interval: Interval) -> None:
        super().__init__("tariff-missing", f"no tariff is posted for {interval}")


class PriceMismatchError(ClearingRefusedError):
    """The chain's record is not what this node computes from the same book."""

    def __init__(self, record: PriceRecord, price: int | None, volume: int) -> None:
        super().__init__(
            "price-mismatch",
            f"{record.interval}: the chain recorded {record.volume} Wh at {record.price}, "
            f"computed were {volume} Wh at {price}",
        )


class AllocationMismatchError(ClearingRefusedError):
    """The chain allocated the same volume otherwise than this node does from the same book."""

    def __init__(self, record: PriceRecord, allocation_hash: bytes) -> None:
        super().__init__(
            "allocation-mismatch",
            f"{record.interval}: the chain recorded allocation {record.allocation_hash.hex()}, "
            f"computed was {allocation_hash.hex()}",
        )


class UnanswerableError(RefusedError):
    """What a challenge asks for is not among the stored orders."""

    def __init__(self, challenge: int, reason: str) -> None:
        super().__init__("unanswerable", f"challenge {challenge} has no answer: {reason}")
        self.challenge = challenge
