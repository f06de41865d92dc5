// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intruder} from "./base/Intruder.sol";
import {vm} from "./base/Vm.sol";

/// @notice Nobody gains a role, or takes one from another, but by what lay open in the timelock for its delay.
contract RolesInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Intruder private intruder;

    function setUp() public {
        intruder = new Intruder();
        intruder.setUp();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(intruder);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = Intruder.intrude.selector;
        selectors[1] = Intruder.intrudeTimelock.selector;
        selectors[2] = Intruder.propose.selector;
        selectors[3] = Intruder.execute.selector;
        selectors[4] = Intruder.resign.selector;
        selectors[5] = Intruder.wait.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(intruder), selectors);
    }

    function invariant_NoAttemptSucceeds() public view {
        vm.assertEq(intruder.successes(), 0, "attempts that succeeded");
    }

    function invariant_TheTimelockStaysAsItWasSetUp() public view {
        intruder.requireTimelockAsSetUp();
    }

    /// @dev After each history: the book of all roles is too long to be compared after each step.
    function afterInvariant() public view {
        intruder.requireRolesAsNoted();
    }
}
