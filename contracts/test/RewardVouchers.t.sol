// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRewardPoints} from "../src/tokens/IRewardPoints.sol";
import {PointsTest} from "./base/PointsTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Points exchanged for a voucher: each step, each way out, and each step that is refused.
contract RewardVouchersTest is PointsTest {
    function setUp() public override {
        super.setUp();
        reward(ann, 50, REASON);
    }

    /* THE THREE STEPS */

    function test_ExchangesIssuesConfirms() public {
        vm.prank(ann);
        expectEvent();
        emit IRewardPoints.PointsExchanged(1, ann, 40, OFFER, uint40(block.timestamp + 7 days));
        vm.assertEq(points.redeem(40, OFFER), 1, "number");
        expectBalances(10, 40);
        expectStatus(1, IRewardPoints.RedemptionStatus.Requested);

        vm.prank(issuer);
        expectEvent();
        emit IRewardPoints.VoucherIssued(1, ann, VOUCHER, uint40(block.timestamp + 14 days));
        points.issueVoucher(1, VOUCHER);
        expectBalances(10, 40);
        expectStatus(1, IRewardPoints.RedemptionStatus.Issued);

        vm.prank(ann);
        expectEvent();
        emit IRewardPoints.VoucherConfirmed(1, ann, 40, true);
        points.confirmVoucher(1);
        expectBalances(10, 0);
        expectStatus(1, IRewardPoints.RedemptionStatus.Confirmed);
        (address holder,,, uint256 amount, bytes32 voucher) = points.redemptionOf(1);
        vm.assertEq(holder, ann, "holder");
        vm.assertEq(amount, 40, "points");
        vm.assertEq(voucher, VOUCHER, "voucher");
        vm.assertEq(points.redemptionCount(), 1, "count");
    }

    /* EXCHANGE */

    function test_RefusesToRedeemMoreThanHeld() public {
        expectPoorer();
        redeem(ann, 51);
    }

    function test_RefusesToRedeemNothing() public {
        vm.expectRevert(IRewardPoints.PointsAreZero.selector);
        redeem(ann, 0);
    }

    /* ISSUE */

    function test_IssuesUntilTheTimeIsOver() public {
        redeem(ann, 20);
        redeem(ann, 20);
        uint256 expiresAt = block.timestamp + 7 days;
        vm.warp(expiresAt - 1);
        issue(1, VOUCHER);
        vm.warp(expiresAt);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.RedemptionOverdue.selector, 2, expiresAt));
        issue(2, keccak256("another"));
    }

    function test_RefusesAVoucherTwice() public {
        redeem(ann, 20);
        redeem(ann, 20);
        issue(1, VOUCHER);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.VoucherUsed.selector, VOUCHER));
        issue(2, VOUCHER);
        vm.expectRevert(IRewardPoints.ReasonMissing.selector);
        issue(2, 0);
    }

    function test_OnlyAnIssuerIssues() public {
        redeem(ann, 20);
        bytes32 role = points.VOUCHER_ROLE();
        vm.prank(rewarder);
        expectUnauthorized(rewarder, role);
        points.issueVoucher(1, VOUCHER);
    }

    /* CONFIRM AND CLOSE */

    function test_OnlyTheHolderConfirms() public {
        redeem(ann, 20);
        issue(1, VOUCHER);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.NotTheHolder.selector, 1, issuer));
        confirm(issuer, 1);
    }

    function test_AVoucherThatNobodyConfirmedIsClosedByAnybody() public {
        redeem(ann, 20);
        issue(1, VOUCHER);
        uint256 expiresAt = block.timestamp + 14 days;
        vm.warp(expiresAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.RedemptionNotOverdue.selector, 1, expiresAt));
        points.closeVoucher(1);
        vm.warp(expiresAt);
        vm.prank(stranger);
        expectEvent();
        emit IRewardPoints.VoucherConfirmed(1, ann, 20, false);
        points.closeVoucher(1);
        expectBalances(30, 0);
        expectStatus(1, IRewardPoints.RedemptionStatus.Confirmed);
    }

    /* POINTS THAT RETURN */

    function test_CancelsARedemptionWithoutVoucher() public {
        redeem(ann, 20);
        vm.prank(issuer);
        expectEvent();
        emit IRewardPoints.RedemptionCancelled(1, ann, 20, CORRECTION);
        points.cancelRedemption(1, CORRECTION);
        expectBalances(50, 0);
        expectStatus(1, IRewardPoints.RedemptionStatus.Cancelled);
    }

    function test_WithdrawsAVoucher() public {
        redeem(ann, 20);
        issue(1, VOUCHER);
        vm.warp(block.timestamp + 30 days);
        cancel(1);
        expectBalances(50, 0);
        expectStatus(1, IRewardPoints.RedemptionStatus.Cancelled);
    }

    function test_OnlyAnIssuerCancels() public {
        redeem(ann, 20);
        bytes32 role = points.VOUCHER_ROLE();
        vm.prank(ann);
        expectUnauthorized(ann, role);
        points.cancelRedemption(1, CORRECTION);
    }

    function test_AnybodyReturnsThePointsOfWhatWasNotIssued() public {
        redeem(ann, 20);
        uint256 expiresAt = block.timestamp + 7 days;
        vm.warp(expiresAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.RedemptionNotOverdue.selector, 1, expiresAt));
        points.expireRedemption(1);
        vm.warp(expiresAt);
        vm.prank(stranger);
        expectEvent();
        emit IRewardPoints.RedemptionExpired(1, ann, 20);
        points.expireRedemption(1);
        expectBalances(50, 0);
        expectStatus(1, IRewardPoints.RedemptionStatus.Expired);
    }

    /* STATES */

    function test_StepsInAnotherStateAreRefused() public {
        for (uint256 redemption = 1; redemption <= 4; ++redemption) {
            redeem(ann, 10);
        }
        issue(1, VOUCHER);
        expectNotIn(1, IRewardPoints.RedemptionStatus.Requested, IRewardPoints.RedemptionStatus.Issued);
        points.expireRedemption(1);
        confirm(ann, 1);
        cancel(2);
        vm.warp(block.timestamp + 7 days);
        points.expireRedemption(3);
        expectEnded(1, IRewardPoints.RedemptionStatus.Confirmed);
        expectEnded(2, IRewardPoints.RedemptionStatus.Cancelled);
        expectEnded(3, IRewardPoints.RedemptionStatus.Expired);
        expectEnded(5, IRewardPoints.RedemptionStatus.None);
        expectNotIn(4, IRewardPoints.RedemptionStatus.Issued, IRewardPoints.RedemptionStatus.Requested);
        confirm(ann, 4);
    }

    /* PAUSE */

    function test_APauseStopsNewRedemptionsAndNoStepOfOthers() public {
        for (uint256 redemption = 1; redemption <= 4; ++redemption) {
            redeem(ann, 10);
        }
        pause();
        expectPaused();
        redeem(ann, 10);
        issue(1, VOUCHER);
        issue(2, keccak256("another"));
        confirm(ann, 1);
        cancel(3);
        vm.warp(block.timestamp + 14 days);
        points.closeVoucher(2);
        points.expireRedemption(4);
        expectBalances(30, 0);
    }

    function testFuzz_PointsReturnOrEnd(uint128 given, uint128 part, uint8 fate) public {
        given = given / 2 + 1;
        reward(bob, given, REASON);
        uint256 amount = 1 + part % given;
        uint256 redemption = redeem(bob, amount);
        if (fate % 2 == 0) issue(redemption, VOUCHER);
        if (fate % 3 == 0) cancel(redemption);
        vm.warp(block.timestamp + 14 days);
        bool ends = fate % 2 == 0 && fate % 3 != 0;
        if (ends) points.closeVoucher(redemption);
        else if (fate % 3 != 0) points.expireRedemption(redemption);
        vm.assertEq(points.balanceOf(bob), ends ? given - amount : given, "bob");
        vm.assertEq(points.balanceOf(address(points)), 0, "set aside");
    }

    /* HELPERS */

    function expectNotIn(
        uint256 redemption,
        IRewardPoints.RedemptionStatus expected,
        IRewardPoints.RedemptionStatus status
    ) private {
        bytes4 selector = IRewardPoints.RedemptionNotInState.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, redemption, expected, status));
    }

    function expectEnded(uint256 redemption, IRewardPoints.RedemptionStatus status) private {
        expectNotIn(redemption, IRewardPoints.RedemptionStatus.Requested, status);
        issue(redemption, keccak256("unused"));
        expectNotIn(redemption, IRewardPoints.RedemptionStatus.Requested, status);
        points.expireRedemption(redemption);
        expectNotIn(redemption, IRewardPoints.RedemptionStatus.Issued, status);
        confirm(ann, redemption);
        expectNotIn(redemption, IRewardPoints.RedemptionStatus.Issued, status);
        points.closeVoucher(redemption);
        vm.expectRevert(abi.encodeWithSelector(IRewardPoints.RedemptionClosed.selector, redemption, status));
        cancel(redemption);
    }
}
