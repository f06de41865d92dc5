// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MeterRelay} from "./base/MeterRelay.sol";

/// @notice What must hold after any history of attestations, corrections and settlements.
contract MeteringInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    MeterRelay private relay;

    function setUp() public {
        relay = new MeterRelay();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(relay);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](4);
        // Thrice, so that intervals are not closed before much is said of them.
        selectors[0] = MeterRelay.state.selector;
        selectors[1] = MeterRelay.state.selector;
        selectors[2] = MeterRelay.state.selector;
        selectors[3] = MeterRelay.close.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(relay), selectors);
    }

    function invariant_TotalsAreTheSumOfWhatHolds() public view {
        relay.checkTotals();
    }

    function invariant_EveryRootIsTraced() public view {
        relay.checkTrace();
    }

    function invariant_SequencesAreTheGateways() public view {
        relay.checkSequences();
    }
}
