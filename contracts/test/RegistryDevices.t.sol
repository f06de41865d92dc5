// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "../src/registry/IRegistry.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Devices that move, get keys and relations, and end. Device 1 is account 2's, behind gateway 1, from `FROM` on.
contract RegistryDevicesTest is CommunityTest {
    uint64 private constant FROM = START - 86_400;
    uint64 private constant CHANGE = START + 3_600;
    bytes32 private constant KEY = keccak256("a device's own key");
    uint32 private constant OWNER = 2;
    uint32 private constant OTHER = 3;

    function setUp() public override {
        super.setUp();
        registerUpTo(OTHER);
        vm.startPrank(registrar);
        for (uint256 i = 0; i < 3; ++i) {
            registry.registerGateway(vm.addr(GATEWAY_SECRET + i), keccak256("key"), 0, type(uint48).max);
        }
        registry.registerDevice(COMMUNITY, OWNER, 1, keccak256("meter"), FROM);
        vm.stopPrank();
        vm.warp(START);
    }

    /* MOVING */

    function test_MovesADeviceBehindAnotherGateway() public {
        vm.prank(registrar);
        expectEvent(address(registry));
        emit IRegistry.DeviceMoved(1, 2, CHANGE);
        registry.moveDevice(1, 2, CHANGE);
        vm.assertEq(registry.gatewayOf(1, FROM - 1), 0, "before it counts");
        vm.assertEq(registry.gatewayOf(1, FROM), 1, "first");
        vm.assertEq(registry.gatewayOf(1, CHANGE - 1), 1, "until then");
        vm.assertEq(registry.gatewayOf(1, CHANGE), 2, "from then on");
        (,, uint32 gateway,,,) = registry.device(1);
        vm.assertEq(gateway, 2, "latest");
        checkBehind(0, 1, 0);
    }

    /// @notice A gateway attests what it read, also when its last device has gone meanwhile.
    function test_TheFormerGatewayAttestsTheTimeBefore() public {
        move(2, CHANGE);
        vm.assertEq(registry.attestationKey(1, COMMUNITY, CHANGE - 900, CHANGE), vm.addr(GATEWAY_SECRET), "before");
        expectNotInCommunity(1);
        registry.attestationKey(1, COMMUNITY, CHANGE, CHANGE + 900);
        vm.assertEq(registry.attestationKey(2, COMMUNITY, CHANGE, CHANGE + 900), vm.addr(GATEWAY_SECRET + 1), "after");
        expectNotInCommunity(3);
        registry.attestationKey(3, COMMUNITY, CHANGE, CHANGE + 900);
    }

    function test_AMoveThatLiesAheadIsReplaced() public {
        move(2, CHANGE);
        move(3, CHANGE + 3_600);
        vm.assertEq(registry.gatewayOf(1, CHANGE), 1, "stays longer");
        vm.assertEq(registry.gatewayOf(1, CHANGE + 3_600), 3, "then there");
        checkBehind(0, 0, 1);
        vm.assertEq(registry.attestationKey(1, COMMUNITY, CHANGE, CHANGE + 900), vm.addr(GATEWAY_SECRET), "still reads");
        expectNotInCommunity(2);
        registry.attestationKey(2, COMMUNITY, START, START + 900);
    }

    function test_RefusesMovesThatCannotBe() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownDevice.selector, 2));
        registry.moveDevice(2, 2, CHANGE);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownGateway.selector, 4));
        registry.moveDevice(1, 4, CHANGE);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidChangeTime.selector, START - 3_600));
        registry.moveDevice(1, 2, START - 3_600);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidChangeTime.selector, START + 900));
        registry.moveDevice(1, 2, START + 900);
    }

    struct Move {
        uint8 wait;
        uint8 ahead;
        uint8 gateway;
    }

    mapping(uint256 hour => uint32 gateway) private model;

    /// @notice Against a plain table of hours: which gateway reads the device, and that it may attest them.
    function testFuzz_GatewayOfEveryHour(Move[8] memory moves, uint8 end) public {
        uint256 first = START / 3_600;
        uint256 last = first + 8 * 6 + 16;
        for (uint256 hour = first; hour <= last; ++hour) {
            model[hour] = 1;
        }
        for (uint256 i = 0; i < moves.length; ++i) {
            vm.warp(block.timestamp + uint256(moves[i].wait % 6) * 3_600);
            uint256 from = block.timestamp / 3_600 + moves[i].ahead % 8;
            uint32 gateway = 1 + moves[i].gateway % 3;
            // A move ahead that another replaces never was.
            uint32 now_ = registry.gatewayOf(1, uint64(block.timestamp));
            for (uint256 hour = block.timestamp / 3_600; hour <= last; ++hour) {
                model[hour] = hour < from ? now_ : gateway;
            }
            move(gateway, uint64(from * 3_600));
        }
        uint256 ending = block.timestamp / 3_600 + end % 8;
        vm.prank(registrar);
        registry.decommissionDevice(1, uint64(ending * 3_600));
        checkBehind(0, 0, 0);
        for (uint256 hour = first; hour <= last; ++hour) {
            uint64 start = uint64(hour * 3_600);
            uint32 gateway = registry.gatewayOf(1, start + 600);
            vm.assertEq(gateway, hour < ending ? model[hour] : 0, "gateway of the hour");
            if (gateway != 0) registry.attestationKey(gateway, COMMUNITY, start, start + 3_600);
        }
    }

    /* A KEY OF ITS OWN */

    function test_ADevicesOwnKeyAndItsHistory() public {
        vm.assertEq(registry.deviceKeyAt(1, START), 0, "none at first");
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.DeviceKeySet(1, KEY, START);
        registry.setDeviceKey(1, KEY, START);
        registry.setDeviceKey(1, keccak256("next"), CHANGE);
        vm.assertEq(registry.deviceKeyAt(1, START - 1), 0, "before");
        vm.assertEq(registry.deviceKeyAt(1, START), KEY, "first key");
        vm.assertEq(registry.deviceKeyAt(1, CHANGE), keccak256("next"), "next key");
        vm.warp(CHANGE + 1);
        registry.setDeviceKey(1, 0, CHANGE + 3_600);
        vm.assertEq(registry.deviceKeyAt(1, CHANGE + 3_599), keccak256("next"), "until it is taken away");
        vm.assertEq(registry.deviceKeyAt(1, CHANGE + 3_600), 0, "taken away");
    }

    function test_RefusesKeysThatCannotBe() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownDevice.selector, 2));
        registry.setDeviceKey(2, KEY, CHANGE);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidChangeTime.selector, CHANGE + 1));
        registry.setDeviceKey(1, KEY, CHANGE + 1);
    }

    /* RELATIONS */

    function test_RelatesParticipantsAndEndsIt() public {
        vm.startPrank(registrar);
        expectEvent(address(registry));
        emit IRegistry.DeviceRelated(1, OTHER, 1);
        registry.relateDevice(1, OTHER, 1);
        registry.relateDevice(1, OTHER, 3);
        registry.relateDevice(1, GRID, 2);
        vm.assertEq(registry.relationCount(1), 3, "relations");
        vm.assertTrue(registry.isRelated(1, OTHER, 1), "co-owner");
        vm.assertFalse(registry.isRelated(1, OTHER, 2), "no user");
        (, uint32 owner,,,,) = registry.device(1);
        vm.assertEq(owner, OWNER, "the owner stays");

        expectEvent(address(registry));
        emit IRegistry.DeviceUnrelated(1, OTHER, 1);
        registry.unrelateDevice(1, OTHER, 1);
        vm.assertFalse(registry.isRelated(1, OTHER, 1), "no co-owner");
        vm.assertTrue(registry.isRelated(1, OTHER, 3), "still aggregator");
        vm.assertEq(registry.relationCount(1), 2, "relations left");
    }

    function test_RefusesRelationsThatCannotBe() public {
        vm.startPrank(registrar);
        registry.relateDevice(1, OTHER, 1);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.AlreadyRelated.selector, 1, OTHER, 1));
        registry.relateDevice(1, OTHER, 1);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NotRelated.selector, 1, OTHER, 2));
        registry.unrelateDevice(1, OTHER, 2);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 4));
        registry.relateDevice(1, 4, 1);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownDevice.selector, 2));
        registry.relateDevice(2, OTHER, 1);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidRelation.selector, 0));
        registry.relateDevice(1, OTHER, 0);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidRelation.selector, 4));
        registry.relateDevice(1, OTHER, 4);
    }

    function test_ADeviceHasAHundredRelationsAtMost() public {
        registerUpTo(102);
        vm.startPrank(registrar);
        for (uint32 account = 3; account <= 102; ++account) {
            registry.relateDevice(1, account, 2);
        }
        vm.expectRevert(abi.encodeWithSelector(IRegistry.TooManyRelations.selector, 1, 100));
        registry.relateDevice(1, GRID, 2);
    }

    /* THE END */

    function test_ADecommissionedDeviceCountsNoMore() public {
        vm.startPrank(registrar);
        registry.relateDevice(1, OTHER, 1);
        expectEvent(address(registry));
        emit IRegistry.DeviceDecommissioned(1, CHANGE);
        registry.decommissionDevice(1, CHANGE);
        vm.assertEq(registry.gatewayOf(1, CHANGE - 1), 1, "until then");
        vm.assertEq(registry.gatewayOf(1, CHANGE), 0, "from then on");
        (,,,,, uint64 since) = registry.device(1);
        vm.assertEq(since, CHANGE, "since when");
        checkBehind(0, 0, 0);
        vm.assertEq(registry.attestationKey(1, COMMUNITY, CHANGE - 900, CHANGE), vm.addr(GATEWAY_SECRET), "before");
        expectNotInCommunity(1);
        registry.attestationKey(1, COMMUNITY, CHANGE, CHANGE + 900);

        bytes memory refusal = abi.encodeWithSelector(IRegistry.DeviceOutOfService.selector, 1, CHANGE);
        vm.expectRevert(refusal);
        registry.decommissionDevice(1, CHANGE);
        vm.expectRevert(refusal);
        registry.moveDevice(1, 2, CHANGE);
        vm.expectRevert(refusal);
        registry.setDeviceKey(1, KEY, CHANGE);
        vm.expectRevert(refusal);
        registry.relateDevice(1, GRID, 1);
        registry.unrelateDevice(1, OTHER, 1);
        vm.assertEq(registry.registerDevice(COMMUNITY, OWNER, 1, 0, START), 2, "its number is not given again");
    }

    function test_RefusesAnEndThatCannotBe() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownDevice.selector, 2));
        registry.decommissionDevice(2, CHANGE);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidChangeTime.selector, START - 3_600));
        registry.decommissionDevice(1, START - 3_600);
    }

    function test_RefusesADeviceThatCountsTooLate() public {
        uint64 late = uint64(type(uint48).max) + 1;
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidValidity.selector, late, type(uint48).max));
        registry.registerDevice(COMMUNITY, OWNER, 1, 0, late);
    }

    function test_OnlyTheRegistrarChangesDevices() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(walletOf(OWNER));
        expectUnauthorized(walletOf(OWNER), role);
        registry.moveDevice(1, 2, CHANGE);
        expectUnauthorized(walletOf(OWNER), role);
        registry.setDeviceKey(1, KEY, CHANGE);
        expectUnauthorized(walletOf(OWNER), role);
        registry.decommissionDevice(1, CHANGE);
        expectUnauthorized(walletOf(OWNER), role);
        registry.relateDevice(1, OTHER, 1);
        expectUnauthorized(walletOf(OWNER), role);
        registry.unrelateDevice(1, OTHER, 1);
    }

    /* HELPERS */

    function move(uint32 gateway, uint64 since) private {
        vm.prank(registrar);
        registry.moveDevice(1, gateway, since);
    }

    function checkBehind(uint32 first, uint32 second, uint32 third) private view {
        vm.assertEq(registry.devicesBehind(1, COMMUNITY), first, "behind gateway 1");
        vm.assertEq(registry.devicesBehind(2, COMMUNITY), second, "behind gateway 2");
        vm.assertEq(registry.devicesBehind(3, COMMUNITY), third, "behind gateway 3");
    }

    function expectNotInCommunity(uint32 gateway) private {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotInCommunity.selector, gateway, COMMUNITY));
    }
}
