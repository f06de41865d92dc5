// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../../src/market/IMarket.sol";
import {BID, OFFER, TestOrder} from "./Books.sol";
import {PayAsBidTest} from "./PayAsBidTest.sol";
import {vm} from "./Vm.sol";

/// @notice Pay-as-bid books and results by hand. The standard book, in Wh and mct/kWh:
///
///     place   account   side      quantity    limit      fill
///     0       2         bid            500   30,000       500
///     1       3         bid            500   24,000       500
///     2       4         bid            300   20,000         -
///     3       5         offer          600   12,000       600
///     4       6         offer          400   18,000       400
///     5       7         offer          300   26,000         -
///
/// The uniform price is 22,000. At k = 500: 500 Wh of 2 and 5 at 21,000, 100 Wh of 3 and 5 at 18,000, 400 Wh of 3 and 6
/// at 21,000.
abstract contract PayAsBidBooks is PayAsBidTest {
    int32 internal constant FEED_IN = 8_000;
    int32 internal constant RETAIL = 30_000;
    uint32 internal constant NONE = type(uint32).max;
    uint32 internal constant OTHER = COMMUNITY + 1;

    /// @dev A row of the expected allocation.
    struct AllocationRow {
        uint32 account;
        uint32 bought;
        uint32 sold;
        int96 payment;
    }

    TestOrder[] internal orders;
    bytes32[] internal digests;

    function setUp() public virtual override {
        super.setUp();
        interval = otherCommunity(OTHER, PAY_AS_BID, 500);
        postTariff(interval, FEED_IN, RETAIL);
    }

    function push(uint32 account, uint8 side, uint32 quantity, int32 price, uint256 digest) internal {
        orders.push(TestOrder(account, side, quantity, price));
        digests.push(bytes32(digest));
    }

    function commitAll() internal {
        commitWithDigests(interval, orders, digests);
    }

    function commitStandardBook() internal {
        delete orders;
        delete digests;
        push(2, BID, 500, 30_000, 6);
        push(3, BID, 500, 24_000, 5);
        push(4, BID, 300, 20_000, 4);
        push(5, OFFER, 600, 12_000, 3);
        push(6, OFFER, 400, 18_000, 2);
        push(7, OFFER, 300, 26_000, 1);
        commitAll();
    }

    function standardResult() internal pure returns (IMarket.PayAsBidResult memory) {
        AllocationRow[] memory rows = new AllocationRow[](4);
        rows[0] = AllocationRow(2, 500, 0, 10_500_000);
        rows[1] = AllocationRow(3, 500, 0, 10_200_000);
        rows[2] = AllocationRow(5, 0, 600, -12_300_000);
        rows[3] = AllocationRow(6, 0, 400, -8_400_000);
        bytes memory bids = bytes.concat(entry(0, 0), entry(1, 1));
        bytes memory offers = bytes.concat(entry(3, 2), entry(4, 3));
        return IMarket.PayAsBidResult(22_000, 1_000, bids, offers, NONE, 4, hashOf(rows));
    }

    function commitMargin() internal {
        push(2, BID, 10, 20_000, 3);
        push(3, BID, 10, 20_000, 1);
        push(4, BID, 10, 20_000, 2);
        push(5, OFFER, 20, 10_000, 4);
        commitAll();
    }

    function marginResult() internal pure returns (IMarket.PayAsBidResult memory) {
        AllocationRow[] memory rows = new AllocationRow[](4);
        rows[0] = AllocationRow(2, 6, 0, 90_000);
        rows[1] = AllocationRow(3, 7, 0, 105_000);
        rows[2] = AllocationRow(4, 7, 0, 105_000);
        rows[3] = AllocationRow(5, 0, 20, -300_000);
        bytes memory bids = bytes.concat(entry(1, 1), entry(2, 2), entry(0, 0));
        return IMarket.PayAsBidResult(20_000, 20, bids, entry(3, 3), 2, 4, hashOf(rows));
    }

    /// @dev Two copies of one bid, and 3 Wh for both.
    function commitCopies() internal {
        push(2, BID, 2, 20_000, 1);
        push(2, BID, 2, 20_000, 1);
        push(3, OFFER, 3, 10_000, 2);
        commitAll();
    }

    function copiesResult(uint32 first, uint32 second) internal pure returns (IMarket.PayAsBidResult memory) {
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, 3, 0, 45_000);
        rows[1] = AllocationRow(3, 0, 3, -45_000);
        bytes memory bids = bytes.concat(entry(first, 0), entry(second, 0));
        return IMarket.PayAsBidResult(20_000, 3, bids, entry(2, 1), first, 2, hashOf(rows));
    }

    function entry(uint32 place, uint32 row) internal pure returns (bytes memory) {
        return abi.encodePacked(place, row);
    }

    function hashOf(AllocationRow[] memory rows) internal pure returns (bytes32) {
        bytes memory packed;
        for (uint256 i = 0; i < rows.length; ++i) {
            packed =
                bytes.concat(packed, abi.encodePacked(rows[i].account, rows[i].bought, rows[i].sold, rows[i].payment));
        }
        return keccak256(packed);
    }

    function expectCleared(IMarket.PayAsBidResult memory result) internal {
        vm.warp(GATE);
        clearPayAsBid(interval, result);
        vm.assertEq(market.allocationHash(interval), result.allocationHash, "allocation");
        (, int32 price,,, uint64 volume,) = market.priceRecord(interval);
        vm.assertEq(price, result.price, "price");
        vm.assertEq(volume, result.volume, "volume");
    }

    function expectRefused(IMarket.PayAsBidResult memory result, bytes memory reason) internal {
        vm.warp(GATE);
        vm.expectRevert(reason);
        clearPayAsBid(interval, result);
    }
}
