// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRewardPoints} from "../../src/tokens/IRewardPoints.sol";
import {RewardPoints} from "../../src/tokens/RewardPoints.sol";
import {vm} from "./Vm.sol";

/// @notice Reward points with everybody who has a role, and two holders.
abstract contract PointsTest {
    bytes32 internal constant REASON = keccak256("response to a flexibility request");
    bytes32 internal constant CORRECTION = keccak256("note of a correction");
    bytes32 internal constant OFFER = keccak256("an hour of the shared car");
    bytes32 internal constant VOUCHER = keccak256("voucher and secret");

    address internal immutable rewarder = vm.addr(31);
    address internal immutable issuer = vm.addr(32);
    address internal immutable pauser = vm.addr(33);
    address internal immutable ann = vm.addr(34);
    address internal immutable bob = vm.addr(35);
    address internal immutable stranger = vm.addr(36);

    RewardPoints internal points;

    function setUp() public virtual {
        vm.warp(1_743_508_800);
        points = new RewardPoints(address(this));
        points.grantRole(points.REWARDER_ROLE(), rewarder);
        points.grantRole(points.VOUCHER_ROLE(), issuer);
        points.grantRole(points.PAUSER_ROLE(), pauser);
    }

    /* STEPS */

    function reward(address holder, uint256 amount, bytes32 reason) internal {
        vm.prank(rewarder);
        points.reward(holder, amount, reason);
    }

    function reverse(address holder, bytes32 reason, uint256 amount) internal {
        vm.prank(rewarder);
        points.reverseReward(holder, reason, amount, CORRECTION);
    }

    function redeem(address holder, uint256 amount) internal returns (uint256) {
        vm.prank(holder);
        return points.redeem(amount, OFFER);
    }

    function issue(uint256 redemption, bytes32 voucher) internal {
        vm.prank(issuer);
        points.issueVoucher(redemption, voucher);
    }

    function confirm(address holder, uint256 redemption) internal {
        vm.prank(holder);
        points.confirmVoucher(redemption);
    }

    function cancel(uint256 redemption) internal {
        vm.prank(issuer);
        points.cancelRedemption(redemption, CORRECTION);
    }

    function pause() internal {
        vm.prank(pauser);
        points.pause();
    }

    /* EXPECTATIONS */

    function expectStatus(uint256 redemption, IRewardPoints.RedemptionStatus status) internal view {
        (,, IRewardPoints.RedemptionStatus got,,) = points.redemptionOf(redemption);
        vm.assertEq(uint256(got), uint256(status), "status");
    }

    function expectBalances(uint256 ofAnn, uint256 setAside) internal view {
        vm.assertEq(points.balanceOf(ann), ofAnn, "ann");
        vm.assertEq(points.balanceOf(address(points)), setAside, "set aside");
        vm.assertEq(points.totalSupply(), ofAnn + setAside, "supply");
    }

    function expectEvent() internal {
        vm.expectEmit(true, true, true, true, address(points));
    }

    function expectUnauthorized(address caller, bytes32 role) internal {
        vm.expectRevert(abi.encodeWithSignature("AccessControlUnauthorizedAccount(address,bytes32)", caller, role));
    }

    function expectPaused() internal {
        vm.expectRevert(bytes4(keccak256("EnforcedPause()")));
    }

    function expectPoorer() internal {
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
    }
}
