// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Trader} from "./base/Trader.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of settlements, transfers and retirements.
contract ConservationInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Trader private trader;

    function setUp() public {
        trader = new Trader();
        trader.setUp();
        trader.liveAnInterval(0);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(trader);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = Trader.liveAnInterval.selector;
        selectors[1] = Trader.retire.selector;
        selectors[2] = Trader.transfer.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(trader), selectors);
    }

    function invariant_MoneyIsWhatWasDeposited() public view {
        vm.assertEq(trader.moneySupply(), trader.deposited(), "money supply");
    }

    function invariant_MoneyIsInTheWallets() public view {
        vm.assertEq(trader.moneyOfAll(), trader.moneySupply(), "sum of balances");
    }

    function invariant_EnergyIsSettledExportLessWhatWasRetired() public view {
        vm.assertEq(trader.energySupply(), trader.exportedAndSettled() - trader.retired(), "energy supply");
    }

    function invariant_EnergyIsInTheWallets() public view {
        vm.assertEq(trader.energyOfAll(), trader.energySupply(), "sum of balances");
    }
}
