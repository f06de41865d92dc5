// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IMarket
/// @notice The local market: tariffs, the committed order book and the price of every interval.
/// @dev Energy in Wh, prices in millicent per kWh (mct/kWh, 10^-5 EUR/kWh), times in seconds, UTC. An order is packed
/// into 12 big-endian bytes: side (1 bit, 0 bid, 1 offer) | account (31 bits) | quantity (uint32) | limit price (int32).
///
/// The book is a chain of batches: it starts at `bytes32(0)`, and each batch turns `book` into
/// `keccak256(book ++ batchCommitment ++ uint32 orders)`, where
/// `batchCommitment = keccak256(keccak256(packed orders) ++ keccak256(EIP-712 digests of the orders))`.
/// The digests contain salts and stay unpublished until clearing, so nobody can guess a book from its commitment.
///
/// A cancellation is a link of the same chain and has a number among the batches:
/// `keccak256(book ++ keccak256(cancellation) ++ uint32 0)`, where `cancellation` is 12 big-endian bytes: batch and place
/// in that batch of the cancelled order, and its account (uint32 each). An order is cancelled where that account's order is
/// at that place; otherwise, since nobody knows before the gate, the cancellation has no effect.
///
/// A community chooses its mechanism when it is created. A mechanism is named by keccak256 of one of these:
///
///     uniform-price         double auction at one price, `k` per mille of the way through the clearing interval
///     mid-market-rate       pool at the middle of the tariff
///     supply-demand-ratio   pool whose price falls as offers grow against bids
///     bill-sharing          pool at price 0, or the tariff's bound next to it
///     pay-as-bid            double auction in which every pair has its own price, `k` per mille of the way from the
///                           offer's limit to the bid's
///
/// Before anything else, a bid above the retail price counts as a bid at it, and an offer below the feed-in price as an
/// offer at it. `UniformPriceLib`, `PoolPriceLib` and `PayAsBidLib` state the rules.
///
/// A pause stops new communities and orders. Tariffs, cancellations and clearing go on, so that every book that is there
/// comes to its price.
interface IMarket {
    /// @notice How far an interval's clearing has come.
    enum ClearingStatus {
        Open,
        Cleared,
        NoTrade,
        Abandoned
    }

    /// @notice What a pay-as-bid interval's clearing is claimed to be.
    ///
    /// `bids` and `offers` name the orders that accept `price`, all of them, in merit order: bids from the dearest,
    /// offers from the cheapest, equal limits (within the tariff) by smallest digest, and copies of one order by place.
    /// Each is 8 big-endian bytes: place in the book (uint32, from 0, counted through the batches) | row of its account
    /// in the allocation (uint32, from 0; any where the order's share comes to 0 Wh).
    ///
    /// Where nothing trades, `bids`, `offers`, `lastExtra` and `accounts` are not read, `allocationHash` is 0, and any
    /// `price` will do that `clear` would take from the auction.
    struct PayAsBidResult {
        /// The uniform price, mct/kWh, at k = 500: it proves the volume. Nobody trades at it.
        int32 price;
        /// Wh bought, which equals Wh sold.
        uint64 volume;
        bytes bids;
        bytes offers;
        /// Place in the book of the last order, by largest remainder, smallest digest and place, that receives one of the
        /// Wh left over when the longer side's orders at the price share; `type(uint32).max` where none is left over.
        uint32 lastExtra;
        /// Number of the accounts that trade: of the rows in the allocation.
        uint32 accounts;
        /// keccak256 of the allocation, see `allocationHash`.
        bytes32 allocationHash;
    }

    /* EVENTS */

    /// @notice A community's market was opened.
    event CommunityCreated(
        uint32 indexed community, uint24 duration, uint32 gateLead, uint32 gridAccount, bytes32 mechanism, uint16 k
    );

    /// @notice The grid's prices in an interval became known.
    event TariffPosted(IntervalId indexed interval, int32 feedIn, int32 retail);

    /// @notice A batch of orders was added to a book.
    /// @param batch Number of the batch in the interval, from 0.
    /// @param bookCommitment Commitment of the book with this batch in it.
    event OrdersCommitted(
        IntervalId indexed interval, uint32 indexed batch, bytes32 batchCommitment, uint32 count, bytes32 bookCommitment
    );

