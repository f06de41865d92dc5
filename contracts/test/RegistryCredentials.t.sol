// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../src/registry/IRegistry.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Roles, and credentials that are replaced and revoked. Account 2 has a credential, the grid's account none.
contract RegistryCredentialsTest is CommunityTest {
    uint32 private constant ACCOUNT = 2;
    bytes32 private constant SECOND = keccak256("second credential");

    bytes32 private first = keccak256(abi.encode("credential", ACCOUNT));
    uint64 private registeredAt;

    function setUp() public override {
        super.setUp();
        registerUpTo(ACCOUNT);
        registeredAt = uint64(block.timestamp);
    }

    function test_RegistersEveryRole() public {
        vm.startPrank(registrar);
        for (uint8 role = 1; role <= 6; ++role) {
            uint32 account = registry.registerParticipant(walletOf(100 + role), 0, role);
            (,, uint8 kept,) = registry.participant(account);
            vm.assertEq(kept, role, "role");
        }
    }

    function test_ACredentialStandsFromTheRegistrationOn() public view {
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt - 1), 0, "before");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt), first, "from then on");
        vm.assertEq(registry.credentialAt(ACCOUNT, type(uint64).max), first, "for good");
        vm.assertEq(registry.credentialAt(9, registeredAt), 0, "of nobody");
    }

    function test_ReplacesACredential() public {
        vm.warp(registeredAt + 50);
        vm.prank(registrar);
        expectEvent(address(registry));
        emit IRegistry.CredentialReplaced(ACCOUNT, SECOND);
        registry.replaceCredential(ACCOUNT, SECOND);
        (, bytes32 kept,, bool active) = registry.participant(ACCOUNT);
        vm.assertEq(kept, SECOND, "kept");
        vm.assertTrue(active, "active");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 49), first, "until then");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 50), SECOND, "from then on");
    }

    function test_RevokesACredentialAndBarsItsAccount() public {
        vm.warp(registeredAt + 50);
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.CredentialRevoked(ACCOUNT, first, registeredAt + 50);
        expectEvent(address(registry));
        emit IRegistry.ParticipantActivitySet(ACCOUNT, false);
        registry.revokeCredential(ACCOUNT);
        (, bytes32 kept,, bool active) = registry.participant(ACCOUNT);
        vm.assertEq(kept, 0, "none kept");
        vm.assertFalse(active, "barred");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 49), first, "until then");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 50), 0, "from then on");

        vm.warp(registeredAt + 60);
        registry.replaceCredential(ACCOUNT, SECOND);
        (,,, active) = registry.participant(ACCOUNT);
        vm.assertFalse(active, "still barred");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 59), 0, "between");
        vm.assertEq(registry.credentialAt(ACCOUNT, registeredAt + 60), SECOND, "again");
    }

    function test_RefusesWhatIsNoCredential() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidCredential.selector));
        registry.replaceCredential(ACCOUNT, 0);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NoCredential.selector, GRID));
        registry.revokeCredential(GRID);
        registry.revokeCredential(ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NoCredential.selector, ACCOUNT));
        registry.revokeCredential(ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 3));
        registry.replaceCredential(3, SECOND);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 3));
        registry.revokeCredential(3);
    }

    function test_OnlyTheRegistrarReplacesAndRevokes() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(walletOf(ACCOUNT));
        expectUnauthorized(walletOf(ACCOUNT), role);
        registry.replaceCredential(ACCOUNT, SECOND);
        expectUnauthorized(walletOf(ACCOUNT), role);
        registry.revokeCredential(ACCOUNT);
    }
}
