// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BookScan, BookScanLib} from "../src/market/BookScanLib.sol";
import {OrderPairLib} from "../src/market/OrderPairLib.sol";
import {vm} from "../test/base/Vm.sol";
import {SymbolicOrder, SymbolicOrders, both, either} from "./base/SymbolicOrder.sol";

/// @notice The two-lane pass for a uniform price: how it starts, that a malformed book stays so, and how its sums
/// are read.
contract BookScanProof {
    /// @dev A pass before any order: only where it looks is open, `low <= price <= high`.
    struct Window {
        int32 price;
        int32 low;
        int32 high;
    }

    /// @dev Sums of a pass: Wh.
    struct Sums {
        uint64 willingA;
        uint96 willingB;
        uint64 belowA;
        uint96 belowB;
        uint64 bidsAt;
        uint64 offersAt;
    }

    /// @dev A pass in plain numbers.
    struct State {
        int256 price;
        int256 low;
        int256 high;
        uint256 willingA;
        uint256 willingB;
        uint256 belowA;
        uint256 belowB;
        uint256 bidsAt;
        uint256 offersAt;
        bool wellFormed;
    }

    /// @notice A pass starts empty, and looks for neighbours of the price within the tariff.
    function check_StartIsEmpty(int32 price, int32 feedIn, int32 retail) public pure {
        if (feedIn > price || price > retail) return;
        State memory state;
        state.price = price;
        state.low = price == feedIn ? int256(price) : int256(feedIn) + 1;
        state.high = price == retail ? int256(price) : int256(retail) - 1;
        state.wellFormed = true;
        requireEqual(BookScanLib.start(price, feedIn, retail), state);
    }

    /// @notice A book that is not well-formed stays so, whatever comes.
    function check_MalformedStaysMalformed(Window memory window, uint256 wellFormed, SymbolicOrder memory order)
        public
        pure
    {
        (BookScan memory scan,) = startAt(window);
        scan.wellFormed = wellFormed & OrderPairLib.WELL_FORMED;
        if (scan.isWellFormed()) return;
        SymbolicOrder[] memory orders = new SymbolicOrder[](1);
        orders[0] = order;
        pass(scan, orders);
        assert(!scan.isWellFormed());
    }

    /// @notice What is read from a pass is what both lanes have seen, while it is less than 2^64 Wh.
    function check_AmountsAreReadAsAdded(Window memory window, Sums memory sums) public pure {
        uint256 willing = uint256(sums.willingA) + sums.willingB;
        uint256 below = uint256(sums.belowA) + sums.belowB;
        if (willing >= 2 ** 64 || below > willing) return;
        uint256 bids = willing - below;
        if (sums.bidsAt > bids || below + sums.offersAt >= 2 ** 64) return;
        (BookScan memory scan,) = startAt(window);
        setSums(scan, sums);
        assert(scan.bidsAtOrAbove() == bids);
        assert(scan.bidsAbove() == bids - sums.bidsAt);
        assert(scan.offersBelowPrice() == below);
        assert(scan.offersAtOrBelow() == below + sums.offersAt);
        assert(scan.highestBelow() == int256(window.low) - 1);
        assert(scan.lowestAbove() == int256(window.high) + 1);
    }

    /* HELPERS */

    /// @dev The bounds that a pass starts from are reached by no price but the posted one, and stay so as they near it.
    function startAt(Window memory window) private pure returns (BookScan memory scan, State memory state) {
        (int32 low, int32 price, int32 high) = (window.low, window.price, window.high);
        bool lowIsSound = either(low == price, both(type(int32).min < low, low < price));
        bool highIsSound = either(high == price, both(price < high, high < type(int32).max));
        vm.assume(both(lowIsSound, highIsSound));
        (state.low, state.price, state.high) = (low, price, high);
        state.wellFormed = true;
        scan.wellFormed = OrderPairLib.WELL_FORMED;
        setBounds(scan, state);
    }

    function pass(BookScan memory scan, SymbolicOrder[] memory orders) private pure {
        (uint256 begin, uint256 end) = SymbolicOrders.laidOut(orders);
        scan.pass(begin, end);
    }

    function setBounds(BookScan memory scan, State memory state) private pure {
        // Unchecked: fields of 32 bits.
        unchecked {
            scan.price = inBothLanes(state.price);
            scan.nearLow = inBothLanes(state.low);
            scan.nearHigh = inBothLanes(state.high) + (OrderPairLib.GUARDS << 1);
        }
    }

    function setSums(BookScan memory scan, Sums memory sums) private pure {
        scan.willing = inLanes(sums.willingA, sums.willingB);
        scan.offersBelow = inLanes(sums.belowA, sums.belowB);
        (scan.bidsAt, scan.offersAt) = (sums.bidsAt, sums.offersAt);
    }

    function requireEqual(BookScan memory scan, State memory state) private pure {
        BookScan memory expected;
        setBounds(expected, state);
        bool bounds = both(scan.nearLow == expected.nearLow, scan.nearHigh == expected.nearHigh);
        bool willing = scan.willing == inLanes(state.willingA, state.willingB);
        bool below = scan.offersBelow == inLanes(state.belowA, state.belowB);
        bool margins = both(scan.bidsAt == state.bidsAt, scan.offersAt == state.offersAt);
        bool wellFormed = scan.isWellFormed() == state.wellFormed;
        assert(both(both(scan.price == expected.price, both(bounds, both(willing, below))), both(margins, wellFormed)));
    }

    function inLanes(uint256 laneA, uint256 laneB) private pure returns (uint256) {
        return (laneA << 192) | (laneB << 96);
    }

    function inBothLanes(int256 price) private pure returns (uint256) {
        // Unchecked: a price of 32 bits.
        unchecked {
            return (2 ** 160 + 2 ** 64) * uint256(price + 2 ** 31);
        }
    }
}
