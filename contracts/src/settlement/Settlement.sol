// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IntervalId} from "../interval/IntervalLib.sol";
import {IMarket} from "../market/IMarket.sol";
import {IMetering} from "../metering/IMetering.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {ICurrencyToken} from "../tokens/ICurrencyToken.sol";
import {IEnergyToken} from "../tokens/IEnergyToken.sol";
import {AllocatedTradesLib} from "./AllocatedTradesLib.sol";
import {ISettlement} from "./ISettlement.sol";
import {Position, PositionLib} from "./PositionLib.sol";

/// @title Settlement
/// @notice See `ISettlement`.
contract Settlement is ISettlement, AccessControl {
    /// @notice May settle intervals.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// @dev Two slots; the price hash is the market's. A settled interval has a positions hash, if only that of none.
    struct Record {
        bytes32 positionsHash;
        uint32 participants;
        int224 gridPayment;
    }

    /// @dev What a settlement rests on: the recorded price's hash, the prices, mct/kWh, and the volume, Wh.
    struct Price {
        bytes32 hash;
        int32 price;
        int32 feedIn;
        int32 retail;
        uint64 volume;
    }

    /// @dev What the positions add up to: Wh, and money in 10^-8 EUR.
    struct Sums {
        uint64 bought;
        uint64 sold;
        uint64 imported;
        uint64 exported;
        uint64 delivered;
        uint64 certificates;
        int256 payments;
    }

    /// @dev What the tokens' contracts are asked to do: money in 10^-8 EUR, energy in Wh. The last account is the grid's;
    /// it has no payment or energy of its own.
    struct Transfers {
        uint32[] accounts;
        int256[] payments;
        uint256[] energy;
    }

    IRegistry private immutable _registry;
    IMarket private immutable _market;
    IMetering private immutable _metering;
    ICurrencyToken private immutable _currency;
    IEnergyToken private immutable _energy;

    mapping(IntervalId interval => Record) private _records;

    /// @param admin Receives the admin role, which grants every other.
    constructor(
        address admin,
        IRegistry registry,
        IMarket market,
        IMetering metering,
        ICurrencyToken currency,
        IEnergyToken energy
    ) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _registry = registry;
        _market = market;
        _metering = metering;
        _currency = currency;
        _energy = energy;
    }

    /// @inheritdoc ISettlement
    function settle(IntervalId interval, bytes32 priceHash, bytes calldata positions, int256 gridPayment)
        external
        onlyRole(OPERATOR_ROLE)
    {
        Price memory price = _requireSettleable(interval, priceHash, positions.length);
        if (_market.allocationHash(interval) != 0) revert AllocationMissing(interval);
        _settle(interval, price, positions, new int256[](0), gridPayment);
    }

    /// @inheritdoc ISettlement
    function settleAllocated(
        IntervalId interval,
        bytes32 priceHash,
        bytes calldata positions,
        bytes calldata allocation,
        int256 gridPayment
    ) external onlyRole(OPERATOR_ROLE) {
        Price memory price = _requireSettleable(interval, priceHash, positions.length);
        _requireRecorded(interval, allocation);
        _settle(interval, price, positions, AllocatedTradesLib.payments(allocation, positions), gridPayment);
    }

    /// @inheritdoc ISettlement
    function record(IntervalId interval)
        external
        view
        returns (bytes32 priceHash, bytes32 positionsHash, uint32 participants, int256 gridPayment)
    {
        Record storage entry = _records[interval];
        if (entry.positionsHash != 0) (,,,,, priceHash) = _market.priceRecord(interval);
        return (priceHash, entry.positionsHash, entry.participants, entry.gridPayment);
    }

    /* INTERNAL */

    /// @dev The price that payments rest on; reverts where the interval cannot be settled on it, or is already.
    function _requireSettleable(IntervalId interval, bytes32 priceHash, uint256 length)
        private
        view
        returns (Price memory price)
    {
        if (_records[interval].positionsHash != 0) revert AlreadySettled(interval);
        if (length % PositionLib.PACKED_BYTES != 0) revert InvalidPositions(length);
        IMarket.ClearingStatus status;
        (status, price.price, price.feedIn, price.retail, price.volume, price.hash) = _market.priceRecord(interval);
        if (status == IMarket.ClearingStatus.Open) revert NotCleared(interval);
        if (price.hash != priceHash) revert PriceHashMismatch(price.hash, priceHash);
    }

    function _requireRecorded(IntervalId interval, bytes calldata allocation) private view {
        bytes32 expected = _market.allocationHash(interval);
        bytes32 got = keccak256(allocation);
        if (got != expected) revert AllocationHashMismatch(expected, got);
    }

    /// @dev Settles. `trades` is what each position pays for its trades; empty where they are all at the price.
    function _settle(
        IntervalId interval,
        Price memory price,
        bytes calldata positions,
        int256[] memory trades,
        int256 gridPayment
    ) private {
        (,, uint32 gridAccount) = _market.community(interval.community());
        (Sums memory sums, Transfers memory transfers) = _add(positions, trades, price, gridAccount);
        _requireBalanced(sums, price.volume, gridPayment);
        // Recorded before other contracts change, and undone with everything else where the meters disagree.
        _record(interval, price.hash, positions, gridPayment);
        _requireMetered(sums, interval);
        _move(transfers, sums.exported != 0);
    }

    /// @dev Values the positions and adds them up; `trades` as of `_settle`.
    function _add(bytes calldata positions, int256[] memory trades, Price memory price, uint32 gridAccount)
        private
        pure
        returns (Sums memory sums, Transfers memory transfers)
    {
        uint256 count = positions.length / PositionLib.PACKED_BYTES;
        transfers = Transfers(new uint32[](count + 1), new int256[](count), new uint256[](count));
        transfers.accounts[count] = gridAccount;
        uint32 previous = 0;
        for (uint256 i = 0; i < count; ++i) {
            Position position = PositionLib.load(positions, i);
            uint32 account = position.account();
            if (account <= previous) revert PositionsNotAscending(i);
            if (account == gridAccount) revert GridAccountInPositions(account);
            if (position.certificates() > position.bought()) {
                revert CertificatesExceedPurchase(i, position.bought(), position.certificates());
            }
            int256 payment = trades.length == 0
                ? position.payment(price.price, price.feedIn, price.retail)
                : position.paymentWith(trades[i], price.feedIn, price.retail);
            _addTo(sums, position, payment);
            transfers.accounts[i] = account;
            transfers.payments[i] = payment;
            transfers.energy[i] = position.energyTokens();
            previous = account;
        }
    }

    function _addTo(Sums memory sums, Position position, int256 payment) private pure {
        // Unchecked: accounts ascend within 32 bits, so there are fewer than 2^32 terms below 2^32 (money: 2^96).
        unchecked {
            sums.bought += position.bought();
            sums.sold += position.sold();
            sums.imported += position.imported();
            sums.exported += position.exported();
            sums.delivered += position.delivered();
            sums.certificates += position.certificates();
            sums.payments += payment;
        }
    }

    function _requireBalanced(Sums memory sums, uint64 volume, int256 gridPayment) private pure {
        if (sums.bought != volume || sums.sold != volume) {
            revert TradedEnergyUnbalanced(volume, sums.bought, sums.sold);
        }
        if (sums.certificates != sums.delivered) revert CertificatesUnbalanced(sums.delivered, sums.certificates);
        if (sums.payments != gridPayment) revert MoneyUnbalanced(sums.payments, gridPayment);
    }

    /// @dev Closes the interval's metering and compares.
    function _requireMetered(Sums memory sums, IntervalId interval) private {
        (uint64 imported, uint64 exported,) = _metering.closeInterval(interval);
        if (sums.imported != imported || sums.exported != exported) {
            revert MeteredTotalsMismatch(imported, sums.imported, exported, sums.exported);
        }
    }

    function _record(IntervalId interval, bytes32 priceHash, bytes calldata positions, int256 gridPayment) private {
        bytes32 positionsHash = keccak256(positions);
        uint32 participants = uint32(positions.length / PositionLib.PACKED_BYTES);
        // The grid's payment is a sum of at most 2^32 terms below 2^96.
        _records[interval] = Record(positionsHash, participants, int224(gridPayment));
        emit IntervalSettled(interval, priceHash, positionsHash, participants, gridPayment);
    }

    /// @dev Moves the money and, where energy was exported, issues the tokens for it.
    function _move(Transfers memory transfers, bool exported) private {
        address[] memory wallets = _registry.walletsOf(transfers.accounts);
        uint256 count = transfers.payments.length;
        address grid = wallets[count];
        // Memory-safe: shortens the array by its last element, the grid's wallet, in place.
        assembly ("memory-safe") {
            mstore(wallets, count)
        }
        _currency.settle(wallets, transfers.payments, grid);
        if (exported) _energy.issue(wallets, transfers.energy);
    }
}
