// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Disputer} from "./base/Disputer.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of challenges, answers and decisions.
contract DisputesInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Disputer private disputer;

    function setUp() public {
        disputer = new Disputer();
        disputer.setUp();
        disputer.askWhoSigned(0, 0, 0);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(disputer);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = Disputer.askWhoSigned.selector;
        selectors[1] = Disputer.askForAnOrder.selector;
        selectors[2] = Disputer.showTheDuplicate.selector;
        selectors[3] = Disputer.answer.selector;
        selectors[4] = Disputer.uphold.selector;
        selectors[5] = Disputer.decide.selector;
        selectors[6] = Disputer.expire.selector;
        selectors[7] = Disputer.wait.selector;
        selectors[8] = Disputer.waitLong.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(disputer), selectors);
    }

    function invariant_DisputesAreWhatHappened() public view {
        disputer.checkStates();
    }

    function invariant_OnlyWhatNobodyDisputesIsSettled() public view {
        disputer.checkSettleable();
    }

    function invariant_NoIntervalIsStuck() public {
        uint256 state = vm.snapshotState();
        disputer.leaveAlone();
        vm.revertToState(state);
    }
}
