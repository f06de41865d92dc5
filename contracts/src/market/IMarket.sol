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
interface IMarket {
    /// @notice How far an interval's clearing has come.
    enum ClearingStatus {
        Open,
        Cleared,
        NoTrade
    }

    /* EVENTS */

    /// @notice A community's market was opened.
    event CommunityCreated(uint32 indexed community, uint24 duration, uint32 gateLead, uint32 gridAccount);

    /// @notice The grid's prices in an interval became known.
    event TariffPosted(IntervalId indexed interval, int32 feedIn, int32 retail);

    /// @notice A batch of orders was added to a book.
    /// @param batch Number of the batch in the interval, from 0.
    /// @param bookCommitment Commitment of the book with this batch in it.
    event OrdersCommitted(
        IntervalId indexed interval, uint32 indexed batch, bytes32 batchCommitment, uint32 count, bytes32 bookCommitment
    );

    /// @notice A participant put an order into the book itself. The batch of this one order is committed as well.
    event OrderSubmitted(
        IntervalId indexed interval,
        uint32 indexed account,
        uint32 indexed batch,
        bytes12 packedOrder,
        uint128 salt,
        bytes32 digest
    );

    /// @notice An interval's price was proven and recorded. `price` is 0 and without meaning where nothing traded.
    event IntervalCleared(
        IntervalId indexed interval,
        ClearingStatus status,
        int32 price,
        uint64 volume,
        uint32 orderCount,
        bytes32 bookCommitment,
        bytes32 priceHash
    );

    /* ERRORS */

    /// @notice No market was opened for this community.
    error UnknownCommunity(uint32 community);

    /// @notice Communities are numbered from 1 and opened once.
    error InvalidCommunity(uint32 community);

    /// @notice Intervals last 300, 900 or 3600 seconds.
    error InvalidDuration(uint24 duration);

    /// @notice The grid's account must be registered in the role of a grid operator or supplier.
    error InvalidGridAccount(uint32 account);

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

    /// @notice The caller is no active participant who may trade here.
    error NotAParticipant(address caller);

    /// @notice An account can put so many orders into one interval's book itself.
    error TooManyDirectOrders(uint32 account, uint256 limit);

    /// @notice An account can put so much energy, Wh on both sides together, into one interval's book itself.
    error TooMuchDirectEnergy(uint32 account, uint256 limit);

    /// @notice An interval is cleared once.
    error AlreadyCleared(IntervalId interval);

    /// @notice Every batch comes with the hash of its orders' digests.
    error BatchCountMismatch(uint256 batches, uint256 digestsHashes);

    /// @notice The posted book is not the committed one.
    error BookMismatch(bytes32 expected, bytes32 got);

    /// @notice The local price lies between what the grid pays and what it takes.
    error PriceOutsideTariff(int32 price, int32 feedIn, int32 retail);

    /// @notice At this price only `executable` Wh can trade, yet bids above it or offers below it hold more: another
    /// price trades more.
    error NotAnEquilibrium(int32 price, uint64 bidsAbove, uint64 offersBelow, uint64 executable);

    /// @notice At the equilibrium `expected` Wh trade.
    error VolumeMismatch(uint64 expected, uint64 got);

    /// @notice The price is an equilibrium, but not the midpoint of the clearing interval.
    error PriceRuleViolated(int32 expected, int32 got);

    /* SET-UP AND TARIFFS */

    /// @notice Opens the market of a community, for good. Only the admin.
    /// @param community Number of the community, from 1.
    /// @param duration Length of its intervals in seconds: 300, 900 or 3600.
    /// @param gateLead Seconds before an interval's start at which its book closes.
    /// @param gridAccount Account with which residual energy is exchanged.
    function createCommunity(uint32 community, uint24 duration, uint32 gateLead, uint32 gridAccount) external;

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
    /// @param count Number of the orders, at least 1.
    function commitOrders(IntervalId interval, bytes32 batchCommitment, uint32 count) external;

    /// @notice Puts the caller's own order into an interval's book before its gate, past the operator.
    /// @dev The number of an account's orders and their energy are limited (`TooManyDirectOrders`,
    /// `TooMuchDirectEnergy`). No deposit is asked for.
    /// @param side 0 bid, 1 offer.
    /// @param quantity Wh.
    /// @param price Limit in mct/kWh.
    /// @param salt Makes the order unique.
    function submitOrder(IntervalId interval, uint8 side, uint32 quantity, int32 price, uint128 salt) external;

    /* CLEARING */

    /// @notice Proves and records an interval's price, after its gate. Anybody, once.
    /// @dev The contract recomputes the book's commitment from the posted orders and checks that `price` and `volume`
    /// are the equilibrium of that book, by the rule of `UniformPriceLib`.
    /// @param batches The packed orders of each batch, in the sequence of their commitment.
    /// @param digestsHashes The hash of each batch's order digests.
    /// @param price mct/kWh. Where nothing trades, any price within the tariff that no bid exceeds and no offer undercuts,
    /// such as the best bid, or the tariff's bound nearest to it.
    /// @param volume Wh bought, which equals Wh sold.
    function clear(
        IntervalId interval,
        bytes[] calldata batches,
        bytes32[] calldata digestsHashes,
        int32 price,
        uint64 volume
    ) external;

    /* VIEWS */

    /// @notice A community's settings; all zero where it has no market.
    function community(uint32 community_) external view returns (uint24 duration, uint32 gateLead, uint32 gridAccount);

    /// @notice The grid's prices in an interval, mct/kWh.
    function tariff(IntervalId interval) external view returns (bool posted, int32 feedIn, int32 retail);

    /// @notice The committed book of an interval.
    function book(IntervalId interval) external view returns (bytes32 commitment, uint32 orders, uint32 batches);

    /// @notice The recorded price of an interval. `price`, mct/kWh, is 0 and without meaning where nothing traded.
    /// `priceHash` is what settlements refer to: `keccak256(abi.encode(chain id, market, interval, mechanism, status,
    /// price, volume, feedIn, retail, book commitment, number of orders))`; 0 where the interval is not cleared.
    function priceRecord(IntervalId interval)
        external
        view
        returns (ClearingStatus status, int32 price, int32 feedIn, int32 retail, uint64 volume, bytes32 priceHash);

    /// @notice The EIP-712 digest that a participant signs for an order.
    function orderDigest(IntervalId interval, uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        external
        view
        returns (bytes32 digest);
}
