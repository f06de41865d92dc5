// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Batches that the operator commits, and what entry contracts put in past it.
contract MarketOrdersTest is CommunityTest {
    bytes32 private constant FIRST = keccak256("first batch");
    bytes32 private constant SECOND = keccak256("second batch");

    /* THE OPERATOR COMMITS */

    function test_ChainsBatches() public {
        bytes32 one = keccak256(abi.encodePacked(bytes32(0), FIRST, uint32(3)));
        bytes32 two = keccak256(abi.encodePacked(one, SECOND, uint32(4)));
        vm.startPrank(operator);
        expectEvent(address(market));
        emit IMarket.OrdersCommitted(interval, 0, FIRST, 3, one);
        market.commitOrders(interval, FIRST, 3);
        expectEvent(address(market));
        emit IMarket.OrdersCommitted(interval, 1, SECOND, 4, two);
        market.commitOrders(interval, SECOND, 4);
        expectBook(two, 7, 2);
    }

    function test_CommitsUntilTheLastSecondBeforeTheGate() public {
        vm.warp(GATE - 1);
        vm.prank(operator);
        market.commitOrders(interval, FIRST, 1);
    }

    function test_RefusesToCommitFromTheGateOn() public {
        vm.warp(GATE);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
        market.commitOrders(interval, FIRST, 1);
    }

    function test_RefusesEmptyBatches() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IMarket.EmptyBatch.selector));
        market.commitOrders(interval, FIRST, 0);
    }

    function test_RefusesMoreOrdersThanABookCounts() public {
        vm.startPrank(operator);
        market.commitOrders(interval, FIRST, 2 ** 24 - 1);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 24, 2 ** 24));
        market.commitOrders(interval, SECOND, 1);
    }

    function test_RefusesToCommitToNoInterval() public {
        vm.startPrank(operator);
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START + 1, DURATION);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        market.commitOrders(shifted, FIRST, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownCommunity.selector, 9));
        market.commitOrders(IntervalLib.pack(9, START, DURATION), FIRST, 1);
    }

    function test_OnlyTheOperatorCommits() public {
        bytes32 role = market.OPERATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        market.commitOrders(interval, FIRST, 1);
    }

    /// @notice The gate of an interval in the first hour of 1970 lies at second 0.
    function test_AGateBeforeTimeBeganIsClosed() public {
        vm.warp(0);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, 0, 0));
        market.commitOrders(IntervalLib.pack(COMMUNITY, 900, DURATION), FIRST, 1);
    }

    /* ENTRY CONTRACTS */

    function test_AnEntryContractAddsABatchOfOneOrder() public {
        bytes32 one = keccak256(abi.encodePacked(bytes32(0), FIRST, uint32(1)));
        vm.startPrank(address(orderEntry));
        expectEvent(address(market));
        emit IMarket.OrdersCommitted(interval, 0, FIRST, 1, one);
        vm.assertEq(market.enterOrder(interval, FIRST), 0, "first batch");
        vm.assertEq(market.enterOrder(interval, SECOND), 1, "second batch");
        expectBook(keccak256(abi.encodePacked(one, SECOND, uint32(1))), 2, 2);
    }

    function test_ACancellationIsALinkWithoutOrders() public {
        bytes32 one = keccak256(abi.encodePacked(bytes32(0), FIRST, uint32(3)));
        bytes32 link = keccak256(abi.encodePacked(uint32(0), uint32(2), uint32(7)));
        bytes32 two = keccak256(abi.encodePacked(one, link, uint32(0)));
        vm.prank(operator);
        market.commitOrders(interval, FIRST, 3);
        vm.startPrank(address(orderEntry));
        expectEvent(address(market));
        emit IMarket.CancellationCommitted(interval, 1, 7, 0, 2, two);
        market.enterCancellation(interval, 7, 0, 2);
        expectBook(two, 3, 2);
    }

    function test_ACancellationNamesACommittedBatch() public {
        vm.prank(operator);
        market.commitOrders(interval, FIRST, 3);
        vm.startPrank(address(orderEntry));
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownBatch.selector, 1, 1));
        market.enterCancellation(interval, 7, 1, 0);
        market.enterCancellation(interval, 7, 0, 0);
    }

    function test_EntryEndsAtTheGate() public {
        vm.prank(operator);
        market.commitOrders(interval, FIRST, 3);
        vm.warp(GATE - 1);
        vm.startPrank(address(orderEntry));
        market.enterOrder(interval, SECOND);
        market.enterCancellation(interval, 7, 0, 0);
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
        market.enterOrder(interval, SECOND);
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
        market.enterCancellation(interval, 7, 0, 0);
    }

    function test_RefusesToEnterIntoNoInterval() public {
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START + 1, DURATION);
        vm.startPrank(address(orderEntry));
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        market.enterOrder(shifted, FIRST);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidInterval.selector, shifted));
        market.enterCancellation(shifted, 7, 0, 0);
    }

    function test_OnlyEntryContractsEnter() public {
        bytes32 role = market.ENTRY_ROLE();
        vm.startPrank(operator);
        expectUnauthorized(operator, role);
        market.enterOrder(interval, FIRST);
        expectUnauthorized(operator, role);
        market.enterCancellation(interval, 7, 0, 0);
    }

    /* HELPERS */

    function expectBook(bytes32 commitment, uint32 orders, uint32 batches) private view {
        (bytes32 actualCommitment, uint32 actualOrders, uint32 actualBatches) = market.book(interval);
        vm.assertEq(actualCommitment, commitment, "commitment");
        vm.assertEq(actualOrders, orders, "orders");
        vm.assertEq(actualBatches, batches, "batches");
    }
}
