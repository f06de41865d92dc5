// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {IOrderEntry} from "../src/orders/IOrderEntry.sol";
import {IAgents} from "../src/registry/IAgents.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {Signatures} from "./base/Signatures.sol";
import {vm} from "./base/Vm.sol";

/// @notice Orders that wallets and their agents put into the book, by transaction and by signature.
contract OrderEntryTest is CommunityTest {
    uint128 private constant SALT = 0xfedcba9876543210;
    uint256 private constant AGENT_SECRET = 21;
    uint256 private constant WALLET_SECRET = 1002;

    address private immutable agent = vm.addr(AGENT_SECRET);

    function setUp() public override {
        super.setUp();
        registerUpTo(3);
    }

    /* A WALLET SUBMITS */

    function test_SubmitsABatchOfOne() public {
        bytes memory packed = Books.pack(TestOrder(2, OFFER, 700, -12_345));
        bytes32 digest = expectedDigest(orderOf(2, OFFER, 700, -12_345, SALT));
        bytes32 batch = keccak256(bytes.concat(keccak256(packed), keccak256(abi.encode(digest))));
        bytes32 commitment = keccak256(abi.encodePacked(bytes32(0), batch, uint32(1)));

        vm.prank(walletOf(2));
        expectEvent(address(market));
        emit IMarket.OrdersCommitted(interval, 0, batch, 1, commitment);
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderSubmitted(interval, 2, 0, bytes12(packed), SALT, digest, walletOf(2));
        orderEntry.submitOrder(orderOf(2, OFFER, 700, -12_345, SALT));

        (bytes32 actual, uint32 orders, uint32 batches) = market.book(interval);
        vm.assertEq(actual, commitment, "commitment");
        vm.assertEq(orders, 1, "orders");
        vm.assertEq(batches, 1, "batches");
        vm.assertTrue(orderEntry.submitted(digest), "submitted");
    }

    function testFuzz_PacksAndDigestsAnyOrder(bool offer, uint32 quantity, int32 price, uint128 salt) public {
        vm.assume(quantity != 0 && quantity <= orderEntry.DIRECT_ENERGY_LIMIT());
        uint8 side = offer ? OFFER : BID;
        IOrderEntry.Order memory order = orderOf(2, side, quantity, price, salt);
        bytes12 packed = bytes12(Books.pack(TestOrder(2, side, quantity, price)));
        vm.prank(walletOf(2));
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderSubmitted(interval, 2, 0, packed, salt, expectedDigest(order), walletOf(2));
        orderEntry.submitOrder(order);
        bytes32 digest = market.orderDigest(interval, 2, side, quantity, price, salt);
        vm.assertEq(digest, expectedDigest(order), "the market's digest");
    }

    function test_AnOrderEntersOnce() public {
        submit(2, BID, 100, 20_000, SALT);
        bytes32 digest = expectedDigest(orderOf(2, BID, 100, 20_000, SALT));
        expectRefused(2, BID, 100, abi.encodeWithSelector(IOrderEntry.AlreadySubmitted.selector, digest));
        submit(2, BID, 100, 20_000, SALT - 1);
    }

    function test_RefusesMalformedOrders() public {
        expectRefused(2, BID, 0, abi.encodeWithSelector(IOrderEntry.InvalidOrder.selector, BID, 0));
        expectRefused(2, 2, 100, abi.encodeWithSelector(IOrderEntry.InvalidOrder.selector, 2, 100));
    }

    function test_OnlyActiveParticipantsTrade() public {
        vm.prank(registrar);
        registry.setParticipantActive(2, false);
        expectRefused(2, BID, 100, abi.encodeWithSelector(IOrderEntry.NotATrader.selector, 2));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotATrader.selector, 9));
        orderEntry.submitOrder(orderOf(9, BID, 100, 20_000, SALT));
    }

    function test_TheGridDoesNotTrade() public {
        vm.prank(gridWallet);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotATrader.selector, GRID));
        orderEntry.submitOrder(orderOf(GRID, BID, 100, 20_000, SALT));
    }

    function test_NobodyOrdersForOthers() public {
        vm.prank(walletOf(3));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, walletOf(3)));
        orderEntry.submitOrder(orderOf(2, BID, 100, 20_000, SALT));
    }

    function test_RefusesToSubmitFromTheGateOn() public {
        vm.warp(GATE);
        expectRefused(2, BID, 100, abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
    }

    function test_AnAccountSubmitsAFewOrdersAnInterval() public {
        uint256 limit = orderEntry.DIRECT_ORDER_LIMIT();
        for (uint128 i = 0; i < limit; ++i) {
            submit(2, BID, 100, 20_000, i);
        }
        expectRefused(2, BID, 100, abi.encodeWithSelector(IOrderEntry.TooManyDirectOrders.selector, 2, limit));
        submit(3, BID, 100, 20_000, SALT);
        interval = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        submit(2, BID, 100, 20_000, SALT);
    }

    /// @notice Positions hold 32 bits of energy: an account that trades with itself must not outgrow its position, since
    /// nothing could settle the interval any more.
    function test_AnAccountSubmitsNoMoreEnergyThanItsPositionHolds() public {
        uint32 limit = uint32(orderEntry.DIRECT_ENERGY_LIMIT());
        bytes memory tooMuch = abi.encodeWithSelector(IOrderEntry.TooMuchDirectEnergy.selector, 2, limit);
        vm.assertLe(2 * uint256(limit), type(uint32).max, "leaves the operator's orders as much");
        expectRefused(2, BID, limit + 1, tooMuch);
        submit(2, BID, limit - 1, 20_000, 1);
        expectRefused(2, OFFER, 2, tooMuch);
        expectRefused(2, OFFER, type(uint32).max, tooMuch);
        submit(2, OFFER, 1, 20_000, 2);
        submit(3, OFFER, limit, 20_000, 1);
        interval = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        submit(2, BID, limit, 20_000, 3);
    }

    /* AN AGENT SUBMITS */

    function test_AnAgentOrdersWithinItsMandate() public {
        mandate(1);
        IOrderEntry.Order memory order = orderOf(2, BID, 500, 25_000, SALT);
        vm.prank(agent);
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderSubmitted(
            interval, 2, 0, bytes12(Books.pack(TestOrder(2, BID, 500, 25_000))), SALT, expectedDigest(order), agent
        );
        orderEntry.submitOrder(order);
        expectAgentRefused(orderOf(2, BID, 501, 25_000, 1));
        expectAgentRefused(orderOf(2, BID, 500, 25_001, 2));
        expectAgentRefused(orderOf(2, OFFER, 500, 25_000, 3));
        expectAgentRefused(orderOf(3, BID, 500, 25_000, 4));
    }

    function test_AnAgentOrdersInItsTimeOnly() public {
        mandate(3);
        vm.prank(walletOf(2));
        agents.revoke(agent);
        expectAgentRefused(orderOf(2, BID, 500, 25_000, SALT));
    }

    /// @notice An account's orders count together, whoever sends them.
    function test_AnAgentUsesTheAccountsLimits() public {
        mandate(3);
        uint256 limit = orderEntry.DIRECT_ORDER_LIMIT();
        vm.startPrank(agent);
        for (uint128 i = 0; i < limit; ++i) {
            orderEntry.submitOrder(orderOf(2, BID, 100, 20_000, i));
        }
        vm.stopPrank();
        expectRefused(2, BID, 100, abi.encodeWithSelector(IOrderEntry.TooManyDirectOrders.selector, 2, limit));
    }

    /* SOMEBODY RELAYS */

    function test_AnybodyRelaysAWalletsOrders() public {
        relay(orderOf(2, BID, 100, 20_000, 9), WALLET_SECRET, walletOf(2));
        relay(orderOf(2, BID, 100, 20_000, 3), WALLET_SECRET, walletOf(2));
    }

    function test_AnybodyRelaysAnAgentsOrders() public {
        mandate(1);
        relay(orderOf(2, BID, 500, 25_000, SALT), AGENT_SECRET, agent);
        IOrderEntry.Order memory order = orderOf(2, BID, 501, 25_000, SALT);
        bytes memory signature = signed(order, AGENT_SECRET);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, agent));
        orderEntry.submitSignedOrder(order, signature);
    }

    function test_ASignatureServesOnce() public {
        IOrderEntry.Order memory order = orderOf(2, BID, 100, 20_000, SALT);
        bytes memory signature = signed(order, WALLET_SECRET);
        orderEntry.submitSignedOrder(order, signature);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.AlreadySubmitted.selector, expectedDigest(order)));
        orderEntry.submitSignedOrder(order, signature);
    }

    /// @notice What a participant signs for the operator's desk puts nothing into the book a second time.
    function test_AnOrderSignedForTheOperatorIsNotRelayed() public {
        IOrderEntry.Order memory order = orderOf(2, BID, 100, 20_000, SALT);
        bytes memory signature = Signatures.sign(WALLET_SECRET, expectedDigest(order));
        vm.expectPartialRevert(IOrderEntry.NotPermitted.selector);
        orderEntry.submitSignedOrder(order, signature);
    }

    function test_RefusesAChangedOrderAndMalformedSignatures() public {
        IOrderEntry.Order memory order = orderOf(2, BID, 100, 20_000, SALT);
        bytes memory signature = signed(order, WALLET_SECRET);
        order.price += 1;
        vm.expectPartialRevert(IOrderEntry.NotPermitted.selector);
        orderEntry.submitSignedOrder(order, signature);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, 2, address(0)));
        orderEntry.submitSignedOrder(order, hex"00");
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotATrader.selector, 9));
        orderEntry.submitSignedOrder(orderOf(9, BID, 100, 20_000, SALT), hex"00");
    }

    /* HELPERS */

    function expectedDigest(IOrderEntry.Order memory order) private view returns (bytes32) {
        return Signatures.digestOf(order, "Commonwatt Market", address(market));
    }

    function signed(IOrderEntry.Order memory order, uint256 secret) private view returns (bytes memory) {
        return Signatures.sign(secret, Signatures.digestOf(order, "Commonwatt Order Entry", address(orderEntry)));
    }

    /// @dev Relays by a stranger.
    function relay(IOrderEntry.Order memory order, uint256 secret, address by) private {
        bytes memory signature = signed(order, secret);
        bytes12 packed = bytes12(Books.pack(TestOrder(order.account, order.side, order.quantity, order.price)));
        (,, uint32 batch) = market.book(interval);
        vm.prank(stranger);
        expectEvent(address(orderEntry));
        emit IOrderEntry.OrderSubmitted(interval, order.account, batch, packed, order.salt, expectedDigest(order), by);
        orderEntry.submitSignedOrder(order, signature);
    }

    /// @dev Of account 2, for a day.
    function mandate(uint8 sides) private {
        uint40 begin = uint40(block.timestamp);
        vm.prank(walletOf(2));
        agents.mandate(agent, IAgents.Mandate(begin, begin + 86_400, sides, 500, 20_000, 25_000));
    }

    function expectRefused(uint32 account, uint8 side, uint32 quantity, bytes memory reason) private {
        vm.prank(walletOf(account));
        vm.expectRevert(reason);
        orderEntry.submitOrder(orderOf(account, side, quantity, 20_000, SALT));
    }

    function expectAgentRefused(IOrderEntry.Order memory order) private {
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, order.account, agent));
        orderEntry.submitOrder(order);
    }
}
