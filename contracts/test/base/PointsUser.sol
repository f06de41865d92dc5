// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PointsTest} from "./PointsTest.sol";
import {vm} from "./Vm.sol";

/// @notice Does with points whatever anybody can do, and keeps its own books in plain numbers.
contract PointsUser is PointsTest {
    uint256 internal constant HOLDERS = 4;

    struct Given {
        address holder;
        bytes32 reason;
        uint256 amount;
        uint256 reversed;
    }

    enum Step {
        Requested,
        Issued,
        Ended
    }

    struct Exchanged {
        address holder;
        uint256 amount;
        uint256 expiresAt;
        Step step;
    }

    Given[] internal given;
    Exchanged[] internal exchanged;
    uint256 public rewarded;
    uint256 public reversed;
    uint256 public spent;

    /* ACTIONS */

    function give(uint256 who, uint256 amount) external {
        if (points.paused()) points.unpause();
        amount = 1 + amount % 1e6;
        bytes32 reason = keccak256(abi.encode(given.length));
        reward(holderOf(who), amount, reason);
        given.push(Given(holderOf(who), reason, amount, 0));
        rewarded += amount;
    }

    function takeBack(uint256 which, uint256 amount) external {
        if (given.length == 0) return;
        Given storage entry = given[which % given.length];
        uint256 rest = entry.amount - entry.reversed;
        uint256 balance = points.balanceOf(entry.holder);
        uint256 most = rest < balance ? rest : balance;
        if (most == 0) return;
        amount = 1 + amount % most;
        reverse(entry.holder, entry.reason, amount);
        entry.reversed += amount;
        reversed += amount;
    }

    function exchange(uint256 who, uint256 amount) external {
        if (points.paused()) points.unpause();
        address holder = holderOf(who);
        uint256 balance = points.balanceOf(holder);
        if (balance == 0) return;
        amount = 1 + amount % balance;
        redeem(holder, amount);
        exchanged.push(Exchanged(holder, amount, block.timestamp + 7 days, Step.Requested));
    }

    function issueOne(uint256 which) external {
        uint256 redemption = find(which, Step.Requested);
        if (redemption == 0) return;
        Exchanged storage entry = exchanged[redemption - 1];
        if (block.timestamp >= entry.expiresAt) return;
        issue(redemption, keccak256(abi.encode("voucher", redemption)));
        (entry.step, entry.expiresAt) = (Step.Issued, block.timestamp + 14 days);
    }

    function confirmOne(uint256 which) external {
        uint256 redemption = find(which, Step.Issued);
        if (redemption == 0) return;
        confirm(exchanged[redemption - 1].holder, redemption);
        end(redemption, true);
    }

    function cancelOne(uint256 which, bool issued) external {
        uint256 redemption = find(which, issued ? Step.Issued : Step.Requested);
        if (redemption == 0) return;
        cancel(redemption);
        end(redemption, false);
    }

    function timeOut(uint256 which) external {
        close(find(which, Step.Issued));
        expire(find(which, Step.Requested));
    }

    function stop() external {
        if (!points.paused()) pause();
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 8 days);
    }

    /// @notice Nobody but strangers acts any more, and it is paused: every redemption ends.
    function leaveAlone() external {
        if (!points.paused()) pause();
        vm.warp(block.timestamp + 14 days);
        for (uint256 i = 0; i < exchanged.length; ++i) {
            close(find(0, Step.Issued));
            expire(find(0, Step.Requested));
        }
    }

    /* SUMS */

    function supply() external view returns (uint256) {
        return points.totalSupply();
    }

    function setAside() external view returns (uint256) {
        return points.balanceOf(address(points));
    }

    function held() external view returns (uint256 sum) {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            sum += points.balanceOf(holderOf(i));
        }
    }

    function underway() external view returns (uint256 sum) {
        for (uint256 i = 0; i < exchanged.length; ++i) {
            if (exchanged[i].step != Step.Ended) sum += exchanged[i].amount;
        }
    }

    /// @notice Every reward as it was given, and never more of it reversed.
    function expectRewards() external view {
        for (uint256 i = 0; i < given.length; ++i) {
            Given storage entry = given[i];
            (uint128 amount, uint128 taken) = points.rewardOf(entry.holder, entry.reason);
            vm.assertEq(amount, entry.amount, "given");
            vm.assertEq(taken, entry.reversed, "reversed");
            vm.assertLe(taken, amount, "at most what was given");
        }
    }

    /* HELPERS */

    function holderOf(uint256 who) private pure returns (address) {
        return vm.addr(3000 + who % HOLDERS);
    }

    /// @dev A redemption at a step, from `which` on; 0 where there is none.
    function find(uint256 which, Step step) private view returns (uint256) {
        uint256 count = exchanged.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = (which % count + i) % count;
            if (exchanged[index].step == step) return index + 1;
        }
        return 0;
    }

    function close(uint256 redemption) private {
        if (redemption == 0 || block.timestamp < exchanged[redemption - 1].expiresAt) return;
        vm.prank(stranger);
        points.closeVoucher(redemption);
        end(redemption, true);
    }

    function expire(uint256 redemption) private {
        if (redemption == 0 || block.timestamp < exchanged[redemption - 1].expiresAt) return;
        vm.prank(stranger);
        points.expireRedemption(redemption);
        end(redemption, false);
    }

    function end(uint256 redemption, bool honoured) private {
        Exchanged storage entry = exchanged[redemption - 1];
        entry.step = Step.Ended;
        if (honoured) spent += entry.amount;
    }
}
