"""The order desk: where signed orders are checked, stored and acknowledged."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from domain.clock import Clock
from domain.fee import FeeSchedule
from domain.interval import Interval
from domain.order import Order, Side
from domain.units import Account, Money, payment, require_range
from identity.keys import EvmKey, recover
from identity.typed_data import (
    TypedDomain,
    order_digest,
    receipt_digest,
    withdrawal_digest,
    withdrawal_receipt_digest,
)
from market.book import KeptOrder, SignedReceipt, SignedWithdrawal
from market.errors import (
    AlreadyCommittedError,
    AlreadyOnChainError,
    BookFullError,
    GateClosedError,
    InactiveAccountError,
    InsufficientFundsError,
    NotATraderError,
    OrderRefusedError,
    TooManyOrdersError,
    TooMuchEnergyError,
    UnknownAccountError,
    UnknownCommunityError,
    UnknownOrderError,
    WithdrawnError,
    WrongIntervalError,
    WrongSignerError,
)
from market.mechanisms import community_mechanism
from market.ports import Agents, Communities, CommunityRules, Fees, Funds, Members
from market.repository.books import BookRepository
from market.repository.orders import OrderRepository
from market.worst_case import worst_case

MAX_BOOK: Final = 10_000
"""Orders of an interval, whatever the mechanism; one that posts more than an order's 12 bytes takes
fewer (``Provable.book_limit``)."""

MAX_ENERGY: Final = 2**31
"""Wh of an account and interval: with what the contract lets it order directly, less than 2^31 Wh,
its position fits the 32 bits that settlement has for it."""


@dataclass(frozen=True, slots=True)
class DeskLimits:
    """What the desk takes.

    Attributes:
        orders_an_account: orders of one account for one interval.
        orders_a_book: orders of all accounts for one interval, at most ``MAX_BOOK``; where the
            community's mechanism can prove fewer in one transaction, those.
        energy_an_account: Wh of one account's orders for one interval, bids and offers together, at
            most ``MAX_ENERGY``.
        closing_seconds: how long before the chain's gate the desk closes, so that the last batch
            still reaches the chain in time.
    """

    orders_an_account: int = 100
    orders_a_book: int = MAX_BOOK
    energy_an_account: int = MAX_ENERGY
    closing_seconds: int = 0

    def __post_init__(self) -> None:
        require_range("orders_an_account", self.orders_an_account, 1, MAX_BOOK)
        require_range("orders_a_book", self.orders_a_book, 1, MAX_BOOK)
        require_range("energy_an_account", self.energy_an_account, 1, MAX_ENERGY)
        require_range("closing_seconds", self.closing_seconds, 0, 86_400)


class _StoredMeanwhileError(Exception):
    """The order is stored already: another thread, or the chain, was faster."""


class _HeldBackMeanwhileError(Exception):
    """What was available is less by now: an interval was cleared, or a correction is due."""


class OrderDesk:
    """Accepts orders. Any number of threads may call it; a database has one desk at a time."""

    def __init__(
        self,
        engine: Engine,
        *,
        domain: TypedDomain,
        operator: EvmKey,
        members: Members,
        agents: Agents,
        communities: Communities,
        funds: Funds,
        fees: Fees,
        clock: Clock,
        limits: DeskLimits | None = None,
    ) -> None:
        """Open a desk.

        Args:
            engine: a database with the market's tables.
            domain: what orders and receipts are signed for.
            operator: signs the receipts.
            members: the registry, or what remembers it.
            agents: the agents contract, asked about orders that no wallet signed.
            communities: the market contract.
            funds: what participants can pay.
            fees: what buyers pay beside the price.
            clock: the second at which an order comes.
            limits: what the desk takes.
        """
        self._sessions = sessionmaker(engine)
        self._domain = domain
        self._operator = operator
        self._members = members
        self._agents = agents
        self._communities = communities
        self._funds = funds
        self._fees = fees
        self._clock = clock
        self._limits = limits or DeskLimits()
        self._rules: dict[int, CommunityRules] = {}
        self._mechanism_of = cache(partial(community_mechanism, communities))
        self._lock = threading.Lock()

    def accept(self, order: Order, signature: bytes) -> SignedReceipt:
        """Check and store an order, and return the signed receipt.

        The same order again gets the same receipt, whatever has changed since. The checks come in
        the sequence of the errors below.

        Args:
            order: the order.
            signature: of its EIP-712 digest by its account's wallet, or by an agent with a mandate
                of that wallet, 65 bytes.

        Raises:
            InvalidValueError: where the signature is malformed.
            UnknownCommunityError: there is no such community.
            WrongIntervalError: the community's intervals have another duration.
            UnknownAccountError: the account is not in the registry.
            InactiveAccountError: the account may not trade.
            NotATraderError: the account is the grid's.
            WrongSignerError: another key signed, or an agent beyond its mandate.
            GateClosedError: the interval's book is closed.
            AlreadyOnChainError: the participant has put this very order on chain.
            WithdrawnError: the participant has taken this very order back.
            BookFullError: the interval has as many orders as one proof can carry.
            TooManyOrdersError: the account has as many orders for the interval as it may.
            TooMuchEnergyError: the account's orders for the interval add up to more than they may.
            InsufficientFundsError: the account's open orders could cost more than it has, fees
                included.
        """
        digest = order_digest(self._domain, order)
        known = self._known(digest)
        if known is not None:
            return known
        self._check_interval(order.interval)
        self._check_account(order)
        self._check_signer(order, digest, signature)
        received_at = self._check_gate(order.interval)
        receipt = SignedReceipt(
            digest,
            received_at,
            self._operator.sign(receipt_digest(self._domain, digest, received_at)),
        )
        kept = KeptOrder(order, digest, signature, received_at, receipt.signature)
        book_limit = self._book_limit(order.interval.community)
        while True:
            try:
                return self._store(kept, receipt, self._purse(order), book_limit)
            except _HeldBackMeanwhileError:
                continue

    def withdraw(self, account: Account, digest: bytes, signature: bytes) -> SignedWithdrawal:
        """Take back an order that is in no batch yet, and return the operator's word of it.

        The same withdrawal again gets the same answer. The order still counts among those of its
        account and its interval.

        Args:
            account: whose order.
            digest: the order's EIP-712 digest, 32 bytes.
            signature: of the withdrawal's digest (``withdrawal_digest``) by the account's wallet,
                or by an agent that could place the order now, 65 bytes.

        Raises:
            InvalidValueError: where digest or signature are malformed.
            UnknownOrderError: the desk has accepted no such order of the account.
            WrongSignerError: another key signed.
            GateClosedError: the interval's book is closed.
            AlreadyCommittedError: the order is in a batch; the contracts take a cancellation.
        """
        signed = withdrawal_digest(self._domain, digest)
        with self._sessions() as session:
            kept = OrderRepository(session).order(digest)
            before = OrderRepository(session).withdrawn_at(digest)
        if kept is None or kept.receipt is None or kept.order.account != account:
            raise UnknownOrderError(digest)
        self._check_signer(kept.order, signed, signature)
        if before is None:
            before = self._store_withdrawal(kept, signature)
        receipt = withdrawal_receipt_digest(self._domain, digest, before)
        return SignedWithdrawal(digest, before, self._operator.sign(receipt))

    def _store_withdrawal(self, kept: KeptOrder, signature: bytes) -> int:
        """Note a withdrawal, and return its second; another thread may have been faster."""
        now = self._check_gate(kept.order.interval)
        with self._lock, self._sessions.begin() as session:
            book, orders = BookRepository(session), OrderRepository(session)
            book.lock(kept.order.interval)
            place = book.place_of(kept.digest)
            if place is not None:
                raise AlreadyCommittedError(*place)
            before = orders.withdrawn_at(kept.digest)
            if before is None:
                orders.withdraw(kept.digest, now, signature)
            return now if before is None else before

    def _rules_of(self, community: int) -> CommunityRules:
        """Return a community's rules, which never change once it is open."""
        rules = self._rules.get(community) or self._communities.community(community)
        if rules is None:
            raise UnknownCommunityError(community)
        self._rules[community] = rules
        return rules

    def _book_limit(self, community: int) -> int:
        """Return how many orders a book of the community may have."""
        provable, _ = self._mechanism_of(community)
        return min(self._limits.orders_a_book, provable.book_limit)

    def _check_interval(self, interval: Interval) -> None:
        rules = self._rules_of(interval.community)
        if interval.duration != rules.duration:
            raise WrongIntervalError(interval, rules.duration)

    def _check_account(self, order: Order) -> None:
        member = self._members.participant(order.account)
        if member is None:
            raise UnknownAccountError(order.account)
        if not member.active:
            raise InactiveAccountError(order.account)
        if order.account == self._rules_of(order.interval.community).grid_account:
            raise NotATraderError(order.account)

    def _check_signer(self, order: Order, digest: bytes, signature: bytes) -> None:
        signer = recover(digest, signature)
        member = self._members.participant(order.account)
        if member is not None and signer.lower() == member.wallet.lower():
            return
        now, terms = self._clock.now(), (order.side, order.quantity, order.price)
        if not self._agents.permits(order.account, signer, now, *terms):
            raise WrongSignerError(order.account, signer)

    def _check_gate(self, interval: Interval) -> int:
        lead = self._rules_of(interval.community).gate_lead + self._limits.closing_seconds
        now = self._clock.now()
        if now >= interval.start - lead:
            raise GateClosedError(interval, interval.start - lead, now)
        return now

    def _known(self, digest: bytes) -> SignedReceipt | None:
        with self._sessions() as session:
            return OrderRepository(session).receipt(digest)

    def _store(
        self, kept: KeptOrder, receipt: SignedReceipt, purse: _Purse, book_limit: int
    ) -> SignedReceipt:
        try:
            with self._lock, self._sessions.begin() as session:
                self._add(OrderRepository(session), kept, purse, book_limit)
        except _StoredMeanwhileError:
            known = self._known(kept.digest)
            if known is None:
                raise self._why_not_again(kept.digest) from None
            return known
        return receipt

    def _why_not_again(self, digest: bytes) -> OrderRefusedError:
        """Return why an order that is stored has no receipt any more, or never had one."""
        with self._sessions() as session:
            withdrawn = OrderRepository(session).withdrawn_at(digest) is not None
        return WithdrawnError() if withdrawn else AlreadyOnChainError()

    def _add(
        self, orders: OrderRepository, kept: KeptOrder, purse: _Purse, book_limit: int
    ) -> None:
        order = kept.order
        place = orders.take_place(order.interval)
        if orders.is_known(kept.digest):
            raise _StoredMeanwhileError
        if place > book_limit:
            raise BookFullError(order.interval, book_limit)
        self._check_count(orders, order.account, order.interval)
        self._check_energy(orders, order)
        self._check_funds(orders, order, purse)
        orders.add(kept)

    def _check_count(self, orders: OrderRepository, account: Account, interval: Interval) -> None:
        limit = self._limits.orders_an_account
        if orders.count(account, interval) >= limit:
            raise TooManyOrdersError(account, interval, limit)

    def _check_energy(self, orders: OrderRepository, order: Order) -> None:
        limit = self._limits.energy_an_account
        if orders.energy(order.account, order.interval) + order.quantity > limit:
            raise TooMuchEnergyError(order.account, order.interval, limit)

    def _check_funds(self, orders: OrderRepository, order: Order, purse: _Purse) -> None:
        cost = purse.cost(order)
        if not cost:
            return
        reserved = orders.reserved(order.account, self._clock.now(), purse.fees)
        # An interval that was cleared meanwhile is neither in what was available nor in this.
        if self._funds.revision() != purse.revision:
            raise _HeldBackMeanwhileError
        needed = Money(reserved + cost)
        if needed > purse.available:
            raise InsufficientFundsError(order.account, needed, purse.available)

    def _purse(self, order: Order) -> _Purse:
        without_fee = _Purse(FeeSchedule(), Money(0))
        if order.side is Side.OFFER and not without_fee.cost(order):
            return without_fee
        purse = _Purse(self._fees.schedule(), Money(0))
        if not purse.cost(order):
            return purse
        revision = self._funds.revision()
        return _Purse(purse.fees, self._funds.available(order.account), revision)


@dataclass(frozen=True, slots=True)
class _Purse:
    """What an order is held against, asked for before the book is locked."""

    fees: FeeSchedule
    available: Money
    revision: int = 0

    def cost(self, order: Order) -> Money:
        """Return what an order costs at worst."""
        fee = self.fees.at(order.interval.community, order.interval.start)
        at_limit = payment(order.quantity, order.price)
        return worst_case(order.side, order.quantity, at_limit, fee)
