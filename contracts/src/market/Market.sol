// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IntervalId, IntervalLib} from "../interval/IntervalLib.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {BookLib} from "./BookLib.sol";
import {BookScan, BookScanLib} from "./BookScanLib.sol";
import {IMarket} from "./IMarket.sol";
import {OrderLib} from "./OrderLib.sol";
import {UniformPriceLib} from "./UniformPriceLib.sol";

/// @title Market
/// @notice See `IMarket`.
contract Market is IMarket, AccessControl, EIP712 {
    /// @notice May commit batches of orders.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// @notice May post tariffs.
    bytes32 public constant TARIFF_ROLE = keccak256("TARIFF_ROLE");

    /// @notice Orders that an account can put into one interval's book past the operator: enough to trade, too few to
    /// make a book that no transaction can carry.
    uint256 public constant DIRECT_ORDER_LIMIT = 10;

    /// @notice Wh, bids and offers together, that an account can put into one interval's book past the operator. A
    /// position holds less than 2^32 Wh bought or sold, and one that holds no more could never be settled. This is half
    /// of it; the other half is for the account's orders with the operator.
    uint256 public constant DIRECT_ENERGY_LIMIT = type(uint32).max / 2;

    uint256 private constant PACKED_TARIFF_BYTES = 8;
    uint8 private constant GRID_ROLE = 3;

    struct Community {
        uint24 duration;
        uint32 gateLead;
        uint32 gridAccount;
    }

    /// @dev Everything but `bookCommitment` and `priceHash` shares one slot.
    struct Interval {
        ClearingStatus status;
        bool tariffPosted;
        int32 feedIn;
        int32 retail;
        int32 price;
        uint64 volume;
        uint32 orders;
        uint32 batches;
        bytes32 bookCommitment;
        bytes32 priceHash;
    }

    /// @dev What an account has put into a book itself: number of its orders, and their Wh.
    struct DirectOrders {
        uint32 orders;
        uint32 energy;
    }

    IRegistry private immutable _registry;

    mapping(uint32 community => Community) private _communities;
    mapping(IntervalId interval => Interval) private _intervals;
    mapping(IntervalId interval => mapping(uint32 account => DirectOrders)) private _directOrders;

    /// @param admin Receives the admin role, which grants every other and opens communities.
    /// @param registry Where participants are registered.
    constructor(address admin, IRegistry registry) EIP712("Commonwatt Market", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _registry = registry;
    }

    /* SET-UP AND TARIFFS */

    /// @inheritdoc IMarket
    function createCommunity(uint32 community_, uint24 duration, uint32 gateLead, uint32 gridAccount)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        if (community_ == 0 || _communities[community_].duration != 0) revert InvalidCommunity(community_);
        if (duration != 300 && duration != 900 && duration != 3600) revert InvalidDuration(duration);
        (,, uint8 role,) = _registry.participant(gridAccount);
        if (role != GRID_ROLE) revert InvalidGridAccount(gridAccount);
        _communities[community_] = Community(duration, gateLead, gridAccount);
        emit CommunityCreated(community_, duration, gateLead, gridAccount);
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
        _requireGateOpen(interval, _communityOf(interval));
        _extendBook(interval, batchCommitment, count);
    }

    /// @inheritdoc IMarket
    function submitOrder(IntervalId interval, uint8 side, uint32 quantity, int32 price, uint128 salt) external {
        Community memory community_ = _communityOf(interval);
        _requireGateOpen(interval, community_);
        if (side > OrderLib.OFFER || quantity == 0) revert InvalidOrder();
        uint32 account = _traderOf(msg.sender, community_.gridAccount);
        _countDirectOrder(interval, account, quantity);
        bytes12 packedOrder = OrderLib.pack(account, side, quantity, price);
        bytes32 digest = orderDigest(interval, account, side, quantity, price, salt);
        emit OrderSubmitted(interval, account, _intervals[interval].batches, packedOrder, salt, digest);
        bytes32 packedHash = keccak256(abi.encodePacked(packedOrder));
        _extendBook(interval, BookLib.batchCommitment(packedHash, keccak256(abi.encode(digest))), 1);
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
        _requireClearable(interval, entry);
        int32 feedIn = entry.feedIn;
        int32 retail = entry.retail;
        if (price < feedIn || price > retail) revert PriceOutsideTariff(price, feedIn, retail);

        BookScan memory scan = BookScanLib.start(price, feedIn, retail);
        bytes32 commitment = _passBook(scan, batches, digestsHashes);
        if (commitment != entry.bookCommitment) revert BookMismatch(entry.bookCommitment, commitment);
        if (!scan.isWellFormed()) revert InvalidOrder();
        UniformPriceLib.verify(scan, price, volume, feedIn, retail);
        _recordPrice(interval, entry, volume == 0 ? int32(0) : price, volume);
    }

    /* VIEWS */

    /// @inheritdoc IMarket
    function community(uint32 community_) external view returns (uint24 duration, uint32 gateLead, uint32 gridAccount) {
        Community storage entry = _communities[community_];
        return (entry.duration, entry.gateLead, entry.gridAccount);
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
    function orderDigest(IntervalId interval, uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        public
        view
        returns (bytes32 digest)
    {
        return _hashTypedDataV4(OrderLib.structHash(interval, account, side, quantity, price, salt));
    }

    /* INTERNAL */

    /// @dev The settings of an interval's community; reverts where the interval is not one of it.
    function _communityOf(IntervalId interval) private view returns (Community memory community_) {
        community_ = _communities[interval.community()];
        if (community_.duration == 0) revert UnknownCommunity(interval.community());
        if (interval.duration() != community_.duration || !interval.isAligned()) revert InvalidInterval(interval);
    }

    /// @dev The second at which an interval's book closes.
    function _gateOf(IntervalId interval, Community memory community_) private pure returns (uint256) {
        uint256 start = interval.start();
        return start > community_.gateLead ? start - community_.gateLead : 0;
    }

    function _requireGateOpen(IntervalId interval, Community memory community_) private view {
        uint256 gate = _gateOf(interval, community_);
        if (block.timestamp >= gate) revert GateClosed(gate, block.timestamp);
    }

    function _requireClearable(IntervalId interval, Interval storage entry) private view {
        uint256 gate = _gateOf(interval, _communityOf(interval));
        if (block.timestamp < gate) revert GateOpen(gate, block.timestamp);
        if (entry.status != ClearingStatus.Open) revert AlreadyCleared(interval);
        if (!entry.tariffPosted) revert TariffMissing(interval);
    }

    /// @dev The account of an active participant other than the grid.
    function _traderOf(address caller, uint32 gridAccount) private view returns (uint32 account) {
        account = _registry.accountOf(caller);
        (,,, bool active) = _registry.participant(account);
        if (!active || account == gridAccount) revert NotAParticipant(caller);
    }

    function _countDirectOrder(IntervalId interval, uint32 account, uint32 quantity) private {
        DirectOrders memory direct = _directOrders[interval][account];
        if (direct.orders == DIRECT_ORDER_LIMIT) revert TooManyDirectOrders(account, DIRECT_ORDER_LIMIT);
        if (quantity > DIRECT_ENERGY_LIMIT - direct.energy) revert TooMuchDirectEnergy(account, DIRECT_ENERGY_LIMIT);
        _directOrders[interval][account] = DirectOrders(direct.orders + 1, direct.energy + quantity);
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

    function _extendBook(IntervalId interval, bytes32 batchCommitment, uint32 count) private {
        Interval storage entry = _intervals[interval];
        uint32 batch = entry.batches;
        bytes32 commitment = BookLib.extend(entry.bookCommitment, batchCommitment, count);
        entry.bookCommitment = commitment;
        entry.orders += count;
        entry.batches = batch + 1;
        emit OrdersCommitted(interval, batch, batchCommitment, count, commitment);
    }

    /// @dev Passes over every batch and returns the commitment of the whole book.
    function _passBook(BookScan memory scan, bytes[] calldata batches, bytes32[] calldata digestsHashes)
        private
        pure
        returns (bytes32 commitment)
    {
        if (batches.length != digestsHashes.length) {
            revert BatchCountMismatch(batches.length, digestsHashes.length);
        }
        for (uint256 i = 0; i < batches.length; ++i) {
            bytes calldata packed = batches[i];
            if (packed.length % OrderLib.PACKED_BYTES != 0) revert InvalidOrder();
            bytes32 batchCommitment = BookLib.batchCommitment(scan.pass(packed), digestsHashes[i]);
            commitment = BookLib.extend(commitment, batchCommitment, uint32(packed.length / OrderLib.PACKED_BYTES));
        }
    }

    function _recordPrice(IntervalId interval, Interval storage entry, int32 price, uint64 volume) private {
        ClearingStatus status = volume == 0 ? ClearingStatus.NoTrade : ClearingStatus.Cleared;
        bytes32 priceHash = _priceHash(interval, entry, status, price, volume);
        entry.status = status;
        entry.price = price;
        entry.volume = volume;
        entry.priceHash = priceHash;
        emit IntervalCleared(interval, status, price, volume, entry.orders, entry.bookCommitment, priceHash);
    }

    function _priceHash(IntervalId interval, Interval storage entry, ClearingStatus status, int32 price, uint64 volume)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                block.chainid,
                address(this),
                interval,
                UniformPriceLib.MECHANISM,
                status,
                price,
                volume,
                entry.feedIn,
                entry.retail,
                entry.bookCommitment,
                entry.orders
            )
        );
    }
}
