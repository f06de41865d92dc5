// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {ADMIN_TRANSFER_DELAY} from "../src/governance/AdminDelay.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IOrderEntry} from "../src/orders/IOrderEntry.sol";
import {BID, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice The market's admin, and what a pause stops.
contract MarketGovernanceTest is CommunityTest {
    address private immutable pauser = vm.addr(31);
    address private immutable heir = vm.addr(32);

    function setUp() public override {
        super.setUp();
        market.grantRole(market.PAUSER_ROLE(), pauser);
        registerUpTo(3);
        postTariff(8_000, 30_000);
    }

    /* PAUSE */

    function test_APauseStopsNewCommunitiesAndOrders() public {
        pause();
        bytes memory stopped = abi.encodeWithSelector(Pausable.EnforcedPause.selector);
        vm.expectRevert(stopped);
        market.createCommunity(2, 900, 60, GRID, UNIFORM_PRICE, 500);
        vm.prank(operator);
        vm.expectRevert(stopped);
        market.commitOrders(interval, keccak256("batch"), 1);
        vm.prank(walletOf(2));
        vm.expectRevert(stopped);
        orderEntry.submitOrder(orderOf(2, BID, 100, 20_000, 1));
    }

    function test_InAPauseWhatIsThereComesToItsEnd() public {
        TestOrder[] memory orders = new TestOrder[](3);
        orders[0] = TestOrder(2, BID, 100, 20_000);
        orders[1] = TestOrder(3, OFFER, 100, 10_000);
        orders[2] = TestOrder(3, OFFER, 900, 10_000);
        commit(orders);
        pause();
        vm.prank(walletOf(3));
        orderEntry.cancelOrder(IOrderEntry.Cancellation(interval, 3, 0, 2));
        batchesOf[interval].push(abi.encodePacked(uint32(0), uint32(2), uint32(3)));
        digestsOf[interval].push(0);
        vm.prank(tariffOracle);
        market.postTariffs(COMMUNITY, START + DURATION, abi.encodePacked(int32(1), int32(2)));
        vm.warp(GATE);
        clear(15_000, 100);
        interval = intervalAfter();
        vm.warp(interval.end() + 1 days);
        market.abandon(interval);
    }

    function test_OnlyPausersPauseAndOnlyTheAdminEndsIt() public {
        bytes32 role = market.PAUSER_ROLE();
        expectUnauthorized(address(this), role);
        market.pause();
        pause();
        vm.prank(pauser);
        expectUnauthorized(pauser, ADMIN_ROLE);
        market.unpause();
        market.unpause();
        vm.assertFalse(market.paused(), "paused");
        vm.prank(operator);
        market.commitOrders(interval, keccak256("batch"), 1);
    }

    /* ADMIN */

    function test_TheAdminIsReplacedInTwoStepsADayApart() public {
        uint48 due = uint48(block.timestamp) + 1 days;
        vm.assertEq(ADMIN_TRANSFER_DELAY, 1 days, "a day");
        vm.assertEq(market.defaultAdminDelay(), ADMIN_TRANSFER_DELAY, "delay");
        market.beginDefaultAdminTransfer(heir);
        vm.warp(due);
        vm.prank(heir);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector, due)
        );
        market.acceptDefaultAdminTransfer();
        vm.warp(due + 1);
        vm.prank(heir);
        market.acceptDefaultAdminTransfer();
        vm.assertEq(market.defaultAdmin(), heir, "admin");
        expectUnauthorized(address(this), ADMIN_ROLE);
        market.createCommunity(2, 900, 60, GRID, UNIFORM_PRICE, 500);
    }

    function test_TheAdminRoleIsNotGranted() public {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector)
        );
        market.grantRole(ADMIN_ROLE, heir);
    }

    /* HELPERS */

    function pause() private {
        vm.prank(pauser);
        market.pause();
    }

    function intervalAfter() private view returns (IntervalId) {
        return IntervalLib.pack(COMMUNITY, interval.start() + DURATION, DURATION);
    }
}