    /// @notice A cancellation was added to a book.
    /// @param number Number of the cancellation among the interval's batches.
    /// @param account Whose order is cancelled.
    /// @param batch Number of the order's batch.
    /// @param index Place of the order in that batch, from 0.
    /// @param bookCommitment Commitment of the book with this cancellation in it.
    event CancellationCommitted(
        IntervalId indexed interval,
        uint32 indexed number,
        uint32 indexed account,
        uint32 batch,
        uint32 index,
        bytes32 bookCommitment
    );

    /// @notice An interval's price was proven and recorded, or the interval was abandoned. `price` is 0 and without
    /// meaning where nothing traded.
    event IntervalCleared(
        IntervalId indexed interval,
        ClearingStatus status,
        int32 price,
        uint64 volume,
        uint32 orderCount,
        bytes32 bookCommitment,
        bytes32 priceHash
    );

    /// @notice Each account's part of an interval was proven and recorded. `IntervalCleared` follows.
    event AllocationRecorded(IntervalId indexed interval, bytes32 allocationHash, uint32 accounts);

    /* ERRORS */

    /// @notice No market was opened for this community.
    error UnknownCommunity(uint32 community);

    /// @notice Communities are numbered from 1 and opened once.
    error InvalidCommunity(uint32 community);

    /// @notice Intervals last 300, 900 or 3600 seconds.
    error InvalidDuration(uint24 duration);

    /// @notice The grid's account must be registered in the role of a grid operator or supplier.
    error InvalidGridAccount(uint32 account);

    /// @notice No mechanism that the market proves has this id.
    error UnknownMechanism(bytes32 mechanism);

    /// @notice A point is 0 to 1000 per mille, and 0 where the mechanism takes none.
    error InvalidPoint(uint16 k);

    /// @notice The community's mechanism, `mechanism`, is not cleared by this function.
    error WrongMechanism(bytes32 mechanism);

    /// @notice The interval is not one of its community: other duration, or off the community's time grid.
    error InvalidInterval(IntervalId interval);

    /// @notice Packed tariffs are 8 bytes an interval, at least one interval.
    error InvalidTariffLength(uint256 length);

    /// @notice The grid cannot pay more for energy than it takes for it.
    error InvalidTariff(int32 feedIn, int32 retail);

    /// @notice An interval's tariff is posted once.
    error TariffAlreadyPosted(IntervalId interval);

    /// @notice An interval without a tariff cannot be cleared.
    error TariffMissing(IntervalId interval);

    /// @notice Orders are taken before second `gate`; now is `time`.
    error GateClosed(uint256 gate, uint256 time);

    /// @notice Books are cleared from second `gate` on; now is `time`.
    error GateOpen(uint256 gate, uint256 time);

    /// @notice A batch contains at least one order.
    error EmptyBatch();

    /// @notice An order needs an account, a side of 0 or 1 and a quantity above 0.
    error InvalidOrder();

    /// @notice The book has `batches` batches so far, and none with this number.
    error UnknownBatch(uint32 batch, uint32 batches);

    /// @notice An interval is abandoned from second `deadline` on; now is `time`.
    error ClearingDeadlineAhead(uint256 deadline, uint256 time);

    /// @notice An interval is cleared once.
    error AlreadyCleared(IntervalId interval);

    /// @notice Every batch comes with its orders' digests, or their hash.
    error BatchCountMismatch(uint256 batches, uint256 digests);

    /// @notice The digests of batch `batch` have 32 bytes an order: `expected` in all.
    error InvalidDigests(uint256 batch, uint256 expected, uint256 got);

    /// @notice The posted book is not the committed one.
    error BookMismatch(bytes32 expected, bytes32 got);

    /// @notice The local price lies between what the grid pays and what it takes.
    error PriceOutsideTariff(int32 price, int32 feedIn, int32 retail);

    /// @notice At this price only `executable` Wh can trade, yet bids above it or offers below it hold more: another
    /// price trades more.
    error NotAnEquilibrium(int32 price, uint64 bidsAbove, uint64 offersBelow, uint64 executable);

    /// @notice At the price `expected` Wh trade.
    error VolumeMismatch(uint64 expected, uint64 got);

