// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {Books, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {PoolReference} from "./base/PoolReference.sol";
import {Random} from "./base/Random.sol";
import {UniformPriceReference} from "./base/UniformPriceReference.sol";
import {vm} from "./base/Vm.sol";

/// @notice The pools against a plain reference of their rules, on random books: any other price or volume is refused.
contract MarketPoolsFuzzTest is CommunityTest {
    int32 private constant LOWEST = type(int32).min;
    int32 private constant HIGHEST = type(int32).max;

    /// @dev A book, the tariff that bounds it, and what it comes to under a mechanism.
    struct Case {
        TestOrder[] orders;
        int32 feedIn;
        int32 retail;
        bytes32 mechanism;
        int32 price;
        uint64 volume;
    }

    /* SUPPLY-DEMAND RATIO */

    /// @notice Prices from a handful: the ratio jumps with almost every one.
    function testFuzz_RatioOfFewPrices(uint256 seed) public {
        checkRatio(Random(seed), -2, 12);
    }

    /// @notice Prices low enough to be tried one by one, limits dense.
    function testFuzz_RatioOfLowPrices(uint256 seed) public {
        checkRatio(Random(seed), 1, 60);
    }

    /// @notice Limits as they are in practice, ct/kWh with three decimals.
    function testFuzz_RatioOfCommonPrices(uint256 seed) public {
        checkRatio(Random(seed), 5_000, 35_000);
    }

    /// @notice All that 32 bits hold.
    function testFuzz_RatioOfAllPrices(uint256 seed) public {
        checkRatio(Random(seed), LOWEST, HIGHEST);
    }

    /// @notice The highest prices: the largest products.
    function testFuzz_RatioOfHighestPrices(uint256 seed) public {
        checkRatio(Random(seed), HIGHEST - 9, HIGHEST);
    }

    /// @notice The reference's two ways agree.
    function testFuzz_TheRatioHasOnePrice(uint256 seed) public pure {
        Case memory book = randomCase(Random(seed), -2, 30);
        vm.assertEq(
            PoolReference.supplyDemandRatio(book.orders, book.feedIn, book.retail),
            PoolReference.supplyDemandRatioByHalving(book.orders, book.feedIn, book.retail),
            "price"
        );
    }

    /* FIXED PRICES */

    function testFuzz_MidMarketRate(uint256 seed, bool narrow) public {
        Case memory book = randomCase(Random(seed), narrow ? int32(-4) : LOWEST, narrow ? int32(4) : HIGHEST);
        (book.mechanism, book.price) = (MID_MARKET_RATE, PoolReference.midMarketRate(book.feedIn, book.retail));
        check(book, Random(~seed), IMarket.PriceRuleViolated.selector);
    }

    function testFuzz_BillSharing(uint256 seed, bool narrow) public {
        Case memory book = randomCase(Random(seed), narrow ? int32(-4) : LOWEST, narrow ? int32(4) : HIGHEST);
        (book.mechanism, book.price) = (BILL_SHARING, PoolReference.billSharing(book.feedIn, book.retail));
        check(book, Random(~seed), IMarket.PriceRuleViolated.selector);
    }

    /* HELPERS */

    function checkRatio(Random memory random, int32 low, int32 high) private {
        Case memory book = randomCase(random, low, high);
        book.mechanism = SUPPLY_DEMAND_RATIO;
        book.price = PoolReference.supplyDemandRatioByHalving(book.orders, book.feedIn, book.retail);
        check(book, random, 0);
    }

    /// @dev `refusal` of other prices; for the ratio, 0, it depends on the side.
    function check(Case memory book, Random memory random, bytes4 refusal) private {
        uint256 volume = UniformPriceReference.executableAt(book.orders, book.price, book.feedIn, book.retail);
        book.volume = uint64(volume);
        open(book);
        for (int256 step = -3; step <= 3; ++step) {
            checkWrongPrice(book, int256(book.price) + step, refusal);
        }
        checkWrongPrice(book, book.feedIn, refusal);
        checkWrongPrice(book, book.retail, refusal);
        for (uint256 i = 0; i < 4; ++i) {
            checkWrongPrice(book, random.between(book.feedIn, book.retail), refusal);
        }
        checkWrongVolume(book, book.volume ^ 1);
        checkWrongVolume(book, uint64(random.upTo(type(uint64).max)));
        clear(book.price, book.volume);
        expectRecord(book);
    }

    /// @dev With the volume at that price, so that it is the price that is refused.
    function checkWrongPrice(Case memory book, int256 price, bytes4 refusal) private {
        if (price == book.price || price < book.feedIn || price > book.retail) return;
        if (refusal == 0) {
            bool below = price < book.price;
            vm.expectPartialRevert(below ? IMarket.PriceBelowRatio.selector : IMarket.PriceNotLowest.selector);
        } else {
            vm.expectRevert(abi.encodeWithSelector(refusal, book.price, int32(price)));
        }
        uint256 there = UniformPriceReference.executableAt(book.orders, price, book.feedIn, book.retail);
        clear(int32(price), uint64(there));
    }

    function checkWrongVolume(Case memory book, uint64 wrong) private {
        if (wrong == book.volume) return;
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, book.volume, wrong));
        clear(book.price, wrong);
    }

    function expectRecord(Case memory book) private view {
        (IMarket.ClearingStatus status, int32 price,,, uint64 volume,) = market.priceRecord(interval);
        bool traded = book.volume != 0;
        vm.assertEq(uint8(status), traded ? 1 : 2, "status");
        vm.assertEq(price, traded ? book.price : int32(0), "price");
        vm.assertEq(volume, book.volume, "volume");
        vm.assertEq(market.allocationHash(interval), 0, "allocation");
    }

    /// @dev Commits the book, in a community of its own, in two batches and closes the gate.
    function open(Case memory book) private {
        interval = otherCommunity(COMMUNITY + 1, book.mechanism, 0);
        postTariff(book.feedIn, book.retail);
        uint256 half = book.orders.length / 2;
        for (uint256 part = 0; part < 2; ++part) {
            TestOrder[] memory batch = new TestOrder[](part == 0 ? half : book.orders.length - half);
            for (uint256 i = 0; i < batch.length; ++i) {
                batch[i] = book.orders[part * half + i];
            }
            if (batch.length != 0) commit(batch);
        }
        vm.warp(GATE);
    }

    /// @dev A book of up to 12 orders with limits from `low` to `high`, and a tariff within; sometimes a single price.
    function randomCase(Random memory random, int32 low, int32 high) private pure returns (Case memory book) {
        book.orders = Books.random(random, random.upTo(12), low, high, random.oneIn(2));
        book.feedIn = int32(random.between(low, high));
        book.retail = random.oneIn(8) ? book.feedIn : int32(random.between(book.feedIn, high));
        if (random.oneIn(2)) (book.feedIn, book.retail) = (low, high);
    }
}
