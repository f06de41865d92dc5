// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PointsUser} from "./base/PointsUser.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of rewards, reversals, redemptions and pauses.
contract PointsInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    PointsUser private user;

    function setUp() public {
        user = new PointsUser();
        user.setUp();
        user.give(0, 1_000);
        user.exchange(0, 100);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(user);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = PointsUser.give.selector;
        selectors[1] = PointsUser.takeBack.selector;
        selectors[2] = PointsUser.exchange.selector;
        selectors[3] = PointsUser.issueOne.selector;
        selectors[4] = PointsUser.confirmOne.selector;
        selectors[5] = PointsUser.cancelOne.selector;
        selectors[6] = PointsUser.timeOut.selector;
        selectors[7] = PointsUser.stop.selector;
        selectors[8] = PointsUser.wait.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(user), selectors);
    }

    function invariant_SupplyIsWhatWasRewardedLessReversedAndSpent() public view {
        vm.assertEq(user.supply(), user.rewarded() - user.reversed() - user.spent(), "supply");
    }

    function invariant_BalancesAddUpToTheSupply() public view {
        vm.assertEq(user.held() + user.setAside(), user.supply(), "sum of balances");
    }

    function invariant_WhatIsSetAsideIsUnderway() public view {
        vm.assertEq(user.setAside(), user.underway(), "set aside");
    }

    function invariant_NoRewardIsReversedBeyondItself() public view {
        user.expectRewards();
    }

    function invariant_NobodyIsStuck() public {
        uint256 state = vm.snapshotState();
        user.leaveAlone();
        vm.assertEq(user.setAside(), 0, "set aside");
        vm.assertEq(user.held(), user.supply(), "all with holders");
        vm.revertToState(state);
    }
}