    /// @notice The rule's price is `expected`. In an auction the price is an equilibrium, but another point of the
    /// clearing interval.
    error PriceRuleViolated(int32 expected, int32 got);

    /// @notice Between `bids` and `offers`, Wh that accept `price`, the supply-demand ratio gives a higher price.
    error PriceBelowRatio(int32 price, uint64 bids, uint64 offers);

    /// @notice Between `bids` and `offers`, Wh that accept `price - 1`, the supply-demand ratio gives no more than that.
    error PriceNotLowest(int32 price, uint64 bids, uint64 offers);

    /// @notice Named orders are 8 bytes each.
    error InvalidOrderList(uint8 side, uint256 length);

    /// @notice The book has no order at this place.
    error UnknownOrder(uint32 order);

    /// @notice The order is not of the side, or does not accept the price, that it is named for.
    error OrderDoesNotAccept(uint8 side, uint32 order);

    /// @notice The order does not come after the one named before it.
    error NotInMeritOrder(uint8 side, uint32 order);

    /// @notice The orders of a side that accept the price hold `expected` Wh, the named ones `got`.
    error AcceptedEnergyMismatch(uint8 side, uint64 expected, uint64 got);

    /// @notice The shares of a side add up to `expected` Wh, with the named last order for a Wh left over to `got`.
    error SharesMismatch(uint8 side, uint64 expected, uint64 got);

    /// @notice The row of an order of `account` is the row of another account, or there is no such row.
    error RowMismatch(uint32 row, uint32 account);

    /// @notice Accounts ascend strictly in the allocation, and each of them trades.
    error RowsNotAscending(uint32 row);

    /// @notice An account's orders bought, or sold, more Wh than 32 bits hold.
    error TooMuchTradedEnergy(uint32 account, uint256 bought, uint256 sold);

    /// @notice The proven allocation has the hash `expected`, 0 where nothing trades.
    error AllocationHashMismatch(bytes32 expected, bytes32 got);

    /* SET-UP AND TARIFFS */

    /// @notice Opens the market of a community, for good. Only the admin.
    /// @param community Number of the community, from 1.
    /// @param duration Length of its intervals in seconds: 300, 900 or 3600.
    /// @param gateLead Seconds before an interval's start at which its book closes.
    /// @param gridAccount Account with which residual energy is exchanged.
    /// @param mechanism keccak256 of the mechanism's name, see the head of this interface.
    /// @param k Where prices lie between two limits, per mille of the way from the lower to the higher one; 0 for a
    /// mechanism without such a point.
    function createCommunity(
        uint32 community,
        uint24 duration,
        uint32 gateLead,
        uint32 gridAccount,
        bytes32 mechanism,
        uint16 k
    ) external;

    /// @notice Posts the grid's prices in consecutive intervals. Only the tariff oracle, once an interval.
    /// @dev Taken at any time before clearing, so that an oracle's failure does not leave an interval without price.
    /// @param community Number of the community.
    /// @param firstStart Start of the first of the intervals.
    /// @param packed 8 big-endian bytes an interval: feed-in and retail price, int32 mct/kWh each.
    function postTariffs(uint32 community, uint40 firstStart, bytes calldata packed) external;

    /* ORDERS */

    /// @notice Adds a batch of orders to an interval's book before its gate. Only the operator.
    /// @dev Neither the orders nor their signatures are known here: a commitment that opens to no well-formed orders, or
    /// a wrong `count`, leaves the interval without price.
    /// @param batchCommitment See the head of this interface.
    /// @param count Number of the orders, at least 1; a book has fewer than 2^24.
    function commitOrders(IntervalId interval, bytes32 batchCommitment, uint32 count) external;

    /// @notice Adds a batch of one order, which a participant puts in past the operator. Only entry contracts.
    /// @return batch Number of the batch.
    function enterOrder(IntervalId interval, bytes32 batchCommitment) external returns (uint32 batch);

    /// @notice Adds a cancellation, before the gate. Only entry contracts, which know that the account wants it.
    /// @param account Whose order is cancelled.
    /// @param batch Number of the order's batch, which is committed already.
    /// @param index Place of the order in that batch, from 0.
    function enterCancellation(IntervalId interval, uint32 account, uint32 batch, uint32 index) external;

