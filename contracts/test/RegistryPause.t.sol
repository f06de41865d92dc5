// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortia} from "../src/registry/IConsortia.sol";
import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Registry and consortia in a pause: nothing is added or changed by the registrar, whatever ends goes on.
contract RegistryPauseTest is GovernanceTest {
    uint32 private constant ACCOUNT = 2;
    uint256 private constant NEW_SECRET = 77;
    bytes32 private constant HASH = keccak256("document");

    address private immutable newWallet = vm.addr(NEW_SECRET);
    uint64 private immutable hour = START - 43_200;
    uint32 private gateway;

    function setUp() public override {
        super.setUp();
        registerUpTo(3);
        gateway = registerGateway(GATEWAY_SECRET, ACCOUNT);
        IConsortia.Member[] memory members = new IConsortia.Member[](2);
        (members[0], members[1]) = (IConsortia.Member(2, 50), IConsortia.Member(3, 50));
        vm.startPrank(registrar);
        registry.relateDevice(1, 3, 1);
        consortia.createConsortium(HASH, members, new uint32[](0));
        consortia.addDevice(1, 1);
        vm.stopPrank();
        pause(registry);
        pause(consortia);
    }

    /* WHAT STOPS */

    function test_StopsRegistrations() public {
        vm.startPrank(registrar);
        expectPaused();
        registry.registerParticipant(newWallet, HASH, 1);
        expectPaused();
        registry.registerGateway(newWallet, HASH, hour, START);
        expectPaused();
        registry.registerDevice(COMMUNITY, ACCOUNT, gateway, HASH, 0);
    }

    function test_StopsChangesOfWhatIsRegistered() public {
        vm.startPrank(registrar);
        expectPaused();
        registry.replaceCredential(ACCOUNT, HASH);
        expectPaused();
        registry.rotateGatewayKeys(gateway, newWallet, HASH, hour, START);
        expectPaused();
        registry.moveDevice(1, gateway, hour);
        expectPaused();
        registry.setDeviceKey(1, HASH, hour);
        expectPaused();
        registry.relateDevice(1, 3, 2);
    }

    function test_StopsTheRegistrarsExchangeOfWallets() public {
        bytes memory consent = consentOf(ACCOUNT);
        vm.startPrank(registrar);
        expectPaused();
        registry.rotateWallet(ACCOUNT, newWallet, type(uint64).max, consent);
        expectPaused();
        registry.proposeWallet(ACCOUNT, newWallet);
    }

    function test_StopsTheAcceptanceOfWhatWasProposedBefore() public {
        registry.unpause();
        vm.prank(registrar);
        registry.proposeWallet(ACCOUNT, newWallet);
        pause(registry);
        vm.prank(newWallet);
        expectPaused();
        registry.acceptWallet(ACCOUNT);
    }

    function test_StopsAdmission() public {
        vm.startPrank(registrar);
        registry.setParticipantActive(ACCOUNT, false);
        expectPaused();
        registry.setParticipantActive(ACCOUNT, true);
    }

    function test_StopsChangesOfConsortia() public {
        vm.startPrank(registrar);
        IConsortia.Member[] memory members = new IConsortia.Member[](1);
        members[0] = IConsortia.Member(2, 1);
        expectPaused();
        consortia.createConsortium(HASH, members, new uint32[](0));
        expectPaused();
        consortia.replaceAgreement(1, HASH);
        expectPaused();
        consortia.addMember(1, GRID, 1);
        expectPaused();
        consortia.setWeight(1, 2, 99);
        expectPaused();
        consortia.removeMember(1, 2);
        expectPaused();
        consortia.addDevice(1, 1);
        expectPaused();
        consortia.removeDevice(1, 1);
    }

    /* WHAT GOES ON */

    function test_WhatEndsGoesOn() public {
        vm.startPrank(registrar);
        registry.setParticipantActive(3, false);
        registry.revokeCredential(ACCOUNT);
        registry.unrelateDevice(1, 3, 1);
        registry.decommissionDevice(1, hour);
        registry.revokeGateway(gateway, uint64(block.timestamp));
        (,,, bool active) = registry.participant(3);
        vm.assertFalse(active, "barred");
        vm.assertEq(registry.relationCount(1), 0, "relations");
        (,,, uint64 validUntil) = registry.gateway(gateway);
        vm.assertEq(validUntil, block.timestamp, "revoked");
    }

    function test_AnAccountsWalletExchangesItself() public {
        vm.startPrank(walletOf(ACCOUNT));
        registry.proposeWallet(ACCOUNT, newWallet);
        registry.rotateWallet(ACCOUNT, newWallet, type(uint64).max, consentOf(ACCOUNT));
        vm.assertEq(registry.accountOf(newWallet), ACCOUNT, "exchanged");
    }

    function test_AMemberLeaves() public {
        vm.prank(walletOf(3));
        consortia.removeMember(1, 3);
        vm.assertEq(consortia.weightOf(1, 3), 0, "left");
    }

    function test_AttestationsGoOn() public {
        vm.warp(END);
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 750, 750));
        vm.assertTrue(metering.attestationRoot(interval, gateway) != 0, "attested");
    }

    /* WHO */

    function test_OnlyAPauserBeginsAndOnlyTheAdminEnds() public {
        vm.prank(pauser);
        expectUnauthorized(pauser, ADMIN_ROLE);
        registry.unpause();
        registry.unpause();
        consortia.unpause();
        address[3] memory others = [registrar, operator, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            expectUnauthorized(others[i], PAUSER_ROLE);
            registry.pause();
            expectUnauthorized(others[i], PAUSER_ROLE);
            consortia.pause();
            vm.stopPrank();
        }
        vm.startPrank(registrar);
        registry.registerParticipant(newWallet, HASH, 1);
        consortia.setWeight(1, 2, 99);
    }

    /// @dev What the new wallet signs, written from EIP-712.
    function consentOf(uint32 account) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Registry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 typeHash =
            keccak256("WalletRotation(uint32 account,address oldWallet,address newWallet,uint64 deadline)");
        bytes32 consent = keccak256(abi.encode(typeHash, account, walletOf(account), newWallet, type(uint64).max));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(NEW_SECRET, keccak256(abi.encodePacked("\x19\x01", domain, consent)));
        return abi.encodePacked(r, s, v);
    }
}
