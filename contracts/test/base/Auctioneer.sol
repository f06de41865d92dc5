// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {IMarket} from "../../src/market/IMarket.sol";
import {Books, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {Random} from "./Random.sol";
import {UniformPriceReference} from "./UniformPriceReference.sol";
import {vm} from "./Vm.sol";

/// @notice Commits random books, and lets strangers post whatever they like as their result. Remembers the orders of each
/// book, so that what the market recorded can be held against them.
contract Auctioneer is CommunityTest {
    uint16 internal constant POINT = 500;
    uint256 internal constant LARGEST_BOOK = 8;

    /// @dev A book as it was committed.
    struct Auction {
        IntervalId interval;
        int32 feedIn;
        int32 retail;
        TestOrder[] orders;
    }

    Auction[] internal auctions;

    /// @notice How many results the market recorded, and how many wrong ones it refused.
    uint256 public recorded;
    uint256 public refused;

    /* ACTIONS */

    /// @notice A book of an interval of its own, closed.
    function openABook(uint256 seed) external {
        Random memory random = Random(seed);
        Auction storage auction = auctions.push();
        uint40 start = START + uint40(auctions.length) * DURATION;
        auction.interval = IntervalLib.pack(COMMUNITY, start, DURATION);
        auction.feedIn = int32(random.between(-20, 20));
        auction.retail = int32(random.between(auction.feedIn, 60));
        uint256 count = random.upTo(LARGEST_BOOK);
        TestOrder[] memory orders = Books.random(random, count, auction.feedIn - 5, auction.retail + 5, true);
        for (uint256 i = 0; i < count; ++i) {
            auction.orders.push(orders[i]);
        }
        vm.warp(start - GATE_LEAD - 1);
        postTariff(auction.interval, auction.feedIn, auction.retail);
        if (count != 0) commit(auction.interval, Books.pack(orders));
        vm.warp(start - GATE_LEAD);
    }

    /// @notice A stranger posts a result near the right one, often the right one, for any book.
    function postAResult(uint256 seed) external {
        if (auctions.length == 0) return;
        Random memory random = Random(seed);
        Auction memory auction = auctions[random.upTo(auctions.length - 1)];
        UniformPriceReference.Result memory right =
            UniformPriceReference.clear(auction.orders, auction.feedIn, auction.retail, POINT);
        int32 price = right.volume == 0
            ? UniformPriceReference.separator(auction.orders, auction.feedIn, auction.retail)
            : right.price;
        price += int32(random.between(-2, 2)) * int32(random.between(0, 1));
        uint64 volume = uint64(random.oneIn(4) ? random.upTo(3 * LARGEST_BOOK) : right.volume);
        (bytes[] memory batches, bytes32[] memory digests) = (batchesOf[auction.interval], digestsOf[auction.interval]);
        // Sometimes of another book than the committed one.
        if (random.oneIn(4) && batches.length != 0) batches[0] = bytes.concat(batches[0], batches[0]);
        vm.prank(stranger);
        try market.clear(auction.interval, batches, digests, price, volume) {
            ++recorded;
        } catch {
            ++refused;
        }
    }

    /* CHECKS */

    /// @notice Every recorded price is the rule's for the book that was committed, and every recorded volume the most that
    /// any price supports.
    function checkRecords() external view {
        uint256 cleared = 0;
        for (uint256 i = 0; i < auctions.length; ++i) {
            if (checkRecord(auctions[i])) ++cleared;
        }
        vm.assertEq(cleared, recorded, "recorded once");
    }

    function checkRecord(Auction memory auction) private view returns (bool isCleared) {
        (IMarket.ClearingStatus status, int32 price,,, uint64 volume,) = market.priceRecord(auction.interval);
        if (status == IMarket.ClearingStatus.Open) return false;
        (TestOrder[] memory orders, int32 feedIn, int32 retail) = (auction.orders, auction.feedIn, auction.retail);
        vm.assertEq(volume, UniformPriceReference.largestVolume(orders, feedIn, retail), "largest volume");
        bool isTrade = status == IMarket.ClearingStatus.Cleared;
        vm.assertEq(isTrade ? 1 : 0, volume == 0 ? 0 : uint256(1), "status");
        if (!isTrade) return true;
        vm.assertEq(volume, UniformPriceReference.executableAt(orders, price, feedIn, retail), "trades at the price");
        UniformPriceReference.Result memory rule = UniformPriceReference.clear(orders, feedIn, retail, POINT);
        vm.assertEq(price, rule.price, "the rule's price");
        return true;
    }
}
