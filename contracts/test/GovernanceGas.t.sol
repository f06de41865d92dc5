// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What the steps of governance cost, as `Gas.t.sol` measures. Written to `snapshots/GovernanceGas.json`.
/// @dev Each call is a transaction of its own, as on a chain.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract GovernanceGasTest is GovernanceTest {
    function test_AdminTransfer() public {
        address next = vm.addr(51);
        registry.beginDefaultAdminTransfer(next);
        snapshot("announce another admin");
        vm.warp(block.timestamp + 1 days + 1);
        vm.prank(next);
        registry.acceptDefaultAdminTransfer();
        snapshot("accept the admin's role");
    }

    function test_Operations() public {
        handOver();
        snapshot("hand nine contracts over to a timelock: the last step");
        bytes memory unpause = abi.encodeCall(registry.unpause, ());
        pause(registry);
        snapshot("begin a pause");
        vm.prank(proposer);
        timelock.schedule(address(registry), 0, unpause, 0, 0, DELAY);
        snapshot("schedule a call");
        vm.warp(block.timestamp + DELAY);
        execute(address(registry), unpause);
        snapshot("execute a scheduled call, the end of a pause");
    }

    function test_Directory() public {
        directory.set("Registry", address(registry));
        directory.set("Market", address(market));
        snapshot("enter a contract in the directory");
        directory.set("Market", address(settlement));
        snapshot("enter another version");
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("GovernanceGas", name, vm.lastCallGas().gasTotalUsed);
    }
}
