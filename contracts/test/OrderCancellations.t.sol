// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {IOrderEntry} from "../src/orders/IOrderEntry.sol";
import {IAgents} from "../src/registry/IAgents.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {Signatures} from "./base/Signatures.sol";
import {vm} from "./base/Vm.sol";

/// @notice Cancelling orders of a committed book, and what clearing makes of it. The book: account 2 bids 300 Wh at 20,000
/// and 100 Wh at 18,000, account 3 offers 200 Wh at 10,000 and, in the second batch, 50 Wh at 12,000.
contract OrderCancellationsTest is CommunityTest {
    uint256 private constant AGENT_SECRET = 21;

    address private immutable agent = vm.addr(AGENT_SECRET);

    function setUp() public override {
        super.setUp();
        registerUpTo(4);
        postTariff(8_000, 30_000);
        TestOrder[] memory orders = new TestOrder[](3);
        orders[0] = TestOrder(2, BID, 300, 20_000);
        orders[1] = TestOrder(2, BID, 100, 18_000);
        orders[2] = TestOrder(3, OFFER, 200, 10_000);
        commit(orders);
        orders = new TestOrder[](1);
        orders[0] = TestOrder(3, OFFER, 50, 12_000);
        commit(orders);
    }

    /* CANCELLING */

    function test_CancelsAnOrderOfACommittedBatch() public {
        (bytes32 before,,) = market.book(interval);
        bytes32 link = keccak256(abi.encodePacked(uint32(0), uint32(1), uint32(2)));
        bytes32 commitment = keccak256(abi.encodePacked(before, link, uint32(0)));
        IOrderEntry.Cancellation memory cancellation = placeOf(2, 0, 1);
        vm.assertFalse(orderEntry.cancelled(cancellation), "not yet");
        vm.prank(walletOf(2));
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderCancelled(interval, 2, 0, 1, walletOf(2));
        expectEvent(address(market));
        emit IMarket.CancellationCommitted(interval, 2, 2, 0, 1, commitment);
        orderEntry.cancelOrder(cancellation);
        vm.assertTrue(orderEntry.cancelled(cancellation), "cancelled");
        (bytes32 actual, uint32 orders, uint32 batches) = market.book(interval);
        vm.assertEq(actual, commitment, "commitment");
        vm.assertEq(orders, 4, "orders");
        vm.assertEq(batches, 3, "batches and cancellations");
    }

    function test_CancelsOncePerPlace() public {
        cancel(2, 0, 1);
        vm.prank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.AlreadyCancelled.selector, interval, 2, 0, 1));
        orderEntry.cancelOrder(placeOf(2, 0, 1));
    }

    function test_AnAccountCancelsAFewOrdersAnInterval() public {
        uint256 limit = orderEntry.CANCELLATION_LIMIT();
        for (uint32 i = 0; i < limit; ++i) {
            cancel(2, 0, i);
        }
        vm.prank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.TooManyCancellations.selector, 2, limit));
        orderEntry.cancelOrder(placeOf(2, 0, uint32(limit)));
        cancel(3, 0, 2);
        submit(2, BID, 100, 20_000, 1);
    }

    function test_NobodyCancelsForOthers() public {
        vm.prank(walletOf(3));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, walletOf(3)));
        orderEntry.cancelOrder(placeOf(2, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotATrader.selector, 9));
        orderEntry.cancelOrder(placeOf(9, 0, 0));
    }

    function test_ABarredAccountCancels() public {
        vm.prank(registrar);
        registry.setParticipantActive(2, false);
        cancel(2, 0, 0);
    }

    function test_CancelsUntilTheGate() public {
        vm.warp(GATE - 1);
        cancel(2, 0, 0);
        vm.warp(GATE);
        vm.prank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
        orderEntry.cancelOrder(placeOf(2, 0, 1));
    }

    function test_RefusesABatchThatIsNotThere() public {
        vm.prank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IMarket.UnknownBatch.selector, 2, 2));
        orderEntry.cancelOrder(placeOf(2, 2, 0));
    }

    function test_AnAgentCancels() public {
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, agent));
        orderEntry.cancelOrder(placeOf(2, 0, 0));
        mandate();
        vm.prank(agent);
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderCancelled(interval, 2, 0, 0, agent);
        orderEntry.cancelOrder(placeOf(2, 0, 0));
    }

    function test_AnybodyRelaysASignedCancellation() public {
        mandate();
        relay(placeOf(2, 0, 1), 1002, walletOf(2));
        relay(placeOf(2, 0, 0), AGENT_SECRET, agent);
    }

    function test_RefusesForeignAndMalformedSignatures() public {
        IOrderEntry.Cancellation memory cancellation = placeOf(2, 0, 1);
        bytes memory foreign = signed(cancellation, 1003);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, walletOf(3)));
        orderEntry.cancelSignedOrder(cancellation, foreign);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, address(0)));
        orderEntry.cancelSignedOrder(cancellation, hex"00");
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotATrader.selector, 9));
        orderEntry.cancelSignedOrder(placeOf(9, 0, 1), hex"00");
        bytes memory own = signed(cancellation, 1002);
        cancellation.index = 0;
        vm.expectPartialRevert(IOrderEntry.NotPermitted.selector);
        orderEntry.cancelSignedOrder(cancellation, own);
    }

    /* CLEARING */

    function test_ClearingTakesTheOrderOut() public {
        cancel(2, 0, 0);
        vm.warp(GATE);
        // Left are a bid of 100 Wh and offers of 200 and 50 Wh.
        vm.expectRevert(abi.encodeWithSelector(IMarket.VolumeMismatch.selector, 100, 250));
        clear(10_000, 250);
        clear(10_000, 100);
    }

    function test_WithoutTheCancellationItIsAnotherBook() public {
        cancel(2, 0, 0);
        batchesOf[interval].pop();
        digestsOf[interval].pop();
        vm.warp(GATE);
        vm.expectPartialRevert(IMarket.BookMismatch.selector);
        clear(18_000, 250);
    }

    function test_CancellationsOfOthersOrdersHaveNoEffect() public {
        cancel(4, 0, 0);
        cancel(2, 0, 2);
        expectWholeBook();
    }

    function test_CancellationsOfNoOrderHaveNoEffect() public {
        cancel(2, 0, 3);
        cancel(2, 0, type(uint32).max);
        cancel(3, 1, 1);
        // A cancellation is no batch.
        cancel(2, 2, 0);
        expectWholeBook();
    }

    function test_CancelsADirectOrder() public {
        submit(4, OFFER, 150, 9_000, 7);
        batchesOf[interval].push(Books.pack(TestOrder(4, OFFER, 150, 9_000)));
        digestsOf[interval].push(keccak256(abi.encode(market.orderDigest(interval, 4, OFFER, 150, 9_000, 7))));
        cancel(4, 2, 0);
        expectWholeBook();
    }

    function test_ABookOfCancelledOrdersTradesNothing() public {
        cancel(2, 0, 0);
        cancel(3, 0, 2);
        cancel(2, 0, 1);
        cancel(3, 1, 0);
        vm.warp(GATE);
        clear(8_000, 0);
        (IMarket.ClearingStatus status,,,,,) = market.priceRecord(interval);
        vm.assertEq(uint8(status), uint8(IMarket.ClearingStatus.NoTrade), "status");
    }

    function test_RefusesACancellationOfAnotherLength() public {
        cancel(2, 0, 0);
        bytes memory cancellation = batchesOf[interval][2];
        batchesOf[interval][2] = bytes.concat(cancellation, cancellation);
        vm.warp(GATE);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidOrder.selector));
        clear(10_000, 100);
    }

    /* HELPERS */

    function placeOf(uint32 account, uint32 batch, uint32 index)
        private
        view
        returns (IOrderEntry.Cancellation memory)
    {
        return IOrderEntry.Cancellation(interval, account, batch, index);
    }

    /// @dev By the account's wallet, remembered for clearing.
    function cancel(uint32 account, uint32 batch, uint32 index) private {
        vm.prank(walletOf(account));
        orderEntry.cancelOrder(placeOf(account, batch, index));
        batchesOf[interval].push(abi.encodePacked(batch, index, account));
        digestsOf[interval].push(0);
    }

    function signed(IOrderEntry.Cancellation memory cancellation, uint256 secret) private view returns (bytes memory) {
        bytes32 digest = Signatures.digestOf(cancellation, "Commonwatt Order Entry", address(orderEntry));
        return Signatures.sign(secret, digest);
    }

    function relay(IOrderEntry.Cancellation memory cancellation, uint256 secret, address by) private {
        bytes memory signature = signed(cancellation, secret);
        vm.prank(stranger);
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderCancelled(interval, cancellation.account, cancellation.batch, cancellation.index, by);
        orderEntry.cancelSignedOrder(cancellation, signature);
    }

    function mandate() private {
        uint40 begin = uint40(block.timestamp);
        vm.prank(walletOf(2));
        agents.mandate(agent, IAgents.Mandate(begin, begin + 86_400, 1, 500, 0, 25_000));
    }

    /// @dev 300 and 100 Wh are bid, 250 Wh offered: the rest of the first bid bounds the price.
    function expectWholeBook() private {
        vm.warp(GATE);
        clear(20_000, 250);
    }
}
