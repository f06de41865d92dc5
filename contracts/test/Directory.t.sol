// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "../src/governance/IDirectory.sol";
import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Which contract a name stands for, now and before. This test is the admin.
contract DirectoryTest is GovernanceTest {
    bytes32 private constant NAME = "Market";
    bytes32 private constant OTHER = "Registry";

    function test_ANameStandsForAContract() public {
        expectEvent(address(directory));
        emit IDirectory.ContractSet(NAME, address(market), 1);
        directory.set(NAME, address(market));
        vm.assertEq(directory.addressOf(NAME), address(market), "current");
        vm.assertEq(directory.addressOf(OTHER), address(0), "never entered");
    }

    function test_AnotherVersionTakesItsPlaceAndTheHistoryStays() public {
        uint64 first = uint64(block.timestamp);
        directory.set(NAME, address(market));
        vm.warp(first + 100);
        expectEvent(address(directory));
        emit IDirectory.ContractSet(NAME, address(settlement), 2);
        directory.set(NAME, address(settlement));
        vm.assertEq(directory.addressOf(NAME), address(settlement), "current");
        vm.assertEq(directory.addressAt(NAME, first - 1), address(0), "before");
        vm.assertEq(directory.addressAt(NAME, first), address(market), "first second");
        vm.assertEq(directory.addressAt(NAME, first + 99), address(market), "last second");
        vm.assertEq(directory.addressAt(NAME, first + 100), address(settlement), "changed");
        IDirectory.Version[] memory versions = directory.versions(NAME);
        vm.assertEq(versions.length, 2, "versions");
        vm.assertEq(versions[0].deployed, address(market), "first");
        vm.assertEq(uint256(versions[0].since), first, "since");
        vm.assertEq(versions[1].deployed, address(settlement), "second");
        vm.assertEq(uint256(versions[1].since), first + 100, "since then");
    }

    function test_TwoVersionsInOneSecondAreBothKept() public {
        directory.set(NAME, address(market));
        directory.set(NAME, address(settlement));
        vm.assertEq(directory.versions(NAME).length, 2, "versions");
        vm.assertEq(directory.addressOf(NAME), address(settlement), "the later one");
    }

    function test_ANameIsWithdrawnAndReturns() public {
        directory.set(NAME, address(market));
        directory.set(NAME, address(0));
        vm.assertEq(directory.addressOf(NAME), address(0), "withdrawn");
        directory.set(NAME, address(market));
        vm.assertEq(directory.addressOf(NAME), address(market), "back");
        vm.assertEq(directory.names().length, 1, "one name");
        vm.assertEq(directory.versions(NAME).length, 3, "three versions");
    }

    function test_ListsNamesInSequence() public {
        directory.set(NAME, address(market));
        directory.set(OTHER, address(registry));
        bytes32[] memory names = directory.names();
        vm.assertEq(names.length, 2, "names");
        vm.assertEq(names[0], NAME, "first");
        vm.assertEq(names[1], OTHER, "second");
    }

    function test_RefusesWhatIsNoContract() public {
        vm.expectRevert(abi.encodeWithSelector(IDirectory.NotAContract.selector, stranger));
        directory.set(NAME, stranger);
    }

    function test_RefusesTheSameAgain() public {
        vm.expectRevert(abi.encodeWithSelector(IDirectory.AlreadyCurrent.selector, NAME, address(0)));
        directory.set(NAME, address(0));
        directory.set(NAME, address(market));
        vm.expectRevert(abi.encodeWithSelector(IDirectory.AlreadyCurrent.selector, NAME, address(market)));
        directory.set(NAME, address(market));
    }

    function test_RefusesNoName() public {
        vm.expectRevert(IDirectory.NameMissing.selector);
        directory.set(0, address(market));
    }

    function test_TakesSoManyNames() public {
        uint256 most = directory.MAX_NAMES();
        for (uint256 i = 1; i <= most; ++i) {
            directory.set(bytes32(i), address(market));
        }
        vm.expectRevert(abi.encodeWithSelector(IDirectory.TooManyNames.selector, most));
        directory.set(bytes32(most + 1), address(market));
        directory.set(bytes32(most), address(settlement));
    }

    function test_ANameTakesSoManyVersions() public {
        uint256 most = directory.MAX_VERSIONS();
        for (uint256 i = 0; i < most; ++i) {
            directory.set(NAME, i % 2 == 0 ? address(market) : address(settlement));
        }
        vm.assertEq(directory.versions(NAME).length, most, "versions");
        vm.expectRevert(abi.encodeWithSelector(IDirectory.TooManyVersions.selector, NAME, most));
        directory.set(NAME, address(market));
    }

    function test_OnlyTheAdminEnters() public {
        address[3] memory others = [operator, registrar, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            expectUnauthorized(others[i], ADMIN_ROLE);
            directory.set(NAME, address(market));
        }
    }

    function test_TheTimelockEnters() public {
        handOver();
        bytes memory change = abi.encodeCall(directory.set, (NAME, address(market)));
        schedule(address(directory), change);
        vm.warp(block.timestamp + DELAY);
        execute(address(directory), change);
        vm.assertEq(directory.addressOf(NAME), address(market), "current");
    }
}
