// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Clearing, case by case. The standard book: three bids and three offers; 500 Wh trade at 19 to 20 ct/kWh.
contract MarketClearTest is CommunityTest {
    int32 private constant FEED_IN = 8_000;
    int32 private constant RETAIL = 30_000;

    function setUp() public override {
        super.setUp();
        postTariff(FEED_IN, RETAIL);
    }

    /* ACCEPTED */

    function test_RecordsThePriceAndEmits() public {
        commitStandardBook();
        vm.warp(GATE);
        (bytes32 commitment,,) = market.book(interval);
        bytes32 priceHash = keccak256(
            abi.encode(
                block.chainid,
                address(market),
                interval,
                keccak256("uniform-price"),
                uint16(500),
                uint8(1),
                int32(19_500),
                uint64(500),
                FEED_IN,
                RETAIL,
                commitment,
                uint32(6),
                bytes32(0)
            )
        );
        expectEvent(address(market));
        emit IMarket.IntervalCleared(interval, IMarket.ClearingStatus.Cleared, 19_500, 500, 6, commitment, priceHash);
        vm.prank(stranger);
        clear(19_500, 500);
        expectRecord(IMarket.ClearingStatus.Cleared, 19_500, 500, priceHash);
    }

    function test_AnEmptyBookTradesNothing() public {
        vm.warp(GATE);
        clear(FEED_IN, 0);
        (IMarket.ClearingStatus status, int32 price,,, uint64 volume, bytes32 priceHash) = market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.NoTrade), "status");
        vm.assertEq(price, 0, "price");
        vm.assertEq(volume, 0, "volume");
        vm.assertTrue(priceHash != 0, "price hash");
    }

    function test_APriceThatSeparatesProvesNoTradeAndIsNotRecorded() public {
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 100, 10_000);
        orders[1] = TestOrder(3, OFFER, 100, 10_001);
        commit(orders);
        vm.warp(GATE);
        clear(10_000, 0);
        (, int32 price,,,,) = market.priceRecord(interval);
        vm.assertEq(price, 0, "price");
    }

    function test_ABookInSeveralBatchesAndOneFromAWallet() public {
        registerUpTo(3);
        TestOrder[] memory orders = new TestOrder[](1);
        orders[0] = TestOrder(2, BID, 300, 20_000);
        commit(orders);
        submit(3, OFFER, 200, 10_000, 77);
        bytes memory packed = Books.pack(TestOrder(3, OFFER, 200, 10_000));
        batchesOf[interval].push(packed);
        digestsOf[interval].push(keccak256(abi.encode(market.orderDigest(interval, 3, OFFER, 200, 10_000, 77))));
        vm.warp(GATE);
        clear(20_000, 200);
    }

    function test_TheBidsRestKeepsThePriceAtTheMarginalBid() public {
        // 300 Wh are bid at 20,000 and only 200 offered: the rejected part of the bid bounds the price from below.
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 300, 20_000);
        orders[1] = TestOrder(3, OFFER, 200, 10_000);
        expectClearing(orders, 20_000, 200);
    }

    function test_TheOffersRestKeepsThePriceAtTheMarginalOffer() public {
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 200, 20_000);
        orders[1] = TestOrder(3, OFFER, 300, 10_000);
        expectClearing(orders, 10_000, 200);
    }

    function test_TheBestRejectedOrdersBoundThePrice() public {
        TestOrder[] memory orders = new TestOrder[](4);
        orders[0] = TestOrder(2, BID, 200, 20_000);
        orders[1] = TestOrder(3, OFFER, 200, 10_000);
        orders[2] = TestOrder(4, BID, 50, 14_000);
        orders[3] = TestOrder(5, OFFER, 50, 15_000);
        expectClearing(orders, 14_500, 200);
    }

    function test_TheMidpointIsRoundedDownBelowZeroToo() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        postTariff(next, -50, 50);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 10, -3);
        orders[1] = TestOrder(3, OFFER, 10, -6);
        commit(next, Books.pack(orders));
        vm.warp(GATE + DURATION);
        clear(next, -5, 10);
    }

    /// @notice Between 19,000 and 20,000, where 500 Wh trade.
    function test_ThePriceLiesAtThePointOfTheCommunity() public {
        expectPointPrice(2, 0, 19_000);
        expectPointPrice(3, 1, 19_001);
        expectPointPrice(4, 333, 19_333);
        expectPointPrice(5, 1000, 20_000);
    }

    function test_ThePointIsRoundedDownBelowZeroToo() public {
        interval = otherCommunity(2, UNIFORM_PRICE, 333);
        postTariff(-50, 50);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 10, -3);
        orders[1] = TestOrder(3, OFFER, 10, -7);
        commit(orders);
        vm.warp(GATE);
        // -7 + 1.332
        clear(-6, 10);
    }

    function test_TariffsBoundOrders() public {
        // Both orders reach beyond the tariff: the price is the midpoint of the tariff.
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 10, RETAIL + 9_000);
        orders[1] = TestOrder(3, OFFER, 10, FEED_IN - 9_000);
        expectClearing(orders, (FEED_IN + RETAIL) / 2, 10);
    }

    function test_OrdersBeyondTheTariffShareItsBoundEqually() public {
        // All bids count as bids at retail: the scarce side's rest keeps the price there.
        TestOrder[] memory orders = new TestOrder[](3);
        orders[0] = TestOrder(2, BID, 10, RETAIL + 9_000);
        orders[1] = TestOrder(4, BID, 10, RETAIL);
        orders[2] = TestOrder(3, OFFER, 15, FEED_IN);
        expectClearing(orders, RETAIL, 15);
    }

    /// @notice The well-formedness of two fields is tested bit-wise at once: the quantity of one bit is the odd case.
    function test_AcceptsEveryQuantityAndAccountThatFits() public {
        TestOrder[] memory orders = new TestOrder[](3);
        orders[0] = TestOrder(type(uint32).max / 2, BID, 2 ** 31, 20_000);
        orders[1] = TestOrder(2 ** 30, OFFER, type(uint32).max, 10_000);
        orders[2] = TestOrder(1, BID, 2 ** 31, 20_000);
        expectClearing(orders, 20_000, type(uint32).max);
    }

    /* A WRONG PRICE */

    function test_RefusesAPriceAboveTheInterval() public {
        commitStandardBook();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAnEquilibrium.selector, int32(21_500), 300, 500, 300));
        clear(21_500, 500);
    }

    function test_RefusesAPriceBelowTheInterval() public {
        commitStandardBook();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAnEquilibrium.selector, int32(17_500), 700, 400, 400));
        clear(17_500, 400);
    }

    function test_RefusesAPriceInTheIntervalThatIsNotTheMidpoint() public {
        commitStandardBook();
        vm.warp(GATE);
        for (int32 price = 19_000; price <= 20_000; price += 100) {
            if (price == 19_500) continue;
            vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, int32(19_500), price));
            clear(price, 500);
        }
    }

    function test_RefusesAPriceOneOffTheMidpoint() public {
        commitStandardBook();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, int32(19_500), int32(19_501)));
        clear(19_501, 500);
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, int32(19_500), int32(19_499)));
        clear(19_499, 500);
    }

    function test_RefusesAPriceOutsideTheTariff() public {
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceOutsideTariff.selector, RETAIL + 1, FEED_IN, RETAIL));
        clear(RETAIL + 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceOutsideTariff.selector, FEED_IN - 1, FEED_IN, RETAIL));
        clear(FEED_IN - 1, 0);
    }

    /* A WRONG VOLUME */

    function test_RefusesAVolumeOneUnitOff() public {
        commitStandardBook();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, uint64(500), uint64(501)));
        clear(19_500, 501);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, uint64(500), uint64(499)));
        clear(19_500, 499);
    }

    function test_RefusesToCallATradeNone() public {
        commitStandardBook();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, uint64(500), uint64(0)));
        clear(19_500, 0);
    }

    function test_RefusesAVolumeWhereNothingTrades() public {
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, uint64(0), uint64(1)));
        clear(FEED_IN, 1);
    }

    /* A CHANGED BOOK */

    function test_RefusesAChangedOrder() public {
        commitStandardBook();
        batchesOf[interval][1][7] ^= 0x01;
        expectBookMismatch();
    }

    function test_RefusesADroppedOrder() public {
        commitStandardBook();
        TestOrder[] memory orders = standardOffers();
        TestOrder[] memory fewer = new TestOrder[](2);
        (fewer[0], fewer[1]) = (orders[0], orders[1]);
        batchesOf[interval][1] = Books.pack(fewer);
        expectBookMismatch();
    }

    function test_RefusesAnAddedOrder() public {
        commitStandardBook();
        batchesOf[interval][1] = bytes.concat(batchesOf[interval][1], Books.pack(TestOrder(9, BID, 1, 9_000)));
        expectBookMismatch();
    }

    function test_RefusesReorderedOrders() public {
        commitStandardBook();
        TestOrder[] memory orders = standardOffers();
        (orders[0], orders[1]) = (orders[1], orders[0]);
        batchesOf[interval][1] = Books.pack(orders);
        expectBookMismatch();
    }

    function test_RefusesReorderedBatches() public {
        commitStandardBook();
        bytes memory first = batchesOf[interval][0];
        bytes32 firstDigests = digestsOf[interval][0];
        batchesOf[interval][0] = batchesOf[interval][1];
        digestsOf[interval][0] = digestsOf[interval][1];
        batchesOf[interval][1] = first;
        digestsOf[interval][1] = firstDigests;
        expectBookMismatch();
    }

    function test_RefusesMergedBatches() public {
        commitStandardBook();
        batchesOf[interval][0] = bytes.concat(batchesOf[interval][0], batchesOf[interval][1]);
        batchesOf[interval].pop();
        digestsOf[interval].pop();
        expectBookMismatch();
    }

    function test_RefusesADroppedBatch() public {
        commitStandardBook();
        batchesOf[interval].pop();
        digestsOf[interval].pop();
        expectBookMismatch();
    }

    function test_RefusesOtherDigests() public {
        commitStandardBook();
        digestsOf[interval][0] = keccak256("other salts");
        expectBookMismatch();
    }

    function test_RefusesABatchWithoutDigests() public {
        commitStandardBook();
        digestsOf[interval].pop();
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.BatchCountMismatch.selector, 2, 1));
        clear(19_500, 500);
    }

    /* MALFORMED ORDERS, COMMITTED AS SUCH */

    function test_RefusesAnOrderWithoutQuantity() public {
        expectInvalidOrder(TestOrder(2, BID, 0, 10_000));
        expectInvalidOrder(TestOrder(2, OFFER, 0, 10_000));
    }

    function test_RefusesAnOrderWithoutAccount() public {
        expectInvalidOrder(TestOrder(0, BID, 1, 10_000));
        expectInvalidOrder(TestOrder(0, OFFER, type(uint32).max, 10_000));
    }

    function test_RefusesHalfAnOrder() public {
        commit(interval, hex"00000002000000640000271000000003");
        vm.warp(GATE);
        vm.expectRevert(IMarket.InvalidOrder.selector);
        clear(10_000, 0);
    }

    /* WHEN AND WHAT */

    function test_RefusesToClearBeforeTheGate() public {
        vm.warp(GATE - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateOpen.selector, GATE, GATE - 1));
        clear(FEED_IN, 0);
    }

    function test_RefusesToClearTwice() public {
        vm.warp(GATE);
        clear(FEED_IN, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarket.AlreadyCleared.selector, interval));
        clear(FEED_IN, 0);
    }

    function test_RefusesToClearWithoutTariff() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        vm.warp(GATE + DURATION);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TariffMissing.selector, next));
        clear(next, FEED_IN, 0);
    }

    function test_RefusesIntervalsThatAreNone() public {
        vm.warp(GATE + DURATION);
        IntervalId foreign = IntervalLib.pack(COMMUNITY + 1, START, DURATION);
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownCommunity.selector, COMMUNITY + 1));
        clear(foreign, FEED_IN, 0);
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START + 1, DURATION);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        clear(shifted, FEED_IN, 0);
        IntervalId longer = IntervalLib.pack(COMMUNITY, START, 3600);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, longer));
        clear(longer, FEED_IN, 0);
    }

    /* HELPERS */

    function standardBids() private pure returns (TestOrder[] memory orders) {
        orders = new TestOrder[](3);
        orders[0] = TestOrder(2, BID, 300, 25_000);
        orders[1] = TestOrder(3, BID, 200, 20_000);
        orders[2] = TestOrder(4, BID, 200, 18_000);
    }

    function standardOffers() private pure returns (TestOrder[] memory orders) {
        orders = new TestOrder[](3);
        orders[0] = TestOrder(5, OFFER, 400, 10_000);
        orders[1] = TestOrder(6, OFFER, 100, 19_000);
        orders[2] = TestOrder(7, OFFER, 500, 24_000);
    }

    function commitStandardBook() private {
        commit(standardBids());
        commit(standardOffers());
    }

    /// @dev The standard book in a new community: one millicent off the point is refused.
    function expectPointPrice(uint32 community, uint16 k, int32 price) private {
        vm.warp(GATE - 1);
        interval = otherCommunity(community, UNIFORM_PRICE, k);
        postTariff(FEED_IN, RETAIL);
        commitStandardBook();
        vm.warp(GATE);
        int32 wrong = k == 0 ? price + 1 : price - 1;
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, price, wrong));
        clear(wrong, 500);
        clear(price, 500);
    }

    function expectClearing(TestOrder[] memory orders, int32 price, uint64 volume) private {
        commit(orders);
        vm.warp(GATE);
        clear(price, volume);
        (,,,,, bytes32 priceHash) = market.priceRecord(interval);
        expectRecord(IMarket.ClearingStatus.Cleared, price, volume, priceHash);
    }

    function expectRecord(IMarket.ClearingStatus status, int32 price, uint64 volume, bytes32 priceHash) private view {
        bytes memory expected = abi.encode(status, price, FEED_IN, RETAIL, volume, priceHash);
        vm.assertEq(recorded(), expected, "price record");
    }

    function recorded() private view returns (bytes memory) {
        (IMarket.ClearingStatus status, int32 price, int32 feedIn, int32 retail, uint64 volume, bytes32 priceHash) =
            market.priceRecord(interval);
        return abi.encode(status, price, feedIn, retail, volume, priceHash);
    }

    function expectBookMismatch() private {
        (bytes32 commitment,,) = market.book(interval);
        bytes32 posted = 0;
        for (uint256 i = 0; i < batchesOf[interval].length; ++i) {
            bytes memory packed = batchesOf[interval][i];
            bytes32 batch = keccak256(bytes.concat(keccak256(packed), digestsOf[interval][i]));
            posted = keccak256(abi.encodePacked(posted, batch, uint32(packed.length / 12)));
        }
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.BookMismatch.selector, commitment, posted));
        clear(19_500, 500);
    }

    /// @dev Among sound orders, at every place in the pair and as the odd one.
    function expectInvalidOrder(TestOrder memory malformed) private {
        for (uint256 place = 0; place < 3; ++place) {
            uint256 state = vm.snapshotState();
            TestOrder[] memory orders = standardBids();
            orders[place] = malformed;
            commit(orders);
            vm.warp(GATE);
            vm.expectRevert(IMarket.InvalidOrder.selector);
            clear(10_000, 0);
            vm.revertToState(state);
        }
    }
}
