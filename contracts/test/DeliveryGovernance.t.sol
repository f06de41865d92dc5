// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {DeliveryProcess} from "../src/delivery/DeliveryProcess.sol";
import {IStoredEnergyToken} from "../src/delivery/IStoredEnergyToken.sol";
import {ADMIN_TRANSFER_DELAY} from "../src/governance/AdminDelay.sol";
import {DeliveryTest} from "./base/DeliveryTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Who governs the contracts of stored energy: their admin, whom another follows in two steps, and the pauser.
/// This test is the admin.
contract DeliveryGovernanceTest is DeliveryTest {
    address private immutable next = vm.addr(51);

    AccessControlDefaultAdminRules[] private contracts;
    DeliveryProcess[] private processes;

    function setUp() public override {
        super.setUp();
        processes = [DeliveryProcess(deliveries), consumption, sales];
        contracts = [AccessControlDefaultAdminRules(claims), deliveries, consumption, sales];
    }

    /* ADMIN */

    function test_TheDelayIsThatOfTheMarket() public view {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertEq(contracts[i].defaultAdmin(), address(this), "admin");
            vm.assertEq(contracts[i].owner(), address(this), "owner");
            vm.assertEq(contracts[i].defaultAdminDelay(), ADMIN_TRANSFER_DELAY, "delay");
        }
    }

    function test_TheNextAdminAcceptsAfterTheDelay() public {
        uint256 acceptable = block.timestamp + ADMIN_TRANSFER_DELAY;
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i].beginDefaultAdminTransfer(next);
        }
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.warp(acceptable);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector, acceptable
                )
            );
            accept(contracts[i], next);
            vm.warp(acceptable + 1);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, stranger
                )
            );
            accept(contracts[i], stranger);
            accept(contracts[i], next);
            vm.assertEq(contracts[i].defaultAdmin(), next, "next");
            expectUnauthorized(address(this), ADMIN_ROLE);
            contracts[i].grantRole(keccak256("PAUSER_ROLE"), stranger);
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

    function test_OnlyTheAdminBeginsATransfer() public {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.prank(validator);
            expectUnauthorized(validator, ADMIN_ROLE);
            contracts[i].beginDefaultAdminTransfer(validator);
        }
    }

    function test_WalletsAndToolsFindTheRules() public view {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertTrue(contracts[i].supportsInterface(type(IAccessControlDefaultAdminRules).interfaceId), "rules");
        }
        vm.assertTrue(claims.supportsInterface(type(IERC1155).interfaceId), "ERC-1155");
    }

    /// @notice Neither the admin of the set-up nor its successor takes an escrow's role away, which all exits rest on.
    function test_NoAdminLocksAnEscrowOut() public {
        claims.beginDefaultAdminTransfer(next);
        vm.warp(block.timestamp + ADMIN_TRANSFER_DELAY + 1);
        accept(claims, next);
        bytes32 role = claims.ESCROW_ROLE();
        address[2] memory escrows = [address(consumption), address(sales)];
        for (uint256 i = 0; i < escrows.length; ++i) {
            vm.prank(next);
            vm.expectRevert(abi.encodeWithSelector(IStoredEnergyToken.EscrowIsForGood.selector, escrows[i]));
            claims.revokeRole(role, escrows[i]);
            vm.assertTrue(claims.hasRole(role, escrows[i]), "role");
        }
    }

    /* PAUSE */

    function test_OnlyAPauserBeginsAPause() public {
        bytes32 role = keccak256("PAUSER_ROLE");
        for (uint256 i = 0; i < processes.length; ++i) {
            address[3] memory others = [stranger, validator, address(this)];
            for (uint256 j = 0; j < others.length; ++j) {
                vm.prank(others[j]);
                expectUnauthorized(others[j], role);
                processes[i].pause();
            }
            vm.prank(pauser);
            processes[i].pause();
            vm.assertTrue(processes[i].paused(), "paused");
        }
    }

    function test_OnlyTheAdminEndsAPause() public {
        for (uint256 i = 0; i < processes.length; ++i) {
            vm.prank(pauser);
            processes[i].pause();
            address[3] memory others = [stranger, validator, pauser];
            for (uint256 j = 0; j < others.length; ++j) {
                vm.prank(others[j]);
                expectUnauthorized(others[j], ADMIN_ROLE);
                processes[i].unpause();
            }
            processes[i].unpause();
            vm.assertFalse(processes[i].paused(), "over");
        }
    }

    function accept(AccessControlDefaultAdminRules which, address who) private {
        vm.prank(who);
        which.acceptDefaultAdminTransfer();
    }
}
