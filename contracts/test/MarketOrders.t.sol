// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Batches that the operator commits and orders that wallets submit.
contract MarketOrdersTest is CommunityTest {
    bytes32 private constant FIRST = keccak256("first batch");
    bytes32 private constant SECOND = keccak256("second batch");
    uint128 private constant SALT = 0xfedcba9876543210;

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

    /* A WALLET SUBMITS */

    function test_SubmitsABatchOfOne() public {
        registerUpTo(2);
        bytes memory packed = Books.pack(TestOrder(2, OFFER, 700, -12_345));
        bytes32 digest = expectedDigest(2, OFFER, 700, -12_345);
        bytes32 batch = keccak256(bytes.concat(keccak256(packed), keccak256(abi.encode(digest))));
        bytes32 commitment = keccak256(abi.encodePacked(bytes32(0), batch, uint32(1)));

        vm.prank(walletOf(2));
        expectEvent(address(market));
        emit IMarket.OrderSubmitted(interval, 2, 0, bytes12(packed), SALT, digest);
        expectEvent(address(market));
        emit IMarket.OrdersCommitted(interval, 0, batch, 1, commitment);
        market.submitOrder(interval, OFFER, 700, -12_345, SALT);
        expectBook(commitment, 1, 1);
    }

    function testFuzz_PacksAndDigestsAnyOrder(bool offer, uint32 quantity, int32 price) public {
        vm.assume(quantity != 0 && quantity <= market.DIRECT_ENERGY_LIMIT());
        registerUpTo(2);
        uint8 side = offer ? OFFER : BID;
        bytes memory packed = Books.pack(TestOrder(2, side, quantity, price));
        vm.prank(walletOf(2));
        expectEvent(address(market));
        emit IMarket.OrderSubmitted(interval, 2, 0, bytes12(packed), SALT, expectedDigest(2, side, quantity, price));
        market.submitOrder(interval, side, quantity, price, SALT);
    }

    function test_RefusesMalformedOrders() public {
        registerUpTo(2);
        vm.startPrank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidOrder.selector));
        market.submitOrder(interval, BID, 0, 20_000, SALT);
        vm.expectRevert(abi.encodeWithSelector(IMarket.InvalidOrder.selector));
        market.submitOrder(interval, 2, 100, 20_000, SALT);
    }

    function test_OnlyActiveParticipantsSubmit() public {
        registerUpTo(2);
        expectNotAParticipant(stranger);
        vm.prank(registrar);
        registry.setParticipantActive(2, false);
        expectNotAParticipant(walletOf(2));
    }

    function test_TheGridDoesNotTrade() public {
        expectNotAParticipant(gridWallet);
    }

    function test_RefusesToSubmitFromTheGateOn() public {
        registerUpTo(2);
        vm.warp(GATE);
        vm.prank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IMarket.GateClosed.selector, GATE, GATE));
        market.submitOrder(interval, BID, 100, 20_000, SALT);
    }

    function test_AnAccountSubmitsAFewOrdersAnInterval() public {
        registerUpTo(3);
        uint256 limit = market.DIRECT_ORDER_LIMIT();
        vm.startPrank(walletOf(2));
        for (uint128 i = 0; i < limit; ++i) {
            market.submitOrder(interval, BID, 100, 20_000, i);
        }
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooManyDirectOrders.selector, 2, limit));
        market.submitOrder(interval, BID, 100, 20_000, SALT);
        market.submitOrder(IntervalLib.pack(COMMUNITY, START + DURATION, DURATION), BID, 100, 20_000, SALT);
        vm.stopPrank();
        vm.prank(walletOf(3));
        market.submitOrder(interval, BID, 100, 20_000, SALT);
    }

    /// @notice Positions hold 32 bits of energy: an account that trades with itself must not outgrow its position, since
    /// nothing could settle the interval any more.
    function test_AnAccountSubmitsNoMoreEnergyThanItsPositionHolds() public {
        registerUpTo(3);
        uint32 limit = uint32(market.DIRECT_ENERGY_LIMIT());
        vm.assertLe(2 * uint256(limit), type(uint32).max, "leaves the operator's orders as much");
        vm.startPrank(walletOf(2));
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooMuchDirectEnergy.selector, 2, limit));
        market.submitOrder(interval, BID, limit + 1, 20_000, 1);
        market.submitOrder(interval, BID, limit - 1, 20_000, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooMuchDirectEnergy.selector, 2, limit));
        market.submitOrder(interval, OFFER, 2, 20_000, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooMuchDirectEnergy.selector, 2, limit));
        market.submitOrder(interval, OFFER, type(uint32).max, 20_000, 2);
        market.submitOrder(interval, OFFER, 1, 20_000, 2);
        market.submitOrder(IntervalLib.pack(COMMUNITY, START + DURATION, DURATION), BID, limit, 20_000, 3);
        vm.stopPrank();
        vm.prank(walletOf(3));
        market.submitOrder(interval, OFFER, limit, 20_000, 1);
    }

    /* HELPERS */

    /// @dev Written from EIP-712, not from the contract.
    function expectedDigest(uint32 account, uint8 side, uint32 quantity, int32 price) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Market"),
                keccak256("1"),
                block.chainid,
                address(market)
            )
        );
        bytes32 typeHash =
            keccak256("Order(uint96 interval,uint32 account,uint8 side,uint32 quantity,int32 price,uint128 salt)");
        bytes32 order = keccak256(abi.encode(typeHash, interval, account, side, quantity, price, SALT));
        return keccak256(abi.encodePacked("\x19\x01", domain, order));
    }

    function expectBook(bytes32 commitment, uint32 orders, uint32 batches) private view {
        (bytes32 actualCommitment, uint32 actualOrders, uint32 actualBatches) = market.book(interval);
        vm.assertEq(actualCommitment, commitment, "commitment");
        vm.assertEq(actualOrders, orders, "orders");
        vm.assertEq(actualBatches, batches, "batches");
    }

    function expectNotAParticipant(address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAParticipant.selector, caller));
        market.submitOrder(interval, BID, 100, 20_000, SALT);
    }
}
