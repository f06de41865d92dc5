// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortia} from "../src/registry/Consortia.sol";
import {IConsortia} from "../src/registry/IConsortia.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What changes in the registry cost, as `Gas.t.sol` measures: whole transactions, refunds not deducted.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract RegistryGasTest is CommunityTest {
    uint64 private constant HOUR = START / 3_600 * 3_600;

    function setUp() public override {
        super.setUp();
        registerUpTo(3);
        registerGateway(GATEWAY_SECRET, 2);
        registerGateway(GATEWAY_SECRET + 1, 3);
        vm.warp(HOUR - 10);
    }

    function test_Credentials() public {
        vm.startPrank(registrar);
        registry.replaceCredential(2, keccak256("second"));
        snapshot("replace a credential, first time");
        registry.replaceCredential(2, keccak256("third"));
        snapshot("replace a credential, again");
        registry.revokeCredential(2);
        snapshot("revoke a credential");
    }

    function test_Wallets() public {
        for (uint256 i = 0; i < 2; ++i) {
            address next = vm.addr(50 + i);
            (address wallet,,,) = registry.participant(2);
            vm.prank(wallet);
            registry.proposeWallet(2, next);
            if (i == 0) snapshot("propose a wallet");
            vm.prank(next);
            registry.acceptWallet(2);
            snapshot(i == 0 ? "accept an account, first time" : "accept an account, again");
        }
    }

    function test_GatewayKeys() public {
        vm.startPrank(registrar);
        registry.rotateGatewayKeys(1, vm.addr(60), keccak256("key"), HOUR, HOUR + 1e8);
        snapshot("rotate a gateway's keys");
    }

    /// @notice What an attestation costs whose key is a former one.
    function test_AttestByAFormerKey() public {
        vm.prank(registrar);
        registry.rotateGatewayKeys(1, vm.addr(60), keccak256("key"), HOUR + 3_600, HOUR + 1e8);
        vm.warp(HOUR + 7_200);
        attest(GATEWAY_SECRET, attestation(interval, 1, 1, 123_456, 65_432));
        snapshot("attest by a former key, first attestation");
    }

    function test_Devices() public {
        vm.startPrank(registrar);
        registry.moveDevice(1, 2, HOUR);
        snapshot("move a device, first time");
        registry.setDeviceKey(1, keccak256("key"), HOUR);
        snapshot("set a device's key");
        registry.relateDevice(1, 3, 1);
        snapshot("relate a participant to a device");
        registry.decommissionDevice(1, HOUR);
        snapshot("decommission a device");
    }

    function test_Consortia() public {
        registerUpTo(11);
        Consortia consortia = new Consortia(address(this), registry);
        consortia.grantRole(consortia.REGISTRAR_ROLE(), registrar);
        IConsortia.Member[] memory members = new IConsortia.Member[](10);
        for (uint32 i = 0; i < 10; ++i) {
            members[i] = IConsortia.Member(2 + i, 1 + i);
        }
        uint32[] memory devices = new uint32[](1);
        devices[0] = 1;
        vm.startPrank(registrar);
        consortia.createConsortium(keccak256("agreement"), members, devices);
        snapshot("create a consortium of 10 members and a device");
        consortia.setWeight(1, 2, 9);
        snapshot("set a member's weight");
        consortia.removeMember(1, 2);
        snapshot("remove a member");
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("Registry", name, vm.lastCallGas().gasTotalUsed);
    }
}
