// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderPairLib} from "./OrderPairLib.sol";

/// @notice What one pass over a book, at one price, has seen so far; amounts in two lanes, as `OrderPairLib` explains.
struct PoolScan {
    /// The posted price, biased, in both lanes.
    uint256 price;
    /// Wh of orders that accept the price, and of the offers among them.
    uint256 accepting;
    uint256 acceptingOffers;
    /// Wh of bids at the price less 1 and of offers at the price, and of these offers alone.
    uint256 changing;
    uint256 changingOffers;
    /// Bits that stay set while every order has an account and a quantity.
    uint256 wellFormed;
}

using PoolScanLib for PoolScan global;

/// @title PoolScanLib
/// @notice One pass over a packed order book: who accepts a price, and who accepts the price less 1.
///
/// In plain words, for every order with limit `x`, quantity `q`, and the posted price `p`:
///
///     if (account == 0 || q == 0)                   the book is malformed
///     if (bid   && x >= p)                          accepting += q
///     if (offer && x <= p)                          accepting += q and acceptingOffers += q
///     if (bid   && x == p - 1)                      changing += q
///     if (offer && x == p)                          changing += q and changingOffers += q
///
/// The last two lines are all that accept only one of `p - 1` and `p`. With `o` of 1 for an offer and 0 for a bid, a
/// bid accepts where `x >= p + o` and an offer where not, and an order changes where `x >= p + o - 1` without
/// `x >= p + o`. So one subtraction of `p + o` in two lanes (`OrderPairLib`), and one addition of 1, decide it all.
library PoolScanLib {
    /// @notice Starts a pass at a price, mct/kWh.
    function start(int32 price) internal pure returns (PoolScan memory scan) {
        scan.price = OrderPairLib.LANES * OrderPairLib.bias(price);
        scan.wellFormed = OrderPairLib.WELL_FORMED;
    }

    /// @notice Passes over orders in memory. There may be several parts, each passed over once.
    /// @param begin Where the first order is.
    /// @param end Where the last one ends. The 32 bytes from there on are overwritten.
    function pass(PoolScan memory scan, uint256 begin, uint256 end) internal pure {
        uint256 filler = OrderPairLib.neutralOrder(OrderPairLib.laneB(scan.price));
        // Memory-safe: the caller took the memory behind the orders. Behind the last order there may be one more to
        // complete the pair: it has an account and a quantity, and accepts neither the price nor the price less 1.
        assembly ("memory-safe") {
            mstore(end, shl(160, filler))
        }
        _passPairs(scan, begin, end);
    }

    /// @notice Wh of bids that accept the price.
    function bids(PoolScan memory scan) internal pure returns (uint64) {
        return OrderPairLib.sumOfLanes(scan.accepting) - offers(scan);
    }

    /// @notice Wh of offers that accept the price.
    function offers(PoolScan memory scan) internal pure returns (uint64) {
        return OrderPairLib.sumOfLanes(scan.acceptingOffers);
    }

    /// @notice Wh of bids that accept the price less 1.
    /// @dev Without meaning where the price is the lowest one of all: there is none below.
    function bidsBelow(PoolScan memory scan) internal pure returns (uint64) {
        return bids(scan) + OrderPairLib.sumOfLanes(scan.changing) - OrderPairLib.sumOfLanes(scan.changingOffers);
    }

    /// @notice Wh of offers that accept the price less 1.
    /// @dev As `bidsBelow`.
    function offersBelow(PoolScan memory scan) internal pure returns (uint64) {
        return offers(scan) - OrderPairLib.sumOfLanes(scan.changingOffers);
    }

    /// @notice Whether every order had an account and a quantity.
    function isWellFormed(PoolScan memory scan) internal pure returns (bool) {
        return scan.wellFormed == OrderPairLib.WELL_FORMED;
    }

    /// @dev The loop. `position` and `end` bound the orders in memory.
    function _passPairs(PoolScan memory scan, uint256 position, uint256 end) private pure {
        uint256 price = scan.price;
        uint256 accepting = scan.accepting;
        uint256 acceptingOffers = scan.acceptingOffers;
        uint256 wellFormed = scan.wellFormed;
        // Unchecked: every operation stays in its lane, as the head of `OrderPairLib` shows; `p + o` is not above 2^32,
        // which the guard is worth. The addition of 1 carries out of a guard only where `x` is the highest price of all
        // and `p` the lowest, which has no price below it to be wrong about.
        unchecked {
            for (; position < end; position += OrderPairLib.BYTES) {
                uint256 pair;
                // Memory-safe: reads only.
                assembly ("memory-safe") {
                    pair := mload(position)
                }
                wellFormed &= ((pair & OrderPairLib.ACCOUNTS_AND_QUANTITIES) + OrderPairLib.ACCOUNTS_AND_QUANTITIES)
                    | (pair & OrderPairLib.QUANTITY_TOPS);

                uint256 offers_ = (pair >> 63) & OrderPairLib.GUARDS;
                uint256 beyond = ((pair & OrderPairLib.PRICES) ^ OrderPairLib.BIAS_AND_GUARDS) - price - (offers_ >> 32);
                uint256 changing = (beyond ^ (beyond + OrderPairLib.LANES)) & OrderPairLib.GUARDS;
                if (changing != 0) _addChanging(scan, pair, changing, offers_);

                uint256 quantities = pair & (((beyond & OrderPairLib.GUARDS) ^ offers_) * OrderPairLib.FIELD);
                accepting += quantities;
                acceptingOffers += quantities & (offers_ * OrderPairLib.FIELD);
            }
        }
        scan.accepting = accepting;
        scan.acceptingOffers = acceptingOffers;
        scan.wellFormed = wellFormed;
    }

    /// @dev Adds the orders of a pair that accept only one of the price and the price less 1: `changing` and `offers_`
    /// have the guards of these, and of offers.
    function _addChanging(PoolScan memory scan, uint256 pair, uint256 changing, uint256 offers_) private pure {
        // Unchecked: see the loop.
        unchecked {
            uint256 quantities = pair & (changing * OrderPairLib.FIELD);
            scan.changing += quantities;
            scan.changingOffers += quantities & (offers_ * OrderPairLib.FIELD);
        }
    }
}
