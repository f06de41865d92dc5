// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortia} from "../src/registry/Consortia.sol";
import {IConsortia} from "../src/registry/IConsortia.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Accounts 2 to 5 and devices 1 to 4; a consortium is made of accounts 2 and 3 with device 1.
contract ConsortiaTest is CommunityTest {
    bytes32 private constant AGREEMENT = keccak256("agreement");

    Consortia private consortia;

    function setUp() public override {
        super.setUp();
        registerUpTo(5);
        consortia = new Consortia(address(this), registry);
        consortia.grantRole(consortia.REGISTRAR_ROLE(), registrar);
        for (uint256 i = 0; i < 4; ++i) {
            registerGateway(GATEWAY_SECRET + i, 2);
        }
    }

    /* CREATING */

    function test_CreatesConsortiaInSequence() public {
        vm.startPrank(registrar);
        expectEvent(address(consortia));
        emit IConsortia.ConsortiumCreated(1, AGREEMENT);
        expectEvent(address(consortia));
        emit IConsortia.MemberSet(1, 2, 60);
        expectEvent(address(consortia));
        emit IConsortia.MemberSet(1, 3, 40);
        expectEvent(address(consortia));
        emit IConsortia.ConsortiumDeviceAdded(1, 1);
        vm.assertEq(consortia.createConsortium(AGREEMENT, pair(2, 60, 3, 40), one(1)), 1, "number");
        vm.assertEq(consortia.createConsortium(AGREEMENT, pair(2, 1, 3, 1), one(2)), 2, "next number");
        vm.assertEq(consortia.consortiumCount(), 2, "count");

        (bytes32 agreementHash, uint64 totalWeight) = consortia.consortium(1);
        vm.assertEq(agreementHash, AGREEMENT, "agreement");
        vm.assertEq(totalWeight, 100, "sum of weights");
        IConsortia.Member[] memory members = consortia.membersOf(1);
        vm.assertEq(members.length, 2, "members");
        vm.assertEq(members[1].account, 3, "account");
        vm.assertEq(members[1].weight, 40, "weight");
        vm.assertEq(consortia.weightOf(1, 2), 60, "weight of a member");
        vm.assertEq(consortia.weightOf(1, 4), 0, "weight of a stranger");
        vm.assertEq(consortia.devicesOf(1).length, 1, "devices");
        vm.assertEq(consortia.consortiumOf(1), 1, "consortium of a device");
        vm.assertEq(consortia.consortiumOf(3), 0, "of a device without");
    }

    function test_RefusesConsortiaOfNobody() public {
        IConsortia.Member[] memory nobody = new IConsortia.Member[](0);
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.LastMember.selector, 1, 0));
        consortia.createConsortium(AGREEMENT, nobody, one(1));
        vm.expectRevert(abi.encodeWithSelector(IConsortia.AlreadyMember.selector, 1, 2));
        consortia.createConsortium(AGREEMENT, pair(2, 1, 2, 1), one(1));
        vm.assertEq(consortia.consortiumCount(), 0, "no number used");
    }

    function test_ReplacesTheAgreement() public {
        create();
        vm.startPrank(registrar);
        expectEvent(address(consortia));
        emit IConsortia.AgreementReplaced(1, keccak256("next"));
        consortia.replaceAgreement(1, keccak256("next"));
        (bytes32 agreementHash,) = consortia.consortium(1);
        vm.assertEq(agreementHash, keccak256("next"), "agreement");
        expectUnknown(2);
        consortia.replaceAgreement(2, AGREEMENT);
    }

    /* MEMBERS */

    function test_AddsAMember() public {
        create();
        vm.startPrank(registrar);
        expectEvent(address(consortia));
        emit IConsortia.MemberSet(1, 4, 7);
        consortia.addMember(1, 4, 7);
        vm.assertEq(consortia.weightOf(1, 4), 7, "weight");
        checkTotal(107);
    }

    function test_RefusesMembersThatCannotBe() public {
        create();
        vm.startPrank(registrar);
        expectUnknown(2);
        consortia.addMember(2, 4, 1);
        expectUnknown(0);
        consortia.addMember(0, 4, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.UnknownMember.selector, 0));
        consortia.addMember(1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.UnknownMember.selector, 6));
        consortia.addMember(1, 6, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.InvalidWeight.selector, 4));
        consortia.addMember(1, 4, 0);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.AlreadyMember.selector, 1, 3));
        consortia.addMember(1, 3, 1);
    }

    function test_SetsAWeight() public {
        create();
        vm.startPrank(registrar);
        expectEvent(address(consortia));
        emit IConsortia.MemberSet(1, 2, type(uint32).max);
        consortia.setWeight(1, 2, type(uint32).max);
        checkTotal(uint64(type(uint32).max) + 40);
        consortia.setWeight(1, 2, 1);
        checkTotal(41);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.InvalidWeight.selector, 2));
        consortia.setWeight(1, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.NotAMember.selector, 1, 4));
        consortia.setWeight(1, 4, 1);
        expectUnknown(2);
        consortia.setWeight(2, 2, 1);
    }

    function test_RemovesAMember() public {
        create();
        vm.startPrank(registrar);
        consortia.addMember(1, 4, 7);
        expectEvent(address(consortia));
        emit IConsortia.MemberRemoved(1, 2);
        consortia.removeMember(1, 2);
        vm.assertEq(consortia.weightOf(1, 2), 0, "removed");
        vm.assertEq(consortia.weightOf(1, 3), 40, "stays");
        vm.assertEq(consortia.weightOf(1, 4), 7, "stays in another place");
        checkTotal(47);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.NotAMember.selector, 1, 2));
        consortia.removeMember(1, 2);
        consortia.removeMember(1, 3);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.LastMember.selector, 1, 4));
        consortia.removeMember(1, 4);
        consortia.addMember(1, 2, 5);
        checkTotal(12);
    }

    function test_AMemberLeavesOnItsOwn() public {
        create();
        bytes32 role = consortia.REGISTRAR_ROLE();
        vm.prank(walletOf(2));
        expectUnauthorized(walletOf(2), role);
        consortia.removeMember(1, 3);
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        consortia.removeMember(1, 0);
        vm.prank(walletOf(3));
        consortia.removeMember(1, 3);
        checkTotal(60);
        vm.prank(walletOf(3));
        expectUnknown(2);
        consortia.removeMember(2, 3);
    }

    function test_AHundredMembersAtMost() public {
        create();
        registerUpTo(102);
        vm.startPrank(registrar);
        for (uint32 account = 4; account <= 101; ++account) {
            consortia.addMember(1, account, 1);
        }
        vm.expectRevert(abi.encodeWithSelector(IConsortia.TooManyMembers.selector, 1, 100));
        consortia.addMember(1, 102, 1);
        (, uint256[] memory amounts) = consortia.sharesOf(1, type(uint128).max);
        vm.assertEq(amounts.length, 100, "shares of all");
    }

    /* DEVICES */

    function test_AddsAndRemovesDevices() public {
        create();
        vm.startPrank(registrar);
        consortia.addDevice(1, 2);
        consortia.addDevice(1, 3);
        expectEvent(address(consortia));
        emit IConsortia.ConsortiumDeviceRemoved(1, 1);
        consortia.removeDevice(1, 1);
        vm.assertEq(consortia.consortiumOf(1), 0, "removed");
        uint32[] memory devices = consortia.devicesOf(1);
        vm.assertEq(devices.length, 2, "left");
        vm.assertEq(devices[0], 3, "moved up");
        consortia.removeDevice(1, 3);
        consortia.removeDevice(1, 2);
        vm.assertEq(consortia.devicesOf(1).length, 0, "none left");
        consortia.addDevice(1, 1);
        vm.assertEq(consortia.consortiumOf(1), 1, "again");
    }

    function test_RefusesDevicesThatCannotBe() public {
        create();
        vm.startPrank(registrar);
        consortia.createConsortium(AGREEMENT, pair(2, 1, 3, 1), one(2));
        vm.expectRevert(abi.encodeWithSelector(IConsortia.DeviceTaken.selector, 1, 1));
        consortia.addDevice(2, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.DeviceNotOfConsortium.selector, 2, 1));
        consortia.removeDevice(2, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.DeviceNotOfConsortium.selector, 1, 4));
        consortia.removeDevice(1, 4);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.UnknownConsortiumDevice.selector, 5));
        consortia.addDevice(1, 5);
        expectUnknown(3);
        consortia.addDevice(3, 3);
        registry.decommissionDevice(4, START);
        vm.expectRevert(abi.encodeWithSelector(IConsortia.UnknownConsortiumDevice.selector, 4));
        consortia.addDevice(1, 4);
    }

    function test_AHundredDevicesAtMost() public {
        create();
        vm.startPrank(registrar);
        for (uint256 i = 0; i < 97; ++i) {
            registry.registerDevice(COMMUNITY, 2, 1, 0, 0);
        }
        for (uint32 device = 2; device <= 100; ++device) {
            consortia.addDevice(1, device);
        }
        vm.expectRevert(abi.encodeWithSelector(IConsortia.TooManyDevices.selector, 1, 100));
        consortia.addDevice(1, 101);
    }

    /* SHARES */

    function test_SharesByLargestRemainderThenByAccount() public {
        create();
        vm.startPrank(registrar);
        consortia.setWeight(1, 2, 1);
        consortia.setWeight(1, 3, 1);
        consortia.addMember(1, GRID, 1);
        (IConsortia.Member[] memory members, uint256[] memory amounts) = consortia.sharesOf(1, 8);
        vm.assertEq(members[0].account, 2, "second account, first member");
        vm.assertEq(amounts[0], 3, "second account: the second unit that is left");
        vm.assertEq(amounts[1], 2, "third account: none");
        vm.assertEq(amounts[2], 3, "first account: the first unit that is left");
        expectUnknown(2);
        consortia.sharesOf(2, 8);
    }

    struct Step {
        uint8 account;
        uint32 weight;
        uint8 device;
    }

    /// @notice After any sequence of changes, the sum, the lists and the single answers agree.
    function testFuzz_ListsAndSumsAgree(Step[16] memory steps) public {
        create();
        vm.startPrank(registrar);
        for (uint256 i = 0; i < steps.length; ++i) {
            uint32 account = 1 + steps[i].account % 5;
            uint32 weight = steps[i].weight == 0 ? 1 : steps[i].weight;
            bool isMember = consortia.weightOf(1, account) != 0;
            if (!isMember) consortia.addMember(1, account, weight);
            else if (weight % 2 == 0) consortia.setWeight(1, account, weight);
            else if (consortia.membersOf(1).length > 1) consortia.removeMember(1, account);
            uint32 device = 1 + steps[i].device % 4;
            if (consortia.consortiumOf(device) == 0) consortia.addDevice(1, device);
            else consortia.removeDevice(1, device);
        }
        checkLists();
    }

    function checkLists() private view {
        IConsortia.Member[] memory members = consortia.membersOf(1);
        uint256 count = 0;
        uint64 sum = 0;
        for (uint32 account = 1; account <= 5; ++account) {
            if (consortia.weightOf(1, account) != 0) ++count;
        }
        vm.assertEq(members.length, count, "members, each once");
        for (uint256 i = 0; i < members.length; ++i) {
            vm.assertEq(members[i].weight, consortia.weightOf(1, members[i].account), "weight");
            sum += members[i].weight;
        }
        checkTotal(sum);
        uint32[] memory devices = consortia.devicesOf(1);
        count = 0;
        for (uint32 device = 1; device <= 4; ++device) {
            if (consortia.consortiumOf(device) == 1) ++count;
        }
        vm.assertEq(devices.length, count, "devices, each once");
        for (uint256 i = 0; i < devices.length; ++i) {
            vm.assertEq(consortia.consortiumOf(devices[i]), 1, "device of the list");
        }
    }

    /* WHO MAY */

    function test_OnlyTheRegistrarChanges() public {
        create();
        bytes32 role = consortia.REGISTRAR_ROLE();
        address member = walletOf(2);
        vm.startPrank(member);
        expectUnauthorized(member, role);
        consortia.createConsortium(AGREEMENT, pair(2, 1, 3, 1), one(1));
        expectUnauthorized(member, role);
        consortia.replaceAgreement(1, AGREEMENT);
        expectUnauthorized(member, role);
        consortia.addMember(1, 4, 1);
        expectUnauthorized(member, role);
        consortia.setWeight(1, 2, 99);
        expectUnauthorized(member, role);
        consortia.addDevice(1, 2);
        expectUnauthorized(member, role);
        consortia.removeDevice(1, 1);
    }

    /* HELPERS */

    function create() private {
        vm.prank(registrar);
        consortia.createConsortium(AGREEMENT, pair(2, 60, 3, 40), one(1));
    }

    function pair(uint32 first, uint32 firstWeight, uint32 second, uint32 secondWeight)
        private
        pure
        returns (IConsortia.Member[] memory members)
    {
        members = new IConsortia.Member[](2);
        members[0] = IConsortia.Member(first, firstWeight);
        members[1] = IConsortia.Member(second, secondWeight);
    }

    function one(uint32 device) private pure returns (uint32[] memory devices) {
        devices = new uint32[](1);
        devices[0] = device;
    }

    function checkTotal(uint64 expected) private view {
        (, uint64 totalWeight) = consortia.consortium(1);
        vm.assertEq(totalWeight, expected, "sum of weights");
    }

    function expectUnknown(uint32 consortium) private {
        vm.expectRevert(abi.encodeWithSelector(IConsortia.UnknownConsortium.selector, consortium));
    }
}
