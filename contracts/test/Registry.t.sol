// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../src/registry/IRegistry.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Participants, gateways and devices. The fixture has registered the grid as account 1.
contract RegistryTest is CommunityTest {
    bytes32 private constant CREDENTIAL = keccak256("credential");
    bytes32 private constant ED25519_KEY = keccak256("public key");
    uint64 private constant FROM = 1_000;
    uint64 private constant UNTIL = 2_000;

    /* PARTICIPANTS */

    function test_RegistersParticipantsInSequence() public {
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.ParticipantRegistered(2, stranger, CREDENTIAL, 2);
        vm.assertEq(registry.registerParticipant(stranger, CREDENTIAL, 2), 2, "account");
        vm.assertEq(registry.registerParticipant(operator, 0, 1), 3, "next account");
        vm.assertEq(registry.participantCount(), 3, "count");
        vm.assertEq(registry.accountOf(stranger), 2, "account of the wallet");

        (address wallet, bytes32 credentialHash, uint8 role, bool active) = registry.participant(2);
        vm.assertEq(wallet, stranger, "wallet");
        vm.assertEq(credentialHash, CREDENTIAL, "credential");
        vm.assertEq(role, 2, "role");
        vm.assertTrue(active, "active");
    }

    function test_RefusesASecondAccountForAWallet() public {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.WalletAlreadyRegistered.selector, gridWallet, GRID));
        registry.registerParticipant(gridWallet, CREDENTIAL, 1);
    }

    function test_RefusesTheZeroWallet() public {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidWallet.selector));
        registry.registerParticipant(address(0), CREDENTIAL, 1);
    }

    function test_RefusesUnknownRoles() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidRole.selector, 0));
        registry.registerParticipant(stranger, CREDENTIAL, 0);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidRole.selector, 7));
        registry.registerParticipant(stranger, CREDENTIAL, 7);
    }

    function test_BarsAndAdmitsAgain() public {
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.ParticipantActivitySet(GRID, false);
        registry.setParticipantActive(GRID, false);
        (,,, bool active) = registry.participant(GRID);
        vm.assertFalse(active, "barred");
        registry.setParticipantActive(GRID, true);
        (,,, active) = registry.participant(GRID);
        vm.assertTrue(active, "admitted");
    }

    function test_RefusesToBarNobody() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 0));
        registry.setParticipantActive(0, false);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 2));
        registry.setParticipantActive(2, false);
    }

    function test_WalletsOfAccountsInTheirSequence() public {
        registerUpTo(3);
        address[] memory wallets = registry.walletsOf(list(3, GRID, 2));
        vm.assertEq(wallets[0], walletOf(3), "first");
        vm.assertEq(wallets[1], gridWallet, "second");
        vm.assertEq(wallets[2], walletOf(2), "third");
    }

    function test_RefusesWalletsOfUnknownAccounts() public {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 9));
        registry.walletsOf(list(GRID, 9, GRID));
    }

    /* GATEWAYS */

    function test_RegistersGatewaysInSequence() public {
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.GatewayRegistered(1, stranger, ED25519_KEY, FROM, UNTIL);
        vm.assertEq(registry.registerGateway(stranger, ED25519_KEY, FROM, UNTIL), 1, "gateway");
        vm.assertEq(registry.registerGateway(stranger, ED25519_KEY, 0, type(uint48).max), 2, "next gateway");
        vm.assertEq(registry.gatewayCount(), 2, "count");

        (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil) = registry.gateway(1);
        vm.assertEq(evmKey, stranger, "EVM key");
        vm.assertEq(ed25519Key, ED25519_KEY, "Ed25519 key");
        vm.assertEq(validFrom, FROM, "valid from");
        vm.assertEq(validUntil, UNTIL, "valid until");
    }

    function test_RefusesGatewaysWithoutKeys() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidGatewayKeys.selector, address(0), ED25519_KEY));
        registry.registerGateway(address(0), ED25519_KEY, FROM, UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidGatewayKeys.selector, stranger, bytes32(0)));
        registry.registerGateway(stranger, 0, FROM, UNTIL);
    }

    function test_RefusesAnEmptyOrEndlessValidity() public {
        uint64 tooLate = uint64(type(uint48).max) + 1;
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidValidity.selector, FROM, tooLate));
        registry.registerGateway(stranger, ED25519_KEY, FROM, tooLate);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidValidity.selector, FROM, FROM));
        registry.registerGateway(stranger, ED25519_KEY, FROM, FROM);
    }

    function test_AGatewaysKeyIsValidFromItsFirstToBeforeItsLastSecond() public {
        newGateway();
        vm.assertEq(registry.gatewayKeyAt(1, FROM), stranger, "first second");
        vm.assertEq(registry.gatewayKeyAt(1, UNTIL - 1), stranger, "last second");
        expectNotValid(1, FROM - 1);
        expectNotValid(1, UNTIL);
        expectNotValid(2, FROM);
    }

    function test_RevocationShortensTheValidity() public {
        newGateway();
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.GatewayRevoked(1, 1_500);
        registry.revokeGateway(1, 1_500);
        vm.assertEq(registry.gatewayKeyAt(1, 1_499), stranger, "before");
        expectNotValid(1, 1_500);
    }

    function test_RefusesARevocationThatProlongs() public {
        newGateway();
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidRevocation.selector, UNTIL, UNTIL));
        registry.revokeGateway(1, UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownGateway.selector, 2));
        registry.revokeGateway(2, FROM);
    }

    /* DEVICES */

    function test_RegistersDevicesInSequence() public {
        newGateway();
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.DeviceRegistered(1, 7, GRID, 1, keccak256("meter"), FROM);
        vm.assertEq(registry.registerDevice(7, GRID, 1, keccak256("meter"), FROM), 1, "device");
        vm.assertEq(registry.registerDevice(7, GRID, 1, keccak256("inverter"), FROM), 2, "next device");
        vm.assertEq(registry.deviceCount(), 2, "count");
        vm.assertEq(registry.devicesBehind(1, 7), 2, "devices behind the gateway");

        (uint32 community, uint32 account, uint32 gateway, uint64 validFrom, bytes32 descriptionHash,) =
            registry.device(1);
        vm.assertEq(community, 7, "community");
        vm.assertEq(account, GRID, "account");
        vm.assertEq(gateway, 1, "gateway");
        vm.assertEq(validFrom, FROM, "valid from");
        vm.assertEq(descriptionHash, keccak256("meter"), "description");
    }

    function test_RefusesDevicesOfNobody() public {
        newGateway();
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidCommunity.selector, 0));
        registry.registerDevice(0, GRID, 1, 0, FROM);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 2));
        registry.registerDevice(7, 2, 1, 0, FROM);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownGateway.selector, 2));
        registry.registerDevice(7, GRID, 2, 0, FROM);
    }

    function test_AttestationKeyNeedsADeviceAndTheWholeInterval() public {
        newGateway();
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotInCommunity.selector, 1, 7));
        registry.attestationKey(1, 7, FROM, UNTIL);

        vm.prank(registrar);
        registry.registerDevice(7, GRID, 1, 0, FROM);
        vm.assertEq(registry.attestationKey(1, 7, FROM, UNTIL), stranger, "key");
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, 1, FROM - 1));
        registry.attestationKey(1, 7, FROM - 1, UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, 1, UNTIL));
        registry.attestationKey(1, 7, FROM, UNTIL + 1);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotInCommunity.selector, 1, 8));
        registry.attestationKey(1, 8, FROM, UNTIL);
    }

    /* WHO MAY */

    function test_OnlyTheRegistrarRegisters() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(stranger);
        expectUnauthorized(stranger, role);
        registry.registerParticipant(stranger, CREDENTIAL, 1);
        expectUnauthorized(stranger, role);
        registry.setParticipantActive(GRID, false);
        expectUnauthorized(stranger, role);
        registry.registerGateway(stranger, ED25519_KEY, FROM, UNTIL);
        expectUnauthorized(stranger, role);
        registry.revokeGateway(1, FROM);
        expectUnauthorized(stranger, role);
        registry.registerDevice(7, GRID, 1, 0, FROM);
    }

    /* HELPERS */

    function newGateway() private {
        vm.prank(registrar);
        registry.registerGateway(stranger, ED25519_KEY, FROM, UNTIL);
    }

    function expectNotValid(uint32 gateway, uint64 time) private {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, gateway, time));
        registry.gatewayKeyAt(gateway, time);
    }

    function list(uint32 first, uint32 second, uint32 third) private pure returns (uint32[] memory accounts) {
        accounts = new uint32[](3);
        (accounts[0], accounts[1], accounts[2]) = (first, second, third);
    }
}
