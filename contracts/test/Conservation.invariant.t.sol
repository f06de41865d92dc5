// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementUser} from "./base/SettlementUser.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of settlements, corrections, fees, transfers and retirements.
contract ConservationInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    SettlementUser private trader;

    function setUp() public {
        trader = new SettlementUser();
        trader.setUp();
        trader.settleOne(0);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(trader);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = SettlementUser.settleOne.selector;
        selectors[1] = SettlementUser.settleSeveral.selector;
        selectors[2] = SettlementUser.correct.selector;
        selectors[3] = SettlementUser.announceFee.selector;
        selectors[4] = trader.retire.selector;
        selectors[5] = trader.transfer.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(trader), selectors);
    }

    function invariant_MoneyIsWhatWasDeposited() public view {
        vm.assertEq(trader.moneySupply(), trader.deposited(), "money supply");
    }

    function invariant_MoneyIsInTheWallets() public view {
        vm.assertEq(trader.moneyOfAll(), trader.moneySupply(), "sum of balances");
    }

    /// @notice What somebody owes after a correction is what it used up or passed on beyond what it was due.
    function invariant_EnergyIsSettledExportLessWhatWasRetiredAndMoreByDebts() public view {
        uint256 due = trader.exportedAndSettled() + trader.certificateDebts();
        vm.assertEq(trader.energySupply() + trader.retired(), due, "energy supply");
    }

    function invariant_EnergyIsInTheWallets() public view {
        vm.assertEq(trader.energyOfAll(), trader.energySupply(), "sum of balances");
    }

    function invariant_DebtsAreThoseOfTheAccounts() public view {
        vm.assertEq(trader.certificateDebtOfAll(), trader.certificateDebts(), "sum of debts");
    }

    function invariant_RecordsSayWhatHolds() public view {
        vm.assertEq(trader.wrongRecords(), 0, "wrong records");
    }
}
