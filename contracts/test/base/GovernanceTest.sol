// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";

import {Directory} from "../../src/governance/Directory.sol";
import {EmergencyPause} from "../../src/governance/EmergencyPause.sol";
import {Timelock} from "../../src/governance/Timelock.sol";
import {Consortia} from "../../src/registry/Consortia.sol";
import {GridReconciliation} from "../../src/tokens/GridReconciliation.sol";
import {RewardPoints} from "../../src/tokens/RewardPoints.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {vm} from "./Vm.sol";

/// @notice A community with all its contracts, a pauser at those that can be paused, and a timelock that can become the
/// admin of all of them.
abstract contract GovernanceTest is CommunityTest {
    uint256 internal constant DELAY = 2 days;
    bytes32 internal constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    address internal immutable proposer = vm.addr(41);
    address internal immutable pauser = vm.addr(42);

    Consortia internal consortia;
    RewardPoints internal points;
    GridReconciliation internal reconciliation;
    Directory internal directory;
    Timelock internal timelock;

    function setUp() public virtual override {
        super.setUp();
        consortia = new Consortia(address(this), registry);
        points = new RewardPoints(address(this));
        reconciliation = new GridReconciliation(address(this), settlement);
        directory = new Directory(address(this));
        timelock = new Timelock(DELAY, one(proposer));
        consortia.grantRole(consortia.REGISTRAR_ROLE(), registrar);
        EmergencyPause[3] memory paused = [EmergencyPause(registry), consortia, settlement];
        for (uint256 i = 0; i < paused.length; ++i) {
            paused[i].grantRole(PAUSER_ROLE, pauser);
        }
        market.grantRole(PAUSER_ROLE, pauser);
        currency.grantRole(PAUSER_ROLE, pauser);
        points.grantRole(PAUSER_ROLE, pauser);
    }

    /// @dev Contracts with an admin that is exchanged in two steps.
    function governed() internal view returns (AccessControlDefaultAdminRules[] memory contracts) {
        contracts = new AccessControlDefaultAdminRules[](11);
        contracts[0] = registry;
        contracts[1] = consortia;
        contracts[2] = metering;
        contracts[3] = settlement;
        contracts[4] = currency;
        contracts[5] = energy;
        contracts[6] = points;
        contracts[7] = reconciliation;
        contracts[8] = directory;
        contracts[9] = market;
        contracts[10] = disputes;
    }

    /// @dev Makes the timelock the admin of all of them, in the two steps that it takes.
    function handOver() internal {
        AccessControlDefaultAdminRules[] memory contracts = governed();
        address[] memory targets = new address[](contracts.length);
        uint256[] memory values = new uint256[](contracts.length);
        bytes[] memory payloads = new bytes[](contracts.length);
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i].beginDefaultAdminTransfer(address(timelock));
            targets[i] = address(contracts[i]);
            payloads[i] = abi.encodeCall(contracts[i].acceptDefaultAdminTransfer, ());
        }
        vm.prank(proposer);
        timelock.scheduleBatch(targets, values, payloads, 0, 0, DELAY);
        vm.warp(block.timestamp + DELAY);
        vm.prank(stranger);
        timelock.executeBatch(targets, values, payloads, 0, 0);
    }

    function schedule(address target, bytes memory data) internal returns (bytes32 operation) {
        vm.prank(proposer);
        timelock.schedule(target, 0, data, 0, 0, DELAY);
        return timelock.hashOperation(target, 0, data, 0, 0);
    }

    /// @dev Anybody executes.
    function execute(address target, bytes memory data) internal {
        vm.prank(stranger);
        timelock.execute(target, 0, data, 0, 0);
    }

    function one(address account) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }

    function pause(EmergencyPause which) internal {
        vm.prank(pauser);
        which.pause();
    }

    function expectPaused() internal {
        vm.expectRevert(bytes4(keccak256("EnforcedPause()")));
    }
}
