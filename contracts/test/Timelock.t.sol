// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {Timelock} from "../src/governance/Timelock.sol";
import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice A timelock of two days, to which a market is handed over.
contract TimelockTest is GovernanceTest {
    bytes32 private constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    bytes private grant = abi.encodeWithSignature("grantRole(bytes32,address)", OPERATOR_ROLE, stranger);

    /* SET-UP */

    function test_TheDelayHasBounds() public {
        uint256[3] memory refused = [uint256(0), 1 days - 1, 30 days + 1];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Timelock.InvalidDelay.selector, refused[i], 1 days, 30 days));
            new Timelock(refused[i], one(proposer));
        }
        vm.assertEq(new Timelock(1 days, one(proposer)).getMinDelay(), 1 days, "least");
        vm.assertEq(new Timelock(30 days, one(proposer)).getMinDelay(), 30 days, "most");
    }

    function test_ThereIsAProposer() public {
        vm.expectRevert(Timelock.ProposerMissing.selector);
        new Timelock(DELAY, new address[](0));
    }

    function test_ItAdministersItselfAlone() public view {
        vm.assertTrue(timelock.hasRole(ADMIN_ROLE, address(timelock)), "itself");
        vm.assertFalse(timelock.hasRole(ADMIN_ROLE, address(this)), "who deployed it");
        vm.assertFalse(timelock.hasRole(ADMIN_ROLE, proposer), "the proposer");
    }

    /* HAND-OVER */

    function test_ReceivesEveryContract() public {
        handOver();
        AccessControlDefaultAdminRules[] memory contracts = governed();
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertEq(contracts[i].defaultAdmin(), address(timelock), "admin");
            expectUnauthorized(address(this), ADMIN_ROLE);
            contracts[i].grantRole(OPERATOR_ROLE, stranger);
        }
    }

    function test_PassesAContractOnToTheNextTimelock() public {
        handOver();
        Timelock next = new Timelock(DELAY, one(stranger));
        bytes memory begin = abi.encodeCall(registry.beginDefaultAdminTransfer, (address(next)));
        schedule(address(registry), begin);
        vm.warp(block.timestamp + DELAY);
        execute(address(registry), begin);
        vm.warp(block.timestamp + 1 days + 1);
        vm.prank(address(next));
        registry.acceptDefaultAdminTransfer();
        vm.assertEq(registry.defaultAdmin(), address(next), "admin");
    }

    /* OPERATIONS */

    function test_WhatWasScheduledTakesEffectAfterTheDelay() public {
        handOver();
        bytes32 operation = schedule(address(settlement), grant);
        uint256 ready = block.timestamp + DELAY;
        vm.assertEq(timelock.getTimestamp(operation), ready, "ready at");
        vm.warp(ready - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        execute(address(settlement), grant);
        vm.warp(ready);
        execute(address(settlement), grant);
        vm.assertTrue(settlement.hasRole(OPERATOR_ROLE, stranger), "granted");
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        execute(address(settlement), grant);
    }

    function test_WhatWasNotScheduledIsNotExecuted() public {
        handOver();
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        execute(address(settlement), grant);
    }

    function test_AProposerCancels() public {
        handOver();
        bytes32 operation = schedule(address(settlement), grant);
        vm.prank(proposer);
        timelock.cancel(operation);
        vm.warp(block.timestamp + DELAY);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        execute(address(settlement), grant);
    }

    function test_OnlyAProposerSchedulesAndCancels() public {
        handOver();
        bytes32 operation = schedule(address(settlement), grant);
        bytes32 canceller = timelock.CANCELLER_ROLE();
        bytes32 proposing = timelock.PROPOSER_ROLE();
        address[4] memory others = [pauser, operator, stranger, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            expectUnauthorized(others[i], proposing);
            timelock.schedule(address(settlement), 0, grant, 0, bytes32(uint256(1)), DELAY);
            expectUnauthorized(others[i], canceller);
            timelock.cancel(operation);
            vm.stopPrank();
        }
    }

    function test_NoOperationIsScheduledForEarlier() public {
        vm.prank(proposer);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockInsufficientDelay.selector, DELAY - 1, DELAY));
        timelock.schedule(address(settlement), 0, grant, 0, 0, DELAY - 1);
    }

    /* THE DELAY ITSELF */

    function test_TheDelayChangesByOperationOnly() public {
        vm.prank(proposer);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, proposer));
        timelock.updateDelay(3 days);
        changeDelay(3 days);
        vm.assertEq(timelock.getMinDelay(), 3 days, "changed");
    }

    function test_NoSettingLeavesTheBounds() public {
        changeDelay(0);
        vm.assertEq(timelock.getMinDelay(), 1 days, "least");
        vm.prank(proposer);
        vm.expectRevert(
            abi.encodeWithSelector(TimelockController.TimelockInsufficientDelay.selector, 1 days - 1, 1 days)
        );
        timelock.schedule(address(settlement), 0, grant, 0, 0, 1 days - 1);
        changeDelay(1e18);
        vm.assertEq(timelock.getMinDelay(), 30 days, "most");
    }

    /* A STOLEN PAUSER'S KEY */

    function test_OneOperationTakesAPauserAwayAndEndsItsPause() public {
        handOver();
        pause(registry);
        address[] memory targets = new address[](2);
        bytes[] memory payloads = new bytes[](2);
        (targets[0], targets[1]) = (address(registry), address(registry));
        payloads[0] = abi.encodeCall(registry.revokeRole, (PAUSER_ROLE, pauser));
        payloads[1] = abi.encodeCall(registry.unpause, ());
        vm.prank(proposer);
        timelock.scheduleBatch(targets, new uint256[](2), payloads, 0, 0, DELAY);
        vm.warp(block.timestamp + DELAY);
        vm.prank(stranger);
        timelock.executeBatch(targets, new uint256[](2), payloads, 0, 0);
        vm.assertFalse(registry.paused(), "goes on");
        vm.prank(pauser);
        expectUnauthorized(pauser, PAUSER_ROLE);
        registry.pause();
    }

    function changeDelay(uint256 delay) private {
        bytes memory change = abi.encodeCall(timelock.updateDelay, (delay));
        vm.prank(proposer);
        timelock.schedule(address(timelock), 0, change, 0, bytes32(delay), DELAY);
        vm.warp(block.timestamp + DELAY);
        timelock.execute(address(timelock), 0, change, 0, bytes32(delay));
    }
}
