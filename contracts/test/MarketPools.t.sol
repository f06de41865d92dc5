// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Clearing the pools, case by case. The standard book: 900 Wh offered, 2,000 Wh bid, all at any price of the
/// tariff of 8,000 to 30,000 mct/kWh.
contract MarketPoolsTest is CommunityTest {
    int32 private constant FEED_IN = 8_000;
    int32 private constant RETAIL = 30_000;
    uint32 private constant OTHER = COMMUNITY + 1;

    TestOrder[] private orders;

    /* MID-MARKET RATE */

    function test_MidMarketRateIsHalfway() public {
        openStandardBook(MID_MARKET_RATE);
        expectPriceRule(19_000, 18_999);
        expectPriceRule(19_000, 19_001);
        expectCleared(19_000, 900);
    }

    function test_MidMarketRateIsRoundedDownBelowZeroToo() public {
        open(MID_MARKET_RATE, -4, -1);
        expectPriceRule(-3, -2);
        clear(-3, 0);
    }

    /// @notice Who does not accept the price is out; limits beyond the tariff count as its bounds.
    function test_OnlyWhoAcceptsThePriceTakesPart() public {
        orders.push(TestOrder(2, BID, 100, 18_999));
        orders.push(TestOrder(3, BID, 200, 19_000));
        orders.push(TestOrder(4, BID, 400, RETAIL + 1));
        orders.push(TestOrder(5, OFFER, 50, 19_000));
        orders.push(TestOrder(6, OFFER, 60, FEED_IN - 1));
        orders.push(TestOrder(7, OFFER, 800, 19_001));
        open(MID_MARKET_RATE, FEED_IN, RETAIL);
        expectCleared(19_000, 110);
    }

    function test_NothingTradesAtTheRulesPriceOnly() public {
        orders.push(TestOrder(2, BID, 100, 10_000));
        orders.push(TestOrder(3, OFFER, 100, 10_001));
        open(MID_MARKET_RATE, FEED_IN, RETAIL);
        // It separates bids from offers, yet it is not the rule's.
        expectPriceRule(19_000, 10_000);
        clear(19_000, 0);
        (IMarket.ClearingStatus status, int32 price,,,,) = market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.NoTrade), "status");
        vm.assertEq(price, 0, "price");
    }

    /* BILL SHARING */

    function test_BillSharingIsFeedInWhereThatIsPositive() public {
        openStandardBook(BILL_SHARING);
        expectPriceRule(FEED_IN, FEED_IN + 1);
        expectCleared(FEED_IN, 900);
    }

    function test_BillSharingIsZeroWithinTheTariff() public {
        open(BILL_SHARING, -100, 30_000);
        expectPriceRule(0, -1);
        expectPriceRule(0, 1);
        clear(0, 0);
    }

    function test_BillSharingIsRetailWhereThatIsNegative() public {
        open(BILL_SHARING, -100, -1);
        expectPriceRule(-1, -2);
        clear(-1, 0);
    }

    /* SUPPLY-DEMAND RATIO */

    /// @notice 8,000 x 30,000 / (22,000 x 0.45 + 8,000) = 13,407.8, and the next whole price.
    function test_TheRatioBetweenNeedAndSurplus() public {
        openStandardBook(SUPPLY_DEMAND_RATIO);
        expectBelowRatio(13_407, 2_000, 900);
        expectNotLowest(13_409, 2_000, 900);
        expectCleared(13_408, 900);
    }

    function test_TheRatioWithoutOffersIsRetail() public {
        orders.push(TestOrder(2, BID, 100, RETAIL));
        open(SUPPLY_DEMAND_RATIO, FEED_IN, RETAIL);
        expectBelowRatio(RETAIL - 1, 100, 0);
        clear(RETAIL, 0);
    }

    function test_TheRatioOfAnEmptyBookIsRetail() public {
        open(SUPPLY_DEMAND_RATIO, FEED_IN, RETAIL);
        expectBelowRatio(FEED_IN, 0, 0);
        clear(RETAIL, 0);
    }

    function test_TheRatioWithMoreOffersThanBidsIsFeedIn() public {
        orders.push(TestOrder(2, BID, 100, RETAIL));
        orders.push(TestOrder(3, OFFER, 100, FEED_IN));
        open(SUPPLY_DEMAND_RATIO, FEED_IN, RETAIL);
        expectNotLowest(FEED_IN + 1, 100, 100);
        expectCleared(FEED_IN, 100);
    }

    /// @notice The limit of the rule as the feed-in price falls to 0: any offer brings the price there.
    function test_TheRatioIsFeedInWhereThatIsNotPositive() public {
        orders.push(TestOrder(2, BID, 100, RETAIL));
        orders.push(TestOrder(3, OFFER, 1, FEED_IN));
        open(SUPPLY_DEMAND_RATIO, 0, RETAIL);
        // The offer asks for 8,000, so up to there nobody offers.
        expectBelowRatio(FEED_IN - 1, 100, 0);
        expectNotLowest(FEED_IN + 1, 100, 1);
        expectCleared(FEED_IN, 1);
    }

    /// @notice Below 13,000 nobody offers and the ratio is retail; from there it is 11,320.8.
    function test_TheRatioJumpsAtAnOffersLimit() public {
        orders.push(TestOrder(2, BID, 2_000, RETAIL));
        orders.push(TestOrder(3, OFFER, 1_200, 13_000));
        open(SUPPLY_DEMAND_RATIO, FEED_IN, RETAIL);
        expectBelowRatio(12_999, 2_000, 0);
        expectNotLowest(13_001, 2_000, 1_200);
        expectCleared(13_000, 1_200);
    }

    /// @notice With the bids at 13,000 the ratio is 13,407.8 there, without them 10,838.7: 13,001 is the lowest price.
    function test_TheRatioJumpsAtABidsLimit() public {
        orders.push(TestOrder(2, BID, 1_400, RETAIL));
        orders.push(TestOrder(3, BID, 600, 13_000));
        orders.push(TestOrder(4, OFFER, 900, FEED_IN));
        open(SUPPLY_DEMAND_RATIO, FEED_IN, RETAIL);
        expectBelowRatio(13_000, 2_000, 900);
        expectNotLowest(13_002, 1_400, 900);
        expectCleared(13_001, 900);
    }

    function test_AnExactRatioIsThePrice() public {
        // 100 x 200 x 300 / (100 x 100 + 100 x 300)
        orders.push(TestOrder(2, BID, 300, 200));
        orders.push(TestOrder(3, OFFER, 100, 100));
        open(SUPPLY_DEMAND_RATIO, 100, 200);
        expectBelowRatio(149, 300, 100);
        expectNotLowest(151, 300, 100);
        expectCleared(150, 100);
    }

    /* ALL POOLS */

    function test_RefusesAnotherVolume() public {
        openStandardBook(SUPPLY_DEMAND_RATIO);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, 900, 899));
        clear(13_408, 899);
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, 900, 0));
        clear(13_408, 0);
    }

    function test_RefusesAPriceOutsideTheTariff() public {
        openStandardBook(SUPPLY_DEMAND_RATIO);
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceOutsideTariff.selector, FEED_IN - 1, FEED_IN, RETAIL));
        clear(FEED_IN - 1, 900);
    }

    function test_RefusesAChangedBook() public {
        openStandardBook(MID_MARKET_RATE);
        batchesOf[interval][0][7] ^= 0x01;
        vm.expectPartialRevert(IMarket.BookMismatch.selector);
        clear(19_000, 900);
    }

    function test_RefusesMalformedOrders() public {
        orders.push(TestOrder(2, BID, 0, 10_000));
        open(MID_MARKET_RATE, FEED_IN, RETAIL);
        vm.expectRevert(IMarket.InvalidOrder.selector);
        clear(19_000, 0);
    }

    function test_ThePriceHashNamesTheMechanism() public {
        openStandardBook(BILL_SHARING);
        clear(FEED_IN, 900);
        (bytes32 commitment,,) = market.book(interval);
        (,,,,, bytes32 priceHash) = market.priceRecord(interval);
        bytes memory claim = abi.encode(
            keccak256("bill-sharing"), uint16(0), uint8(1), FEED_IN, uint64(900), FEED_IN, RETAIL, commitment
        );
        bytes memory domain = abi.encode(block.chainid, address(market), interval);
        bytes memory tail = abi.encode(uint32(4), bytes32(0));
        vm.assertEq(priceHash, keccak256(bytes.concat(domain, claim, tail)), "price hash");
    }

    /* HELPERS */

    function openStandardBook(bytes32 mechanism) private {
        orders.push(TestOrder(2, BID, 1_000, RETAIL));
        orders.push(TestOrder(3, BID, 500, RETAIL));
        orders.push(TestOrder(4, BID, 500, RETAIL));
        orders.push(TestOrder(5, OFFER, 900, FEED_IN));
        open(mechanism, FEED_IN, RETAIL);
    }

    function open(bytes32 mechanism, int32 feedIn, int32 retail) private {
        interval = otherCommunity(OTHER, mechanism, 0);
        postTariff(feedIn, retail);
        if (orders.length != 0) commit(interval, Books.pack(orders));
        vm.warp(GATE);
    }

    function expectPriceRule(int32 expected, int32 got) private {
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, expected, got));
        clear(got, 0);
    }

    function expectBelowRatio(int32 price, uint64 bids, uint64 offers) private {
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceBelowRatio.selector, price, bids, offers));
        clear(price, 0);
    }

    function expectNotLowest(int32 price, uint64 bids, uint64 offers) private {
        vm.expectRevert(abi.encodeWithSelector(IMarket.PriceNotLowest.selector, price, bids, offers));
        clear(price, 0);
    }

    function expectCleared(int32 price, uint64 volume) private {
        clear(price, volume);
        (IMarket.ClearingStatus status, int32 recorded,,, uint64 recordedVolume,) = market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.Cleared), "status");
        vm.assertEq(recorded, price, "price");
        vm.assertEq(recordedVolume, volume, "volume");
        vm.assertEq(market.allocationHash(interval), 0, "allocation");
    }
}
