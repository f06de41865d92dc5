// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";

import {ADMIN_TRANSFER_DELAY} from "../src/governance/AdminDelay.sol";
import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Each contract has one admin, whom another follows in two steps, a day apart. This test is the admin.
contract AdminTransferTest is GovernanceTest {
    address private immutable next = vm.addr(51);

    AccessControlDefaultAdminRules[] private contracts;

    function setUp() public override {
        super.setUp();
        contracts = governed();
    }

    function test_TheDelayIsADay() public view {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertEq(contracts[i].defaultAdmin(), address(this), "admin");
            vm.assertEq(contracts[i].defaultAdminDelay(), ADMIN_TRANSFER_DELAY, "delay");
        }
        vm.assertEq(ADMIN_TRANSFER_DELAY, 86_400, "seconds");
    }

    function test_TheNextAdminAcceptsAfterTheDelay() public {
        uint256 acceptable = block.timestamp + ADMIN_TRANSFER_DELAY;
        begin();
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.warp(acceptable);
            expectTooEarly(uint48(acceptable));
            accept(contracts[i], next);
            vm.assertEq(contracts[i].defaultAdmin(), address(this), "still");
            vm.warp(acceptable + 1);
            accept(contracts[i], next);
            vm.assertEq(contracts[i].defaultAdmin(), next, "next");
            vm.assertFalse(contracts[i].hasRole(ADMIN_ROLE, address(this)), "no more");
            expectUnauthorized(address(this), ADMIN_ROLE);
            contracts[i].grantRole(PAUSER_ROLE, stranger);
        }
    }

    function test_NobodyElseAccepts() public {
        begin();
        vm.warp(block.timestamp + ADMIN_TRANSFER_DELAY + 1);
        address[3] memory others = [stranger, operator, address(this)];
        for (uint256 i = 0; i < contracts.length; ++i) {
            for (uint256 j = 0; j < others.length; ++j) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, others[j]
                    )
                );
                accept(contracts[i], others[j]);
            }
        }
    }

    function test_TheAdminTakesATransferBack() public {
        begin();
        vm.warp(block.timestamp + ADMIN_TRANSFER_DELAY + 1);
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i].cancelDefaultAdminTransfer();
            vm.expectPartialRevert(IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector);
            accept(contracts[i], next);
        }
    }

    function test_TheAdminsRoleIsNeitherGrantedNorRevoked() public {
        bytes4 enforced = IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector;
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.expectRevert(enforced);
            contracts[i].grantRole(ADMIN_ROLE, next);
            vm.expectRevert(enforced);
            contracts[i].revokeRole(ADMIN_ROLE, address(this));
        }
    }

    function test_TheAdminDoesNotLeaveAtOnce() public {
        for (uint256 i = 0; i < contracts.length; ++i) {
            expectTooEarly(0);
            contracts[i].renounceRole(ADMIN_ROLE, address(this));
        }
    }

    function test_OnlyTheAdminBeginsATransfer() public {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.prank(operator);
            expectUnauthorized(operator, ADMIN_ROLE);
            contracts[i].beginDefaultAdminTransfer(operator);
        }
    }

    function test_AShorterDelayWaitsForTheDifference() public {
        for (uint256 i = 0; i < contracts.length; ++i) {
            uint256 state = vm.snapshotState();
            contracts[i].changeDefaultAdminDelay(1 hours);
            vm.assertEq(contracts[i].defaultAdminDelay(), ADMIN_TRANSFER_DELAY, "not at once");
            vm.warp(block.timestamp + ADMIN_TRANSFER_DELAY - 1 hours + 1);
            vm.assertEq(contracts[i].defaultAdminDelay(), 1 hours, "later");
            vm.revertToState(state);
        }
    }

    function test_WalletsAndToolsFindTheRules() public view {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertTrue(contracts[i].supportsInterface(type(IAccessControlDefaultAdminRules).interfaceId), "rules");
            vm.assertEq(contracts[i].owner(), address(this), "owner");
        }
    }

    function begin() private {
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i].beginDefaultAdminTransfer(next);
        }
    }

    function accept(AccessControlDefaultAdminRules which, address who) private {
        vm.prank(who);
        which.acceptDefaultAdminTransfer();
    }

    function expectTooEarly(uint48 schedule) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector, schedule
            )
        );
    }
}
