// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Registry} from "../../src/registry/Registry.sol";
import {vm} from "./Vm.sol";

/// @notice Drives a registry at random and notes what it said about the past, which must not change.
contract RegistryClerk {
    uint64 private constant START = 1_743_508_800;
    uint32 private constant COMMUNITY = 1;

    /// @param kind 0 wallet of an account, 1 credential of an account, 2 gateway of a device, 3 key of a device,
    /// 4 key of a gateway.
    struct Note {
        uint8 kind;
        uint32 number;
        uint64 time;
        bytes32 said;
    }

    Registry public immutable registry;
    uint32 public participants;
    uint32 public gateways;
    uint32 public devices;
    Note[] private _notes;
    uint256 private _secrets = 1_000;

    constructor() {
        vm.warp(START);
        registry = new Registry(address(this));
        registry.grantRole(registry.REGISTRAR_ROLE(), address(this));
        for (uint256 i = 0; i < 2; ++i) {
            registerParticipant();
            registerGateway();
            registerDevice(i, i);
        }
    }

    /* ACTIONS */

    function registerParticipant() public {
        uint32 account = registry.registerParticipant(vm.addr(++_secrets), bytes32(_secrets), 1);
        vm.assertEq(account, ++participants, "account number");
    }

    function registerGateway() public {
        uint32 gateway = registry.registerGateway(vm.addr(++_secrets), bytes32(_secrets), START, START + 1e9);
        vm.assertEq(gateway, ++gateways, "gateway number");
    }

    function registerDevice(uint256 account, uint256 gateway) public {
        uint32 device =
            registry.registerDevice(COMMUNITY, pick(account, participants), pick(gateway, gateways), 0, START);
        vm.assertEq(device, ++devices, "device number");
    }

    function rotateWallet(uint256 account) external {
        address wallet = vm.addr(++_secrets);
        registry.proposeWallet(pick(account, participants), wallet);
        vm.prank(wallet);
        registry.acceptWallet(pick(account, participants));
    }

    function setCredential(uint256 which, bool revoke) external {
        uint32 account = pick(which, participants);
        (, bytes32 credential,,) = registry.participant(account);
        if (revoke && credential != 0) registry.revokeCredential(account);
        else registry.replaceCredential(account, bytes32(++_secrets));
    }

    function rotateGatewayKeys(uint256 gateway, uint8 ahead, uint16 length) external {
        uint64 from = hourAhead(ahead);
        registry.rotateGatewayKeys(
            pick(gateway, gateways), vm.addr(++_secrets), bytes32(_secrets), from, from + 1 + length
        );
    }

    function moveDevice(uint256 device, uint256 gateway, uint8 ahead) external {
        uint32 moved = pick(device, devices);
        if (isInService(moved)) registry.moveDevice(moved, pick(gateway, gateways), hourAhead(ahead));
    }

    function setDeviceKey(uint256 device, uint8 ahead) external {
        uint32 keyed = pick(device, devices);
        if (isInService(keyed)) registry.setDeviceKey(keyed, bytes32(++_secrets), hourAhead(ahead));
    }

    function decommissionDevice(uint256 device, uint8 ahead) external {
        uint32 ended = pick(device, devices);
        if (isInService(ended)) registry.decommissionDevice(ended, hourAhead(ahead));
    }

    function relate(uint256 device, uint256 account, uint8 which) external {
        uint32 related = pick(device, devices);
        uint32 to = pick(account, participants);
        uint8 kind = 1 + which % 3;
        if (registry.isRelated(related, to, kind)) registry.unrelateDevice(related, to, kind);
        else if (isInService(related)) registry.relateDevice(related, to, kind);
    }

    /// @notice Notes what the registry says of a second that is not over before now, and lets time pass.
    function note(uint8 kind, uint256 which, uint32 back, uint16 wait) external {
        uint8 noted = kind % 5;
        uint32 number = pick(which, noted < 2 ? participants : noted < 4 ? devices : gateways);
        uint64 time = uint64(block.timestamp) - back % 20_000;
        _notes.push(Note(noted, number, time, ask(noted, number, time)));
        vm.warp(block.timestamp + 1 + wait);
    }

    /* WHAT MUST HOLD */

    function checkNotes() external view {
        for (uint256 i = 0; i < _notes.length; ++i) {
            Note memory noted = _notes[i];
            vm.assertEq(ask(noted.kind, noted.number, noted.time), noted.said, "the past has changed");
        }
    }

    /// @notice Every current wallet leads back to its account, and is the one of now.
    function checkWallets() external view {
        for (uint32 account = 1; account <= participants; ++account) {
            (address wallet,,,) = registry.participant(account);
            vm.assertEq(registry.accountOf(wallet), account, "account of the wallet");
            vm.assertEq(registry.walletAt(account, uint64(block.timestamp)), wallet, "wallet of now");
        }
    }

    function checkCounts() external view {
        uint256 inService = 0;
        uint256 behind = 0;
        for (uint32 device = 1; device <= devices; ++device) {
            if (isInService(device)) ++inService;
            uint256 relations = 0;
            for (uint32 account = 1; account <= participants; ++account) {
                for (uint8 kind = 1; kind <= 3; ++kind) {
                    if (registry.isRelated(device, account, kind)) ++relations;
                }
            }
            vm.assertEq(registry.relationCount(device), relations, "relations");
        }
        for (uint32 gateway = 1; gateway <= gateways; ++gateway) {
            behind += registry.devicesBehind(gateway, COMMUNITY);
            vm.assertEq(registry.devicesBehind(gateway, COMMUNITY), devicesOf(gateway), "devices of a gateway");
        }
        vm.assertEq(behind, inService, "devices in service");
        vm.assertEq(registry.participantCount(), participants, "participants");
        vm.assertEq(registry.gatewayCount(), gateways, "gateways");
        vm.assertEq(registry.deviceCount(), devices, "devices");
    }

    /* HELPERS */

    function ask(uint8 kind, uint32 number, uint64 time) private view returns (bytes32) {
        if (kind == 0) return bytes32(uint256(uint160(registry.walletAt(number, time))));
        if (kind == 1) return registry.credentialAt(number, time);
        if (kind == 2) return bytes32(uint256(registry.gatewayOf(number, time)));
        if (kind == 3) return registry.deviceKeyAt(number, time);
        (, bytes32 key,,) = registry.gatewayKeysAt(number, time);
        return key;
    }

    function devicesOf(uint32 gateway) private view returns (uint256 count) {
        for (uint32 device = 1; device <= devices; ++device) {
            (,, uint32 behind,,,) = registry.device(device);
            if (behind == gateway && isInService(device)) ++count;
        }
    }

    function isInService(uint32 device) private view returns (bool) {
        (,,,,, uint64 since) = registry.device(device);
        return since == 0;
    }

    function pick(uint256 which, uint32 count) private pure returns (uint32) {
        return uint32(1 + which % count);
    }

    function hourAhead(uint8 ahead) private view returns (uint64) {
        return uint64((block.timestamp + 3_599) / 3_600 + ahead % 6) * 3_600;
    }
}
