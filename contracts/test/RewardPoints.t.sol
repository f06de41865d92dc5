// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardPoints} from "../src/tokens/IRewardPoints.sol";
import {PointsTest} from "./base/PointsTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Giving points, taking them back, and that they stay where they are.
contract RewardPointsTest is PointsTest {
    function test_DescribesPoints() public view {
        vm.assertEq(points.name(), "Commonwatt Points", "name");
        vm.assertEq(points.symbol(), "cwPTS", "symbol");
        vm.assertEq(points.decimals(), 0, "decimals");
    }

    /* REWARD */

    function test_Rewards() public {
        vm.prank(rewarder);
        expectEvent();
        emit IERC20.Transfer(address(0), ann, 50);
        expectEvent();
        emit IRewardPoints.Rewarded(ann, REASON, 50);
        points.reward(ann, 50, REASON);
        expectBalances(50, 0);
        expectReward(50, 0);
    }

    function test_RewardsSeveralForOneReason() public {
        reward(ann, 50, REASON);
        reward(bob, 30, REASON);
        vm.assertEq(points.balanceOf(bob), 30, "bob");
    }

    function test_RefusesToRewardTwice() public {
        reward(ann, 50, REASON);
        reverse(ann, REASON, 50);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.AlreadyRewarded.selector, ann, REASON));
        reward(ann, 50, REASON);
    }

    function test_RefusesARewardWithoutReason() public {
        vm.expectRevert(IRewardPoints.ReasonMissing.selector);
        reward(ann, 50, 0);
    }

    function test_RefusesARewardOfNothing() public {
        vm.expectRevert(IRewardPoints.PointsAreZero.selector);
        reward(ann, 0, REASON);
    }

    function test_RefusesToRewardItself() public {
        vm.expectRevert(abi.encodeWithSignature("ERC20InvalidReceiver(address)", address(points)));
        reward(address(points), 50, REASON);
    }

    function test_RefusesARewardThatTheEntryCannotHold() public {
        vm.expectPartialRevert(bytes4(keccak256("SafeCastOverflowedUintDowncast(uint8,uint256)")));
        reward(ann, uint256(type(uint128).max) + 1, REASON);
    }

    function test_OnlyARewarderRewards() public {
        bytes32 role = points.REWARDER_ROLE();
        vm.prank(issuer);
        expectUnauthorized(issuer, role);
        points.reward(ann, 50, REASON);
    }

    /* REVERSE */

    function test_ReversesAReward() public {
        reward(ann, 50, REASON);
        vm.prank(rewarder);
        expectEvent();
        emit IRewardPoints.RewardReversed(ann, REASON, 20, CORRECTION);
        points.reverseReward(ann, REASON, 20, CORRECTION);
        expectBalances(30, 0);
        expectReward(50, 20);
    }

    function test_ReversesAtMostTheRestOfThatReward() public {
        reward(ann, 50, REASON);
        reward(ann, 90, keccak256("another"));
        reverse(ann, REASON, 20);
        expectExceeds(31, 30);
        reverse(ann, REASON, 31);
        reverse(ann, REASON, 30);
        expectExceeds(1, 0);
        reverse(ann, REASON, 1);
        expectBalances(90, 0);
    }

    function test_RefusesToReverseWhatWasNotRewarded() public {
        reward(bob, 50, REASON);
        expectExceeds(1, 0);
        reverse(ann, REASON, 1);
    }

    function test_RefusesToReverseWhatWasSpent() public {
        reward(ann, 50, REASON);
        redeem(ann, 40);
        expectPoorer();
        reverse(ann, REASON, 11);
        reverse(ann, REASON, 10);
        expectBalances(0, 40);
    }

    function test_RefusesToReverseNothing() public {
        reward(ann, 50, REASON);
        vm.expectRevert(IRewardPoints.PointsAreZero.selector);
        reverse(ann, REASON, 0);
    }

    function test_RefusesAReversalWithoutReason() public {
        reward(ann, 50, REASON);
        vm.prank(rewarder);
        vm.expectRevert(IRewardPoints.ReasonMissing.selector);
        points.reverseReward(ann, REASON, 1, 0);
    }

    function test_OnlyARewarderReverses() public {
        reward(ann, 50, REASON);
        bytes32 role = points.REWARDER_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        points.reverseReward(ann, REASON, 1, CORRECTION);
    }

    function testFuzz_NeverReversesMoreThanWasGiven(uint128 given, uint128[4] memory parts) public {
        vm.assume(given != 0 && given < type(uint128).max / 2);
        reward(ann, given, REASON);
        reward(ann, given, keccak256("another"));
        uint256 rest = given;
        for (uint256 i = 0; i < parts.length && rest != 0; ++i) {
            uint256 part = 1 + parts[i] % rest;
            reverse(ann, REASON, part);
            rest -= part;
        }
        expectExceeds(rest + 1, rest);
        reverse(ann, REASON, rest + 1);
        vm.assertEq(points.balanceOf(ann), rest + given, "balance");
    }

    /* STAYING */

    function test_PointsStayWithTheirHolder() public {
        reward(ann, 50, REASON);
        vm.startPrank(ann);
        vm.expectRevert(IRewardPoints.PointsNotTransferable.selector);
        points.transfer(bob, 1);
        vm.expectRevert(IRewardPoints.PointsNotTransferable.selector);
        points.transferFrom(ann, bob, 1);
        vm.expectRevert(IRewardPoints.PointsNotTransferable.selector);
        points.approve(bob, 1);
    }

    /* PAUSE */

    function test_APauseStopsRewards() public {
        pause();
        expectPaused();
        reward(ann, 50, REASON);
        points.unpause();
        reward(ann, 50, REASON);
    }

    function test_ARewardCanBeReversedInAPause() public {
        reward(ann, 50, REASON);
        pause();
        reverse(ann, REASON, 50);
        expectBalances(0, 0);
    }

    function test_OnlyAPauserPausesAndOnlyTheAdminEndsIt() public {
        bytes32 role = points.PAUSER_ROLE();
        vm.prank(rewarder);
        expectUnauthorized(rewarder, role);
        points.pause();
        pause();
        vm.prank(pauser);
        expectUnauthorized(pauser, 0);
        points.unpause();
    }

    /* HELPERS */

    function expectReward(uint256 given, uint256 reversed) private view {
        (uint128 givenGot, uint128 reversedGot) = points.rewardOf(ann, REASON);
        vm.assertEq(givenGot, given, "given");
        vm.assertEq(reversedGot, reversed, "reversed");
    }

    function expectExceeds(uint256 amount, uint256 rest) private {
        bytes4 selector = IRewardPoints.RewardReversalExceedsRest.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, ann, REASON, amount, rest));
    }
}
