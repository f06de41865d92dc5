// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/market/IMarket.sol";
import {BID, OFFER} from "./base/Books.sol";
import {PayAsBidBooks} from "./base/PayAsBidBooks.sol";
import {vm} from "./base/Vm.sol";

/// @notice What clearing pay-as-bid refuses, case by case, on the books of `PayAsBidBooks`.
contract MarketPayAsBidRefusedTest is PayAsBidBooks {
    /* WRONG PRICE, VOLUME OR HASH */

    function test_RefusesAnotherPriceThanTheMidpoint() public {
        interval = otherCommunity(OTHER + 1, PAY_AS_BID, 0);
        postTariff(interval, FEED_IN, RETAIL);
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.price = 20_000;
        expectRefused(result, abi.encodeWithSelector(IMarket.PriceRuleViolated.selector, 22_000, 20_000));
        result.price = 24_001;
        expectRefused(result, abi.encodeWithSelector(IMarket.NotAnEquilibrium.selector, 24_001, 500, 1_000, 500));
        result.price = RETAIL + 1;
        expectRefused(result, abi.encodeWithSelector(IMarket.PriceOutsideTariff.selector, RETAIL + 1, FEED_IN, RETAIL));
    }

    function test_RefusesAVolumeOneUnitOff() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.volume = 999;
        expectRefused(result, abi.encodeWithSelector(IMarket.VolumeMismatch.selector, 1_000, 999));
        result.volume = 0;
        expectRefused(result, abi.encodeWithSelector(IMarket.VolumeMismatch.selector, 1_000, 0));
    }

    function test_RefusesAnotherHash() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        bytes32 proven = result.allocationHash;
        result.allocationHash = keccak256("other");
        expectRefused(
            result, abi.encodeWithSelector(IMarket.AllocationHashMismatch.selector, proven, keccak256("other"))
        );
    }

    function test_RefusesAHashWhereNothingTrades() public {
        IMarket.PayAsBidResult memory result;
        result.price = FEED_IN;
        result.allocationHash = keccak256("");
        expectRefused(
            result, abi.encodeWithSelector(IMarket.AllocationHashMismatch.selector, bytes32(0), keccak256(""))
        );
    }

    /* WRONG LISTS */

    function test_RefusesHalfAnEntry() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(result.bids, hex"00000000");
        expectRefused(result, abi.encodeWithSelector(IMarket.InvalidOrderList.selector, BID, 20));
        result = standardResult();
        result.offers = hex"00";
        expectRefused(result, abi.encodeWithSelector(IMarket.InvalidOrderList.selector, OFFER, 1));
    }

    function test_RefusesAPlaceBehindTheBook() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 0), entry(6, 1));
        expectRefused(result, abi.encodeWithSelector(IMarket.UnknownOrder.selector, 6));
        result.bids = bytes.concat(entry(0, 0), entry(NONE, 1));
        expectRefused(result, abi.encodeWithSelector(IMarket.UnknownOrder.selector, NONE));
    }

    function test_RefusesAnOrderOfTheOtherSide() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 0), entry(5, 1));
        expectRefused(result, abi.encodeWithSelector(IMarket.OrderDoesNotAccept.selector, BID, 5));
        result = standardResult();
        result.offers = bytes.concat(entry(2, 2), entry(4, 3));
        expectRefused(result, abi.encodeWithSelector(IMarket.OrderDoesNotAccept.selector, OFFER, 2));
    }

    function test_RefusesAnOrderThatDoesNotAcceptThePrice() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 0), entry(2, 1));
        expectRefused(result, abi.encodeWithSelector(IMarket.OrderDoesNotAccept.selector, BID, 2));
        result = standardResult();
        result.offers = bytes.concat(entry(3, 2), entry(5, 3));
        expectRefused(result, abi.encodeWithSelector(IMarket.OrderDoesNotAccept.selector, OFFER, 5));
    }

    function test_RefusesOrdersOutOfMeritOrder() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(1, 1), entry(0, 0));
        expectRefused(result, abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, BID, 0));
        result = standardResult();
        result.offers = bytes.concat(entry(4, 3), entry(3, 2));
        expectRefused(result, abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, OFFER, 3));
    }

    function test_RefusesAnOrderTwice() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 0), entry(0, 0));
        expectRefused(result, abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, BID, 0));
        result = standardResult();
        result.offers = bytes.concat(entry(3, 2), entry(4, 3), entry(3, 2));
        expectRefused(result, abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, OFFER, 3));
    }

    function test_RefusesTiesAgainstTheirDigests() public {
        commitMargin();
        IMarket.PayAsBidResult memory result = marginResult();
        result.bids = bytes.concat(entry(1, 1), entry(0, 0), entry(2, 2));
        expectRefused(result, abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, BID, 2));
    }

    function test_RefusesCopiesAgainstTheirPlaces() public {
        commitCopies();
        expectRefused(copiesResult(1, 0), abi.encodeWithSelector(IMarket.NotInMeritOrder.selector, BID, 0));
    }

    function test_RefusesAMissingOrder() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = entry(0, 0);
        expectRefused(result, abi.encodeWithSelector(IMarket.AcceptedEnergyMismatch.selector, BID, 1_000, 500));
        result.bids = "";
        expectRefused(result, abi.encodeWithSelector(IMarket.AcceptedEnergyMismatch.selector, BID, 1_000, 0));
        result = standardResult();
        result.offers = entry(4, 3);
        expectRefused(result, abi.encodeWithSelector(IMarket.AcceptedEnergyMismatch.selector, OFFER, 1_000, 400));
    }

    /* WRONG SHARES */

    function test_RefusesAnotherLastOne() public {
        commitMargin();
        IMarket.PayAsBidResult memory result = marginResult();
        result.lastExtra = 1;
        expectRefused(result, abi.encodeWithSelector(IMarket.SharesMismatch.selector, BID, 20, 19));
        result.lastExtra = 0;
        expectRefused(result, abi.encodeWithSelector(IMarket.SharesMismatch.selector, BID, 20, 21));
        result.lastExtra = NONE;
        expectRefused(result, abi.encodeWithSelector(IMarket.SharesMismatch.selector, BID, 20, 18));
        result.lastExtra = 4;
        expectRefused(result, abi.encodeWithSelector(IMarket.UnknownOrder.selector, 4));
    }

    /* WRONG ROWS */

    function test_RefusesARowOfAnotherAccount() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 0), entry(1, 0));
        expectRefused(result, abi.encodeWithSelector(IMarket.RowMismatch.selector, 0, 3));
    }

    function test_RefusesARowBehindTheLastOne() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.accounts = 3;
        expectRefused(result, abi.encodeWithSelector(IMarket.RowMismatch.selector, 3, 6));
        result = standardResult();
        result.bids = bytes.concat(entry(0, NONE), entry(1, 1));
        expectRefused(result, abi.encodeWithSelector(IMarket.RowMismatch.selector, NONE, 2));
    }

    function test_RefusesARowThatNobodyHas() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.accounts = 5;
        expectRefused(result, abi.encodeWithSelector(IMarket.RowsNotAscending.selector, 4));
    }

    function test_RefusesAccountsThatDoNotAscend() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        result.bids = bytes.concat(entry(0, 1), entry(1, 0));
        expectRefused(result, abi.encodeWithSelector(IMarket.RowsNotAscending.selector, 1));
    }

    function test_RefusesTwoRowsOfOneAccount() public {
        push(2, BID, 10, 20_000, 1);
        push(2, BID, 10, 19_000, 2);
        push(3, OFFER, 20, 10_000, 3);
        commitAll();
        bytes memory bids = bytes.concat(entry(0, 0), entry(1, 1));
        expectRefused(
            IMarket.PayAsBidResult(14_500, 20, bids, entry(2, 2), NONE, 3, 0),
            abi.encodeWithSelector(IMarket.RowsNotAscending.selector, 1)
        );
    }

    function test_RefusesMoreEnergyOfAnAccountThanARowHolds() public {
        push(2, BID, type(uint32).max, 20_000, 1);
        push(2, BID, 1, 20_000, 2);
        push(3, OFFER, type(uint32).max, 10_000, 3);
        push(4, OFFER, 1, 10_000, 4);
        commitAll();
        bytes memory bids = bytes.concat(entry(0, 0), entry(1, 0));
        bytes memory offers = bytes.concat(entry(2, 1), entry(3, 2));
        uint64 volume = 2 ** 32;
        expectRefused(
            IMarket.PayAsBidResult(15_000, volume, bids, offers, NONE, 3, 0),
            abi.encodeWithSelector(IMarket.TooMuchTradedEnergy.selector, 2, uint256(volume), 0)
        );
    }

    function test_RefusesMoreEnergyThanARowHoldsOnTheOtherSideToo() public {
        push(2, OFFER, type(uint32).max, 10_000, 1);
        push(2, OFFER, 1, 10_000, 2);
        push(3, BID, type(uint32).max, 20_000, 3);
        push(2, BID, 1, 20_000, 4);
        commitAll();
        bytes memory offers = bytes.concat(entry(0, 0), entry(1, 0));
        bytes memory bids = bytes.concat(entry(2, 1), entry(3, 0));
        uint64 volume = 2 ** 32;
        expectRefused(
            IMarket.PayAsBidResult(15_000, volume, bids, offers, NONE, 2, 0),
            abi.encodeWithSelector(IMarket.TooMuchTradedEnergy.selector, 2, 1, uint256(volume))
        );
    }

    /* ANOTHER BOOK */

    function test_RefusesAChangedOrder() public {
        commitStandardBook();
        batchesOf[interval][0][7] ^= 0x01;
        vm.warp(GATE);
        vm.expectPartialRevert(IMarket.BookMismatch.selector);
        clearPayAsBid(interval, standardResult());
    }

    function test_RefusesAChangedDigest() public {
        commitStandardBook();
        digestListsOf[interval][0][7] ^= 0x01;
        vm.warp(GATE);
        vm.expectPartialRevert(IMarket.BookMismatch.selector);
        clearPayAsBid(interval, standardResult());
    }

    function test_RefusesAnotherNumberOfDigests() public {
        commitStandardBook();
        bytes memory list = digestListsOf[interval][0];
        digestListsOf[interval][0] = bytes.concat(list, bytes32(0));
        expectRefused(standardResult(), abi.encodeWithSelector(IMarket.InvalidDigests.selector, 0, 192, 224));
        // Without digests it is read as a cancellation.
        digestListsOf[interval][0] = "";
        expectRefused(standardResult(), abi.encodeWithSelector(IMarket.InvalidOrder.selector));
    }

    function test_RefusesABatchWithoutDigests() public {
        commitStandardBook();
        digestListsOf[interval].pop();
        expectRefused(standardResult(), abi.encodeWithSelector(IMarket.BatchCountMismatch.selector, 1, 0));
    }

    function test_RefusesHalfAnOrder() public {
        bytes memory half = hex"00000002000000640000271000000003";
        batchesOf[interval].push(half);
        digestListsOf[interval].push(abi.encodePacked(bytes32(uint256(1))));
        vm.prank(operator);
        market.commitOrders(
            interval, keccak256(bytes.concat(keccak256(half), keccak256(digestListsOf[interval][0]))), 1
        );
        expectRefused(standardResult(), abi.encodeWithSelector(IMarket.InvalidOrder.selector));
    }

    function test_RefusesAMalformedOrder() public {
        push(0, BID, 10, 20_000, 1);
        commitAll();
        IMarket.PayAsBidResult memory result;
        result.price = 20_000;
        expectRefused(result, abi.encodeWithSelector(IMarket.InvalidOrder.selector));
    }

    /* WHEN AND WHERE */

    function test_RefusesToClearTwiceOrBeforeTheGate() public {
        commitStandardBook();
        IMarket.PayAsBidResult memory result = standardResult();
        vm.warp(GATE - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateOpen.selector, GATE, GATE - 1));
        clearPayAsBid(interval, result);
        expectCleared(result);
        expectRefused(result, abi.encodeWithSelector(IMarket.AlreadyCleared.selector, interval));
    }

    function test_RefusesOtherMechanisms() public {
        IMarket.PayAsBidResult memory result;
        result.price = FEED_IN;
        bytes32[4] memory others = [UNIFORM_PRICE, MID_MARKET_RATE, SUPPLY_DEMAND_RATIO, BILL_SHARING];
        for (uint32 i = 0; i < 4; ++i) {
            interval = otherCommunity(OTHER + 1 + i, others[i], 0);
            postTariff(interval, FEED_IN, RETAIL);
            expectRefused(result, abi.encodeWithSelector(IMarket.WrongMechanism.selector, others[i]));
        }
    }

    function test_IsNotClearedAtOnePrice() public {
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongMechanism.selector, PAY_AS_BID));
        clear(FEED_IN, 0);
    }
}
