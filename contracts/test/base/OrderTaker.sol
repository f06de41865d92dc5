// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderEntry} from "../../src/orders/IOrderEntry.sol";
import {IAgents} from "../../src/registry/IAgents.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {vm} from "./Vm.sol";

/// @notice Fills one interval's book at random, past the operator and by it, and keeps its own account of it.
contract OrderTaker is CommunityTest {
    uint32 public constant FIRST = 2;
    uint32 public constant LAST = 4;

    bytes32 public commitment;
    uint32 public orders;
    uint32 public links;
    uint256 public refusals;
    mapping(uint32 account => uint256) public ordersOf;
    mapping(uint32 account => uint256) public energyOf;
    mapping(uint32 account => uint256) public cancellationsOf;
    mapping(uint32 account => bool) public hasAgent;
    bytes32[] public digests;

    function setUp() public override {
        super.setUp();
        registerUpTo(LAST);
    }

    /* ACTIONS */

    /// @notice The operator commits a batch of which nobody knows the orders.
    function commitBatch(bytes32 batch, uint8 count) external {
        uint32 added = 1 + uint32(count);
        vm.prank(operator);
        market.commitOrders(interval, batch, added);
        extend(batch, added);
    }

    /// @notice An account gives its agent a mandate, or revokes it.
    function changeMandate(uint256 who) external {
        uint32 account = pick(who);
        address agent = agentOf(account);
        vm.prank(walletOf(account));
        if (hasAgent[account]) {
            agents.revoke(agent);
        } else {
            uint40 begin = uint40(block.timestamp);
            agents.mandate(agent, IAgents.Mandate(begin, begin + 1e6, 3, type(uint32).max, -50_000, 50_000));
        }
        hasAgent[account] = !hasAgent[account];
    }

    /// @notice A wallet or its agent puts an order in, or is refused where it may not.
    function submitOne(uint256 who, bool byAgent, bool offer, uint32 quantity, uint128 salt) external {
        uint32 account = pick(who);
        IOrderEntry.Order memory order =
            orderOf(account, offer ? OFFER : BID, 1 + quantity % 1_000_000_000, 20_000, salt);
        bool allowed = (!byAgent || hasAgent[account]) && ordersOf[account] < orderEntry.DIRECT_ORDER_LIMIT()
            && energyOf[account] + order.quantity <= orderEntry.DIRECT_ENERGY_LIMIT();
        bytes32 digest = market.orderDigest(interval, account, order.side, order.quantity, order.price, order.salt);
        allowed = allowed && !orderEntry.submitted(digest);
        vm.prank(byAgent ? agentOf(account) : walletOf(account));
        try orderEntry.submitOrder(order) {
            vm.assertTrue(allowed, "taken though it may not be");
            bytes memory packed = Books.pack(TestOrder(account, order.side, order.quantity, order.price));
            extend(keccak256(bytes.concat(keccak256(packed), keccak256(abi.encode(digest)))), 1);
            ++ordersOf[account];
            energyOf[account] += order.quantity;
            digests.push(digest);
        } catch {
            vm.assertFalse(allowed, "refused though it may be");
            ++refusals;
        }
    }

    /// @notice A wallet or its agent cancels a place, or is refused where it may not.
    function cancelOne(uint256 who, bool byAgent, uint32 batch, uint32 index) external {
        uint32 account = pick(who);
        IOrderEntry.Cancellation memory place =
            IOrderEntry.Cancellation(interval, account, batch % (links + 1), index % 8);
        bool allowed = (!byAgent || hasAgent[account]) && place.batch < links && !orderEntry.cancelled(place)
            && cancellationsOf[account] < orderEntry.CANCELLATION_LIMIT();
        vm.prank(byAgent ? agentOf(account) : walletOf(account));
        try orderEntry.cancelOrder(place) {
            vm.assertTrue(allowed, "cancelled though it may not be");
            extend(keccak256(abi.encodePacked(place.batch, place.index, account)), 0);
            ++cancellationsOf[account];
        } catch {
            vm.assertFalse(allowed, "not cancelled though it may be");
            ++refusals;
        }
    }

    /* WHAT IT CAME TO */

    function book() external view returns (bytes32, uint32, uint32) {
        return market.book(interval);
    }

    function orderLimit() external view returns (uint256) {
        return orderEntry.DIRECT_ORDER_LIMIT();
    }

    function energyLimit() external view returns (uint256) {
        return orderEntry.DIRECT_ENERGY_LIMIT();
    }

    function isSubmitted(bytes32 digest) external view returns (bool) {
        return orderEntry.submitted(digest);
    }

    function digestCount() external view returns (uint256) {
        return digests.length;
    }

    /* HELPERS */

    function extend(bytes32 link, uint32 count) private {
        commitment = keccak256(abi.encodePacked(commitment, link, count));
        orders += count;
        ++links;
    }

    function pick(uint256 who) private pure returns (uint32) {
        return FIRST + uint32(who % (LAST - FIRST + 1));
    }

    function agentOf(uint32 account) private pure returns (address) {
        return vm.addr(500 + account);
    }
}