    /* CLEARING */

    /// @notice Proves and records an interval's price, after its gate, where all trade at one price. Anybody, once.
    /// @dev The contract recomputes the book's commitment from the posted orders and checks that `price` and `volume`
    /// are the result of the community's mechanism for that book, by the rule of `UniformPriceLib` or `PoolPriceLib`.
    /// @param batches The packed orders of each batch, or a packed cancellation, in the sequence of their commitment.
    /// @param digestsHashes The hash of each batch's order digests; 0 for a cancellation.
    /// @param price mct/kWh. Where nothing trades: in a pool the rule's price as always, in the auction any price within
    /// the tariff that no bid exceeds and no offer undercuts, such as the best bid, or the tariff's bound nearest to it.
    /// @param volume Wh bought, which equals Wh sold.
    function clear(
        IntervalId interval,
        bytes[] calldata batches,
        bytes32[] calldata digestsHashes,
        int32 price,
        uint64 volume
    ) external;

    /// @notice Proves and records an interval's price and every account's part, after its gate, in a pay-as-bid
    /// community. Anybody, once.
    /// @dev The contract recomputes the book's commitment, checks price and volume as those of uniform-price at k = 500,
    /// checks who trades how much, lets the orders meet in pairs, and adds up the allocation, by the rule of
    /// `PayAsBidLib`.
    /// @param batches The packed orders of each batch, or a packed cancellation, in the sequence of their commitment.
    /// @param digests The EIP-712 digests of each batch's orders, 32 bytes each; none for a cancellation.
    function clearPayAsBid(
        IntervalId interval,
        bytes[] calldata batches,
        bytes[] calldata digests,
        PayAsBidResult calldata result
    ) external;

    /// @notice Records that an interval which nobody has cleared in time traded nothing, so that its meters can be settled
    /// with the grid. Anybody, from `CLEARING_DEADLINE` seconds after the interval's end on, without its book.
    /// @dev Until somebody does, the interval can still be cleared. As for clearing, the tariff must be posted, which is
    /// possible at any time.
    function abandon(IntervalId interval) external;

    /* VIEWS */

    /// @notice Seconds after an interval's end from which on it can be abandoned.
    function CLEARING_DEADLINE() external view returns (uint256);

    /// @notice A community's settings; all zero where it has no market.
    function community(uint32 community_) external view returns (uint24 duration, uint32 gateLead, uint32 gridAccount);

    /// @notice A community's mechanism, and where its prices lie between two limits, per mille; both 0 where it has no
    /// market.
    function mechanism(uint32 community_) external view returns (bytes32 mechanism_, uint16 k);

    /// @notice The grid's prices in an interval, mct/kWh.
    function tariff(IntervalId interval) external view returns (bool posted, int32 feedIn, int32 retail);

    /// @notice The committed book of an interval.
    function book(IntervalId interval) external view returns (bytes32 commitment, uint32 orders, uint32 batches);

    /// @notice The recorded price of an interval. `price`, mct/kWh, is 0 and without meaning where nothing traded.
    /// `priceHash` is what settlements refer to: `keccak256(abi.encode(chain id, market, interval, mechanism, k, status,
    /// price, volume, feedIn, retail, book commitment, number of orders, allocation hash))`; 0 where the interval is not
    /// cleared.
    function priceRecord(IntervalId interval)
        external
        view
        returns (ClearingStatus status, int32 price, int32 feedIn, int32 retail, uint64 volume, bytes32 priceHash);

    /// @notice The second at which an interval was cleared; 0 where it is not.
    function clearedAt(IntervalId interval) external view returns (uint64);

    /// @notice keccak256 of the recorded allocation; 0 where there is none: at one price, or where nothing traded.
    /// @dev 24 big-endian bytes for each account that trades, accounts strictly ascending: account (uint32) | bought, Wh
    /// (uint32) | sold, Wh (uint32) | payment, 10^-8 EUR (int96, positive where the account pays). Payments add up to 0.
    function allocationHash(IntervalId interval) external view returns (bytes32);

    /// @notice The EIP-712 digest that a participant signs for an order.
    function orderDigest(IntervalId interval, uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        external
        view
        returns (bytes32 digest);
}
