// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderEntry} from "../src/orders/IOrderEntry.sol";
import {IAgents} from "../src/registry/IAgents.sol";
import {BID, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {Signatures} from "./base/Signatures.sol";
import {vm} from "./base/Vm.sol";

/// @notice What direct orders, cancellations and mandates cost, as `Gas.t.sol` measures: whole transactions, refunds not
/// deducted.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract OrdersGasTest is CommunityTest {
    uint256 private constant AGENT_SECRET = 21;

    address private immutable agent = vm.addr(AGENT_SECRET);

    function setUp() public override {
        super.setUp();
        registerUpTo(3);
    }

    function test_Mandates() public {
        mandate();
        snapshot("give a mandate, first time");
        mandate();
        snapshot("give a mandate, again");
        vm.prank(walletOf(2));
        agents.revoke(agent);
        snapshot("revoke a mandate");
    }

    function test_Orders() public {
        submit(2, BID, 500, 20_000, 1);
        snapshot("submit an order, the interval's first");
        submit(2, BID, 500, 20_000, 2);
        snapshot("submit an order, the account's second");
        mandate();
        vm.prank(agent);
        orderEntry.submitOrder(orderOf(2, BID, 500, 20_000, 3));
        snapshot("submit an order by an agent");
        IOrderEntry.Order memory order = orderOf(2, BID, 500, 20_000, 4);
        bytes32 digest = Signatures.digestOf(order, "Commonwatt Order Entry", address(orderEntry));
        orderEntry.submitSignedOrder(order, Signatures.sign(1002, digest));
        snapshot("submit an order by a wallet's signature");
    }

    function test_Cancellations() public {
        vm.prank(operator);
        market.commitOrders(interval, keccak256("batch"), 500);
        for (uint32 i = 0; i < 2; ++i) {
            vm.prank(walletOf(2));
            orderEntry.cancelOrder(IOrderEntry.Cancellation(interval, 2, 0, i));
            snapshot(i == 0 ? "cancel an order, the account's first" : "cancel an order, the account's second");
        }
        IOrderEntry.Cancellation memory cancellation = IOrderEntry.Cancellation(interval, 2, 0, 2);
        bytes32 digest = Signatures.digestOf(cancellation, "Commonwatt Order Entry", address(orderEntry));
        orderEntry.cancelSignedOrder(cancellation, Signatures.sign(1002, digest));
        snapshot("cancel an order by a wallet's signature");
    }

    /// @notice 1,000 orders of two accounts, without and with 20 of them cancelled.
    function test_ClearWithCancellations() public {
        postTariff(8_000, 30_000);
        TestOrder[] memory orders = new TestOrder[](1_000);
        for (uint32 i = 0; i < orders.length; ++i) {
            orders[i] = TestOrder(2 + i % 2, i % 2 == 0 ? BID : OFFER, 500, i % 2 == 0 ? int32(20_000) : int32(10_000));
        }
        commit(orders);
        uint256 state = vm.snapshotState();
        vm.warp(GATE);
        clear(15_000, 250_000);
        snapshot("clear 1,000 orders, none of them cancelled");
        vm.revertToState(state);
        for (uint32 i = 0; i < 20; ++i) {
            uint32 account = 2 + i % 2;
            vm.prank(walletOf(account));
            orderEntry.cancelOrder(IOrderEntry.Cancellation(interval, account, 0, i));
            batchesOf[interval].push(abi.encodePacked(uint32(0), i, account));
            digestsOf[interval].push(0);
        }
        vm.warp(GATE);
        clear(15_000, 245_000);
        snapshot("clear 1,000 orders, 20 of them cancelled");
    }

    function test_Abandon() public {
        postTariff(8_000, 30_000);
        vm.prank(operator);
        market.commitOrders(interval, keccak256("withheld"), 500);
        vm.warp(END + 1 days);
        market.abandon(interval);
        snapshot("abandon an interval");
    }

    function mandate() private {
        uint40 begin = uint40(block.timestamp);
        vm.prank(walletOf(2));
        agents.mandate(agent, IAgents.Mandate(begin, begin + 86_400, 3, 500, 0, 25_000));
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("OrdersGas", name, vm.lastCallGas().gasTotalUsed);
    }
}
