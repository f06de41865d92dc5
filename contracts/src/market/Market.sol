// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {IntervalId, IntervalLib} from "../interval/IntervalLib.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {BookLib} from "./BookLib.sol";
import {BookScan, BookScanLib} from "./BookScanLib.sol";
import {Claim} from "./Claim.sol";
import {IMarket} from "./IMarket.sol";
import {Mechanism, MechanismLib} from "./MechanismLib.sol";
import {OpenBook, OpenBookLib} from "./OpenBookLib.sol";
import {OrderLib} from "./OrderLib.sol";
import {OrderPairLib} from "./OrderPairLib.sol";
import {PayAsBidLib} from "./PayAsBidLib.sol";
import {PointLib} from "./PointLib.sol";
import {PoolPriceLib} from "./PoolPriceLib.sol";
import {PoolScan, PoolScanLib} from "./PoolScanLib.sol";
import {UniformPriceLib} from "./UniformPriceLib.sol";

/// @title Market
/// @notice See `IMarket`.
contract Market is IMarket, EmergencyPause, EIP712 {
    /// @notice May commit batches of orders.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// @notice May post tariffs.
    bytes32 public constant TARIFF_ROLE = keccak256("TARIFF_ROLE");

    /// @notice May enter participants' own orders, and cancellations. Held by contracts that know whose they are.
    bytes32 public constant ENTRY_ROLE = keccak256("ENTRY_ROLE");

    /// @inheritdoc IMarket
    uint256 public constant CLEARING_DEADLINE = 1 days;

    uint256 private constant PACKED_TARIFF_BYTES = 8;
    uint8 private constant GRID_ROLE = 3;

    struct Community {
        uint24 duration;
        uint32 gateLead;
        uint32 gridAccount;
        Mechanism mechanism;
        uint16 k;
    }

    /// @dev Everything but the hashes shares one slot. `clearingDelay` is the seconds from the gate to the clearing.
    struct Interval {
        ClearingStatus status;
        bool tariffPosted;
        int32 feedIn;
        int32 retail;
        int32 price;
        uint64 volume;
        uint24 orders;
        uint24 batches;
        uint32 clearingDelay;
        bytes32 bookCommitment;
        bytes32 priceHash;
        bytes32 allocationHash;
    }

    IRegistry private immutable _registry;

    mapping(uint32 community => Community) private _communities;
    mapping(IntervalId interval => Interval) private _intervals;

    /// @param admin Receives the admin role, which grants every other and opens communities.
    /// @param registry Where participants are registered.
    constructor(address admin, IRegistry registry) EmergencyPause(admin) EIP712("Commonwatt Market", "1") {
        _registry = registry;
    }

    /* SET-UP AND TARIFFS */

    /// @inheritdoc IMarket
    function createCommunity(
        uint32 community_,
        uint24 duration,
        uint32 gateLead,
        uint32 gridAccount,
        bytes32 mechanism_,
        uint16 k
    ) external onlyRole(DEFAULT_ADMIN_ROLE) whenNotPaused {
        Community storage entry = _communities[community_];
        if (community_ == 0 || entry.duration != 0) revert InvalidCommunity(community_);
        if (duration != 300 && duration != 900 && duration != 3600) revert InvalidDuration(duration);
        (,, uint8 role,) = _registry.participant(gridAccount);
        if (role != GRID_ROLE) revert InvalidGridAccount(gridAccount);
        Mechanism known = MechanismLib.fromId(mechanism_);
        if (k > (known.takesPoint() ? PointLib.PER_MILLE : 0)) revert InvalidPoint(k);
        entry.duration = duration;
        entry.gateLead = gateLead;
        entry.gridAccount = gridAccount;
        entry.mechanism = known;
        entry.k = k;
        emit CommunityCreated(community_, duration, gateLead, gridAccount, mechanism_, k);
    }

    /// @inheritdoc IMarket
    function postTariffs(uint32 community_, uint40 firstStart, bytes calldata packed) external onlyRole(TARIFF_ROLE) {
        if (packed.length == 0 || packed.length % PACKED_TARIFF_BYTES != 0) revert InvalidTariffLength(packed.length);
        uint24 duration = _communities[community_].duration;
        uint40 start = firstStart;
        for (uint256 i = 0; i < packed.length; i += PACKED_TARIFF_BYTES) {
            IntervalId interval = IntervalLib.pack(community_, start, duration);
            _communityOf(interval);
            uint64 tariff_ = uint64(bytes8(packed[i:i + PACKED_TARIFF_BYTES]));
            _postTariff(interval, int32(uint32(tariff_ >> 32)), int32(uint32(tariff_)));
            start += duration;
        }
    }

    /* ORDERS */

    /// @inheritdoc IMarket
    function commitOrders(IntervalId interval, bytes32 batchCommitment, uint32 count) external onlyRole(OPERATOR_ROLE) {
        if (count == 0) revert EmptyBatch();
        _addBatch(interval, batchCommitment, count);
    }

    /// @inheritdoc IMarket
    function enterOrder(IntervalId interval, bytes32 batchCommitment)
        external
        onlyRole(ENTRY_ROLE)
        returns (uint32 batch)
    {
        return _addBatch(interval, batchCommitment, 1);
    }

    /// @inheritdoc IMarket
    function enterCancellation(IntervalId interval, uint32 account, uint32 batch, uint32 index)
        external
        onlyRole(ENTRY_ROLE)
    {
        _requireGateOpen(interval, _communityOf(interval));
        Interval storage entry = _intervals[interval];
        if (batch >= entry.batches) revert UnknownBatch(batch, entry.batches);
        bytes32 cancellation = BookLib.cancellationCommitment(BookLib.packCancellation(batch, index, account));
        (uint32 number, bytes32 commitment) = _extendBook(entry, cancellation, 0);
        emit CancellationCommitted(interval, number, account, batch, index, commitment);
    }

    /* CLEARING */

    /// @inheritdoc IMarket
    function clear(
        IntervalId interval,
        bytes[] calldata batches,
        bytes32[] calldata digestsHashes,
        int32 price,
        uint64 volume
    ) external {
        Interval storage entry = _intervals[interval];
        Community storage community_ = _requireClearable(interval, entry);
        if (community_.mechanism == Mechanism.PayAsBid) revert WrongMechanism(MechanismLib.PAY_AS_BID);
        Claim memory claim = _claim(entry, price, volume);
        OpenBook memory book_ = OpenBookLib.open(batches, digestsHashes, _neutralOrder(price));
        if (community_.mechanism == Mechanism.UniformPrice) {
            UniformPriceLib.verify(_scanBook(entry, book_, claim), claim, community_.k);
        } else {
            PoolScan memory scan = PoolScanLib.start(price);
            scan.pass(book_.begin, book_.end);
            _requireBook(entry, book_.commitment, scan.isWellFormed());
            PoolPriceLib.verify(scan, claim, community_.mechanism);
        }
        _recordClearing(interval, community_, claim, 0);
    }

    /// @inheritdoc IMarket
    function clearPayAsBid(
        IntervalId interval,
        bytes[] calldata batches,
        bytes[] calldata digests,
        PayAsBidResult calldata result
    ) external {
        Interval storage entry = _intervals[interval];
        Community storage community_ = _requireClearable(interval, entry);
        if (community_.mechanism != Mechanism.PayAsBid) revert WrongMechanism(community_.mechanism.id());
        Claim memory claim = _claim(entry, result.price, result.volume);
        OpenBook memory book_ = OpenBookLib.openWithDigests(batches, digests, _neutralOrder(result.price));
        BookScan memory scan = _scanBook(entry, book_, claim);
        UniformPriceLib.verify(scan, claim, PointLib.HALF);
        bytes32 proven = claim.volume == 0 ? bytes32(0) : PayAsBidLib.allocate(book_, scan, claim, result, community_.k);
        _recordAllocation(interval, proven, result);
        _recordClearing(interval, community_, claim, proven);
    }

    /// @inheritdoc IMarket
    function abandon(IntervalId interval) external {
        Interval storage entry = _intervals[interval];
        Community storage community_ = _requireClearable(interval, entry);
        uint256 deadline = interval.end() + CLEARING_DEADLINE;
        if (block.timestamp < deadline) revert ClearingDeadlineAhead(deadline, block.timestamp);
        _recordPrice(interval, community_, ClearingStatus.Abandoned, Claim(0, 0, entry.feedIn, entry.retail), 0);
    }

    /* VIEWS */

    /// @inheritdoc IMarket
    function community(uint32 community_) external view returns (uint24 duration, uint32 gateLead, uint32 gridAccount) {
        Community storage entry = _communities[community_];
        return (entry.duration, entry.gateLead, entry.gridAccount);
    }

    /// @inheritdoc IMarket
    function mechanism(uint32 community_) external view returns (bytes32 mechanism_, uint16 k) {
        Community storage entry = _communities[community_];
        return (entry.mechanism.id(), entry.k);
    }

    /// @inheritdoc IMarket
    function tariff(IntervalId interval) external view returns (bool posted, int32 feedIn, int32 retail) {
        Interval storage entry = _intervals[interval];
        return (entry.tariffPosted, entry.feedIn, entry.retail);
    }

    /// @inheritdoc IMarket
    function book(IntervalId interval) external view returns (bytes32 commitment, uint32 orders, uint32 batches) {
        Interval storage entry = _intervals[interval];
        return (entry.bookCommitment, entry.orders, entry.batches);
    }

    /// @inheritdoc IMarket
    function priceRecord(IntervalId interval)
        external
        view
        returns (ClearingStatus status, int32 price, int32 feedIn, int32 retail, uint64 volume, bytes32 priceHash)
    {
        Interval storage entry = _intervals[interval];
        return (entry.status, entry.price, entry.feedIn, entry.retail, entry.volume, entry.priceHash);
    }

    /// @inheritdoc IMarket
    function clearedAt(IntervalId interval) external view returns (uint64) {
        Interval storage entry = _intervals[interval];
        if (entry.status == ClearingStatus.Open) return 0;
        return uint64(_gateOf(interval, _communities[interval.community()]) + entry.clearingDelay);
    }

    /// @inheritdoc IMarket
    function allocationHash(IntervalId interval) external view returns (bytes32) {
        return _intervals[interval].allocationHash;
    }

    /// @inheritdoc IMarket
    function orderDigest(IntervalId interval, uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        public
        view
        returns (bytes32 digest)
    {
        return _hashTypedDataV4(OrderLib.structHash(interval, account, side, quantity, price, salt));
    }

    /* INTERNAL */

    /// @dev The settings of an interval's community; reverts where the interval is not one of it.
    function _communityOf(IntervalId interval) private view returns (Community storage community_) {
        community_ = _communities[interval.community()];
        uint24 duration = community_.duration;
        if (duration == 0) revert UnknownCommunity(interval.community());
        if (interval.duration() != duration || !interval.isAligned()) revert InvalidInterval(interval);
    }

    /// @dev The second at which an interval's book closes.
    function _gateOf(IntervalId interval, Community storage community_) private view returns (uint256) {
        return interval.gate(community_.gateLead);
    }

    function _requireGateOpen(IntervalId interval, Community storage community_) private view {
        uint256 gate = _gateOf(interval, community_);
        if (block.timestamp >= gate) revert GateClosed(gate, block.timestamp);
    }

    /// @dev Returns the settings of the interval's community.
    function _requireClearable(IntervalId interval, Interval storage entry)
        private
        view
        returns (Community storage community_)
    {
        community_ = _communityOf(interval);
        uint256 gate = _gateOf(interval, community_);
        if (block.timestamp < gate) revert GateOpen(gate, block.timestamp);
        if (entry.status != ClearingStatus.Open) revert AlreadyCleared(interval);
        if (!entry.tariffPosted) revert TariffMissing(interval);
    }

    function _postTariff(IntervalId interval, int32 feedIn, int32 retail) private {
        if (feedIn > retail) revert InvalidTariff(feedIn, retail);
        Interval storage entry = _intervals[interval];
        if (entry.tariffPosted) revert TariffAlreadyPosted(interval);
        entry.tariffPosted = true;
        entry.feedIn = feedIn;
        entry.retail = retail;
        emit TariffPosted(interval, feedIn, retail);
    }

    function _addBatch(IntervalId interval, bytes32 batchCommitment, uint32 count)
        private
        whenNotPaused
        returns (uint32 batch)
    {
        _requireGateOpen(interval, _communityOf(interval));
        bytes32 commitment;
        (batch, commitment) = _extendBook(_intervals[interval], batchCommitment, count);
        emit OrdersCommitted(interval, batch, batchCommitment, count, commitment);
    }

    /// @dev Adds a link of `count` orders to a book, and returns the link's number and the book's commitment.
    function _extendBook(Interval storage entry, bytes32 linkCommitment, uint32 count)
        private
        returns (uint32 number, bytes32 commitment)
    {
        uint24 batches = entry.batches;
        number = batches;
        commitment = BookLib.extend(entry.bookCommitment, linkCommitment, count);
        entry.bookCommitment = commitment;
        entry.orders = SafeCast.toUint24(uint256(entry.orders) + count);
        entry.batches = batches + 1;
    }

    function _neutralOrder(int32 price) private pure returns (uint256) {
        return OrderPairLib.neutralOrder(OrderPairLib.bias(price));
    }

    /// @dev What is claimed, under the interval's tariff; reverts where the price lies outside of it.
    function _claim(Interval storage entry, int32 price, uint64 volume) private view returns (Claim memory claim) {
        claim = Claim(price, volume, entry.feedIn, entry.retail);
        if (price < claim.feedIn || price > claim.retail) {
            revert PriceOutsideTariff(price, claim.feedIn, claim.retail);
        }
    }

    /// @dev Passes over a book for its uniform price; reverts unless it is the committed one, of well-formed orders.
    function _scanBook(Interval storage entry, OpenBook memory book_, Claim memory claim)
        private
        view
        returns (BookScan memory scan)
    {
        scan = BookScanLib.start(claim.price, claim.feedIn, claim.retail);
        scan.pass(book_.begin, book_.end);
        _requireBook(entry, book_.commitment, scan.isWellFormed());
    }

    function _requireBook(Interval storage entry, bytes32 commitment, bool wellFormed) private view {
        if (commitment != entry.bookCommitment) revert BookMismatch(entry.bookCommitment, commitment);
        if (!wellFormed) revert InvalidOrder();
    }

    /// @dev Nothing is recorded where nothing traded.
    function _recordAllocation(IntervalId interval, bytes32 proven, PayAsBidResult calldata result) private {
        if (proven != result.allocationHash) revert AllocationHashMismatch(proven, result.allocationHash);
        if (proven == 0) return;
        _intervals[interval].allocationHash = proven;
        emit AllocationRecorded(interval, proven, result.accounts);
    }

    /// @dev Where nothing traded, the price is recorded as 0.
    function _recordClearing(
        IntervalId interval,
        Community storage community_,
        Claim memory claim,
        bytes32 allocationHash_
    ) private {
        ClearingStatus status = ClearingStatus.Cleared;
        if (claim.volume == 0) (status, claim.price) = (ClearingStatus.NoTrade, 0);
        _recordPrice(interval, community_, status, claim, allocationHash_);
    }

    function _recordPrice(
        IntervalId interval,
        Community storage community_,
        ClearingStatus status,
        Claim memory claim,
        bytes32 allocationHash_
    ) private {
        Interval storage entry = _intervals[interval];
        bytes32 priceHash = _priceHash(interval, community_, status, claim, allocationHash_);
        entry.status = status;
        entry.price = claim.price;
        entry.volume = claim.volume;
        // 32 bits hold 136 years.
        entry.clearingDelay = uint32(block.timestamp - _gateOf(interval, community_));
        entry.priceHash = priceHash;
        emit IntervalCleared(interval, status, claim.price, claim.volume, entry.orders, entry.bookCommitment, priceHash);
    }

    function _priceHash(
        IntervalId interval,
        Community storage community_,
        ClearingStatus status,
        Claim memory claim,
        bytes32 allocationHash_
    ) private view returns (bytes32) {
        Interval storage entry = _intervals[interval];
        return keccak256(
            abi.encode(
                block.chainid,
                address(this),
                interval,
                community_.mechanism.id(),
                community_.k,
                status,
                claim.price,
                claim.volume,
                claim.feedIn,
                claim.retail,
                entry.bookCommitment,
                entry.orders,
                allocationHash_
            )
        );
    }
}
