// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "./ISettlement.sol";
import {Net, NettingLib} from "./NettingLib.sol";
import {Position, PositionLib} from "./PositionLib.sol";

/// @notice What an interval's positions are valued by.
/// @param priceHash Hash of the recorded price.
/// @param price Local price, mct/kWh.
/// @param feedIn What the grid pays for a residual fed into it, mct/kWh.
/// @param retail What the grid takes for a residual taken from it, mct/kWh.
/// @param volume Wh bought, and sold.
/// @param feeRate What a buyer pays beside, mct/kWh.
/// @param feeAccount Who receives that.
/// @param gridAccount Who takes the other side of every residual.
struct Terms {
    bytes32 priceHash;
    int32 price;
    int32 feedIn;
    int32 retail;
    uint64 volume;
    uint16 feeRate;
    uint32 feeAccount;
    uint32 gridAccount;
}

/// @notice What positions add up to: Wh, and money in 10^-8 EUR. `payments` have the fee in them.
struct Sums {
    uint64 bought;
    uint64 sold;
    uint64 imported;
    uint64 exported;
    uint256 delivered;
    uint64 certificates;
    uint256 fee;
    int256 payments;
}

/// @title ValuationLib
/// @notice Values packed positions, and adds payments and certificates to what is netted.
library ValuationLib {
    using NettingLib for Net;

    /// @dev Every second of a position's numbers, with room for the sum of 2^32 of them: certificates, imported, bought;
    /// and, of the position moved right by one number: exported, sold, account.
    uint256 private constant LANES = 0x00000000ffffffff_00000000ffffffff_00000000ffffffff;

    uint256 private constant NUMBER_BITS = 32;
    uint256 private constant LANE_BITS = 64;

    /// @dev Sums while they grow: two words of lanes, and what has no lane.
    struct Tally {
        uint256 lanes;
        uint256 movedLanes;
        uint256 delivered;
        int256 payments;
    }

    /// @notice Makes room in `net` for the positions' accounts, and one more; reverts unless the positions' ascend and the
    /// grid's is not among them.
    /// @param further Who receives the fee; 0 for nobody.
    function makeRoom(Net memory net, bytes calldata positions, uint32 gridAccount, uint32 further)
        internal
        pure
        returns (Net memory)
    {
        uint32[] memory known = net.accounts;
        uint256 count = positions.length / PositionLib.PACKED_BYTES;
        uint32 previous = 0;
        uint256 place = 0;
        bool isKnown = further == 0 || net.has(further);
        for (uint256 i = 0; i < count; ++i) {
            uint32 account = PositionLib.load(positions, i).account();
            if (account <= previous) revert ISettlement.PositionsNotAscending(i);
            if (account == gridAccount) revert ISettlement.GridAccountInPositions(account);
            while (place < known.length && known[place] < account) ++place;
            if (place == known.length || known[place] != account) isKnown = false;
            previous = account;
        }
        return isKnown ? net : net.including(_accounts(positions, count, further));
    }

    /// @notice Adds every position's payment and certificates to `net`, and all positions up.
    /// @param net Has a place for each of the accounts.
    /// @param positions Whole positions, accounts ascending.
    /// @param trades What each position pays for its trades, 10^-8 EUR; empty where they are all at the price.
    /// @param terms What they are valued by.
    /// @param sign 1, or -1 to take back what was settled.
    function add(Net memory net, bytes calldata positions, int256[] memory trades, Terms memory terms, int256 sign)
        internal
        pure
        returns (Sums memory)
    {
        Tally memory tally;
        uint256 count = positions.length / PositionLib.PACKED_BYTES;
        uint256 place = 0;
        for (uint256 i = 0; i < count; ++i) {
            Position position = PositionLib.load(positions, i);
            if (position.certificates() > position.bought()) {
                revert ISettlement.CertificatesExceedPurchase(i, position.bought(), position.certificates());
            }
            int256 payment = trades.length == 0
                ? position.payment(terms.price, terms.feedIn, terms.retail)
                : position.paymentWith(trades[i], terms.feedIn, terms.retail);
            place = net.find(position.account(), place);
            // Unchecked: accounts ascend within 32 bits, so there are fewer than 2^32 terms, energies below 2^32 and money
            // below 2^97; and no transaction holds so many intervals that their sum has 255 bits.
            unchecked {
                payment += int256(position.fee(terms.feeRate));
                uint256 delivered = position.delivered();
                net.payments[place] += sign * payment;
                net.energy[place] += sign * int256(position.energyTokens(delivered));
                tally.payments += payment;
                tally.delivered += delivered;
                uint256 numbers = uint192(Position.unwrap(position));
                tally.lanes += numbers & LANES;
                tally.movedLanes += (numbers >> NUMBER_BITS) & LANES;
            }
        }
        return _sums(tally, terms.feeRate);
    }

    /// @dev The positions' accounts and `further`, where it is not 0, ascending.
    function _accounts(bytes calldata positions, uint256 count, uint32 further)
        private
        pure
        returns (uint32[] memory accounts)
    {
        accounts = new uint32[](count + 1);
        uint256 length = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint32 account = PositionLib.load(positions, i).account();
            if (further != 0 && further < account) (accounts[length++], further) = (further, 0);
            if (further == account) further = 0;
            accounts[length++] = account;
        }
        if (further != 0) accounts[length++] = further;
        // Memory-safe: shortens the array in place, by one element at most.
        assembly ("memory-safe") {
            mstore(accounts, length)
        }
    }

    function _sums(Tally memory tally, uint16 feeRate) private pure returns (Sums memory sums) {
        (uint256 lanes, uint256 moved) = (tally.lanes, tally.movedLanes);
        sums.certificates = uint64(lanes);
        sums.imported = uint64(lanes >> LANE_BITS);
        sums.bought = uint64(lanes >> (2 * LANE_BITS));
        sums.exported = uint64(moved);
        sums.sold = uint64(moved >> LANE_BITS);
        sums.delivered = tally.delivered;
        sums.fee = uint256(sums.bought) * feeRate;
        sums.payments = tally.payments;
    }
}
