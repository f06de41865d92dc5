// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MoneyUser} from "./base/MoneyUser.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of deposits, reversals, settlements, pay-outs and pauses.
contract MoneyInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    MoneyUser private user;

    function setUp() public {
        user = new MoneyUser();
        user.setUp();
        user.deposit(0, 1e15);
        user.ask(0, 1e14);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(user);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = MoneyUser.deposit.selector;
        selectors[1] = MoneyUser.reverse.selector;
        selectors[2] = MoneyUser.passOn.selector;
        selectors[3] = MoneyUser.giveUp.selector;
        selectors[4] = MoneyUser.settle.selector;
        selectors[5] = MoneyUser.ask.selector;
        selectors[6] = MoneyUser.confirm.selector;
        selectors[7] = MoneyUser.reject.selector;
        selectors[8] = MoneyUser.expire.selector;
        selectors[9] = MoneyUser.stop.selector;
        selectors[10] = MoneyUser.wait.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(user), selectors);
    }

    function invariant_SupplyEqualsBacking() public view {
        vm.assertEq(user.supply(), user.backing(), "backing");
        uint256 expected = user.minted() - user.paidOut() - user.burned() - user.reversed();
        vm.assertEq(user.supply(), expected, "what was paid in and not out");
    }

    function invariant_TheLedgerIsWhatHappened() public view {
        (uint128 minted, uint128 paidOut, uint128 burned, uint128 reversed) = user.ledger();
        vm.assertEq(minted, user.minted(), "minted");
        vm.assertEq(paidOut, user.paidOut(), "paid out");
        vm.assertEq(burned, user.burned(), "burned");
        vm.assertEq(reversed, user.reversed(), "reversed");
    }

    function invariant_BalancesAddUpToTheSupply() public view {
        vm.assertEq(user.held() + user.setAside(), user.supply(), "sum of balances");
    }

    function invariant_WhatIsSetAsideIsWhatIsAskedFor() public view {
        vm.assertEq(user.setAside(), user.askedFor(), "set aside");
    }

    function invariant_NobodyIsStuck() public {
        uint256 state = vm.snapshotState();
        user.leaveAlone();
        vm.assertEq(user.setAside(), 0, "set aside");
        vm.assertEq(user.held(), user.supply(), "all with holders");
        vm.revertToState(state);
    }
}
