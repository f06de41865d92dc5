// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {PayAsBidBooks} from "./base/PayAsBidBooks.sol";
import {vm} from "./base/Vm.sol";

/// @notice What clearing pay-as-bid accepts and records, case by case, on the books of `PayAsBidBooks`.
contract MarketPayAsBidTest is PayAsBidBooks {
    /* ACCEPTED */

    function test_RecordsTheAllocationAndEmits() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        (bytes32 commitment,,) = market.book(interval);
        bytes32 priceHash = keccak256(
            abi.encode(
                block.chainid,
                address(market),
                interval,
                keccak256("pay-as-bid"),
                uint16(500),
                uint8(1),
                int32(22_000),
                uint64(1_000),
                FEED_IN,
                RETAIL,
                commitment,
                uint32(6),
                result.allocationHash
            )
        );
        vm.warp(GATE);
        expectEvent(address(market));
        emit IMarket.AllocationRecorded(interval, result.allocationHash, 4);
        expectEvent(address(market));
        emit IMarket.IntervalCleared(interval, IMarket.ClearingStatus.Cleared, 22_000, 1_000, 6, commitment, priceHash);
        vm.prank(stranger);
        clearPayAsBid(interval, result);
        vm.assertEq(market.allocationHash(interval), result.allocationHash, "allocation");
        (,,,,, bytes32 recorded) = market.priceRecord(interval);
        vm.assertEq(recorded, priceHash, "price hash");
    }

    function test_BuyersPayTheirBids() public {
        AllocationRow[] memory rows = new AllocationRow[](4);
        rows[0] = AllocationRow(2, 500, 0, 500 * 30_000);
        rows[1] = AllocationRow(3, 500, 0, 500 * 24_000);
        rows[2] = AllocationRow(5, 0, 600, -500 * 30_000 - 100 * 24_000);
        rows[3] = AllocationRow(6, 0, 400, -400 * 24_000);
        expectAtPoint(1000, rows);
    }

    function test_SellersReceiveWhatTheyAsk() public {
        AllocationRow[] memory rows = new AllocationRow[](4);
        rows[0] = AllocationRow(2, 500, 0, 500 * 12_000);
        rows[1] = AllocationRow(3, 500, 0, 100 * 12_000 + 400 * 18_000);
        rows[2] = AllocationRow(5, 0, 600, -600 * 12_000);
        rows[3] = AllocationRow(6, 0, 400, -400 * 18_000);
        expectAtPoint(0, rows);
    }

    /// @dev The standard book. Whatever the point, the price that proves the volume is the midpoint.
    function expectAtPoint(uint16 k, AllocationRow[] memory rows) private {
        interval = otherCommunity(OTHER + 1, PAY_AS_BID, k);
        postTariff(interval, FEED_IN, RETAIL);
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.allocationHash = hashOf(rows);
        expectCleared(result);
    }

    function test_PairPricesAreRoundedDownBelowZeroToo() public {
        IntervalId next = IntervalLib.pack(OTHER, START + DURATION, DURATION);
        postTariff(next, -50, 50);
        interval = next;
        push(2, BID, 10, -4, 1);
        push(3, OFFER, 10, -7, 2);
        commitAll();
        // Between -7 and -4 lies -5.5, rounded down to -6.
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, 10, 0, -60);
        rows[1] = AllocationRow(3, 0, 10, 60);
        vm.warp(GATE + DURATION);
        clearPayAsBid(next, IMarket.PayAsBidResult(-6, 10, entry(0, 0), entry(1, 1), NONE, 2, hashOf(rows)));
    }

    function test_LimitsBeyondTheTariffCountAsItsBounds() public {
        push(2, BID, 10, RETAIL + 9_000, 1);
        push(3, OFFER, 10, FEED_IN - 9_000, 2);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, 10, 0, 190_000);
        rows[1] = AllocationRow(3, 0, 10, -190_000);
        expectCleared(IMarket.PayAsBidResult(19_000, 10, entry(0, 0), entry(1, 1), NONE, 2, hashOf(rows)));
    }

    /// @notice A bid at the retail price with the smaller digest comes before one beyond it.
    function test_LimitsBeyondTheTariffTieWithItsBounds() public {
        push(2, BID, 10, RETAIL + 9_000, 2);
        push(3, BID, 10, RETAIL, 1);
        push(4, OFFER, 10, 9_000, 3);
        push(5, OFFER, 10, 10_000, 4);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](4);
        rows[0] = AllocationRow(2, 10, 0, 200_000);
        rows[1] = AllocationRow(3, 10, 0, 195_000);
        rows[2] = AllocationRow(4, 0, 10, -195_000);
        rows[3] = AllocationRow(5, 0, 10, -200_000);
        bytes memory bids = bytes.concat(entry(1, 1), entry(0, 0));
        bytes memory offers = bytes.concat(entry(2, 2), entry(3, 3));
        expectCleared(IMarket.PayAsBidResult(20_000, 20, bids, offers, NONE, 4, hashOf(rows)));
    }

    /// @notice 20 Wh for three bids of 10: 6 each, and one more for the two smallest digests.
    function test_TheMarginSharesByLargestRemainderAndDigest() public {
        commitMargin();
        expectCleared(marginResult());
    }

    /// @notice 1 Wh for bids of 1 and 9 Wh: the larger remainder is that of the larger one, whatever the digests.
    function test_TheLargerRemainderComesFirst() public {
        push(2, BID, 1, 20_000, 1);
        push(3, BID, 9, 20_000, 2);
        push(4, OFFER, 1, 10_000, 3);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(3, 1, 0, 15_000);
        rows[1] = AllocationRow(4, 0, 1, -15_000);
        // The row of an order without a share is not read.
        bytes memory bids = bytes.concat(entry(0, 77), entry(1, 0));
        expectCleared(IMarket.PayAsBidResult(20_000, 1, bids, entry(2, 1), 1, 2, hashOf(rows)));
    }

    /// @notice Shares that come out whole leave nothing over.
    function test_WholeSharesHaveNoLastOne() public {
        push(2, OFFER, 20, 10_000, 2);
        push(3, OFFER, 10, 10_000, 1);
        push(4, BID, 15, 20_000, 3);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](3);
        rows[0] = AllocationRow(2, 0, 10, -150_000);
        rows[1] = AllocationRow(3, 0, 5, -75_000);
        rows[2] = AllocationRow(4, 15, 0, 225_000);
        bytes memory offers = bytes.concat(entry(1, 1), entry(0, 0));
        expectCleared(IMarket.PayAsBidResult(10_000, 15, entry(2, 2), offers, NONE, 3, hashOf(rows)));
    }

    /// @notice The price is the limit of the best rejected bid: it accepts, and its share is nothing.
    function test_ARejectedOrderAtThePriceIsListedAllTheSame() public {
        push(2, BID, 10, 20_000, 1);
        push(3, BID, 10, 15_000, 2);
        push(4, OFFER, 10, 10_000, 3);
        push(5, OFFER, 10, 15_001, 4);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, 10, 0, 150_000);
        rows[1] = AllocationRow(4, 0, 10, -150_000);
        bytes memory bids = bytes.concat(entry(0, 0), entry(1, 0));
        IMarket.PayAsBidResult memory result =
            IMarket.PayAsBidResult(15_000, 10, bids, entry(2, 1), NONE, 2, hashOf(rows));
        result.bids = entry(0, 0);
        expectRefused(result, abi.encodeWithSelector(IMarket.AcceptedEnergyMismatch.selector, BID, 20, 10));
        result.bids = bids;
        expectCleared(result);
    }

    function test_AnAccountOnBothSidesHasOneRow() public {
        push(2, BID, 10, 20_000, 1);
        push(2, OFFER, 4, 10_000, 2);
        push(3, OFFER, 6, 12_000, 3);
        commitAll();
        AllocationRow[] memory rows = new AllocationRow[](2);
        // 4 Wh of its own at 15,000, 6 Wh of the other's at 16,000.
        rows[0] = AllocationRow(2, 10, 4, 6 * 16_000);
        rows[1] = AllocationRow(3, 0, 6, -6 * 16_000);
        bytes memory offers = bytes.concat(entry(1, 0), entry(2, 1));
        expectCleared(IMarket.PayAsBidResult(16_000, 10, entry(0, 0), offers, NONE, 2, hashOf(rows)));
    }

    function test_CopiesOfOneOrderStandByPlace() public {
        commitCopies();
        expectCleared(copiesResult(0, 1));
    }

    function test_ABookInSeveralBatchesAndOneFromAWallet() public {
        registerUpTo(3);
        push(2, BID, 300, 20_000, 1);
        commitAll();
        submit(3, OFFER, 200, 10_000, 77);
        batchesOf[interval].push(Books.pack(TestOrder(3, OFFER, 200, 10_000)));
        bytes32 digest = market.orderDigest(interval, 3, OFFER, 200, 10_000, 77);
        digestListsOf[interval].push(abi.encodePacked(digest));
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, 200, 0, 3_000_000);
        rows[1] = AllocationRow(3, 0, 200, -3_000_000);
        expectCleared(IMarket.PayAsBidResult(20_000, 200, entry(0, 0), entry(1, 1), NONE, 2, hashOf(rows)));
    }

    function test_NothingTradedRecordsNoAllocation() public {
        push(2, BID, 100, 10_000, 1);
        push(3, OFFER, 100, 10_001, 2);
        commitAll();
        vm.warp(GATE);
        // The lists are not read.
        clearPayAsBid(interval, IMarket.PayAsBidResult(10_000, 0, hex"00", entry(9, 9), 9, 9, 0));
        (IMarket.ClearingStatus status, int32 price,,,,) = market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.NoTrade), "status");
        vm.assertEq(price, 0, "price");
        vm.assertEq(market.allocationHash(interval), 0, "allocation");
    }

    /// @notice The largest energies and prices that a row holds, paid and received.
    function test_ARowHoldsTheLargestPayment() public {
        interval = IntervalLib.pack(OTHER, START + DURATION, DURATION);
        postTariff(interval, type(int32).max, type(int32).max);
        push(2, BID, type(uint32).max, type(int32).max, 1);
        push(type(uint32).max / 2, OFFER, type(uint32).max, type(int32).max, 2);
        commitAll();
        int96 money = int96(uint96(type(uint32).max)) * type(int32).max;
        AllocationRow[] memory rows = new AllocationRow[](2);
        rows[0] = AllocationRow(2, type(uint32).max, 0, money);
        rows[1] = AllocationRow(type(uint32).max / 2, 0, type(uint32).max, -money);
        vm.warp(GATE + DURATION);
        clearPayAsBid(
            interval,
            IMarket.PayAsBidResult(type(int32).max, type(uint32).max, entry(0, 0), entry(1, 1), NONE, 2, hashOf(rows))
        );
    }
}
