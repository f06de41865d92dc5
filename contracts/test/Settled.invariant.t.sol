// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Resettler} from "./base/Resettler.sol";
import {Trader} from "./base/Trader.sol";

/// @notice What must hold after any history of settlements and of attempts to settle again.
contract SettledInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Resettler private resettler;

    function setUp() public {
        resettler = new Resettler();
        resettler.setUp();
        resettler.settleAnInterval(0);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(resettler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = Resettler.settleAnInterval.selector;
        selectors[1] = Resettler.settleAgain.selector;
        selectors[2] = Trader.transfer.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(resettler), selectors);
    }

    function invariant_NoIntervalIsSettledTwice() public view {
        resettler.checkRecords();
    }
}
