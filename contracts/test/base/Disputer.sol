// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/disputes/IDisputes.sol";
import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {DisputesTest} from "./DisputesTest.sol";
import {vm} from "./Vm.sol";

/// @notice Challenges, answers and decides whatever anybody can, in three intervals, the last of which holds an order
/// twice; and keeps its own books.
contract Disputer is DisputesTest {
    uint256 internal constant INTERVALS = 3;
    uint256 internal constant PARTIES = 3;

    struct Asked {
        uint256 interval;
        uint32 batch;
        uint32 index;
        uint32 account;
        uint256 answerBy;
        bool missing;
        bool open;
    }

    IntervalId[INTERVALS] internal intervals;
    Asked[] internal asked;
    uint32[INTERVALS] internal open;
    IDisputes.DisputeStatus[INTERVALS] internal statuses;
    uint256[INTERVALS] internal disputedAt;
    mapping(uint256 interval => mapping(uint32 account => uint256)) internal challenged;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < INTERVALS; ++i) {
            intervals[i] = IntervalLib.pack(COMMUNITY, START + uint40(i) * DURATION, DURATION);
            interval = intervals[i];
            if (i != 0) postTariff(FEED_IN, RETAIL);
            commitStandardBook();
            if (i == INTERVALS - 1) commitSigned(standardOrder(5));
        }
        vm.warp(START);
        for (uint256 i = 0; i < INTERVALS; ++i) {
            clear(intervals[i], PRICE, 700);
        }
    }

    /* ACTIONS */

    function askWhoSigned(uint256 who, uint256 which, uint256 place) external {
        uint32 account = 2 + uint32(who % PARTIES);
        if (!mayChallenge(account, choose(which))) return;
        (uint32 batch, uint32 index, uint32 owner) = placeOf(place);
        vm.prank(walletOf(account));
        uint256 challenge = disputes.challengeUnsigned(interval, batch, index);
        noteAsked(challenge, account, Asked(which % INTERVALS, batch, index, owner, dueBy(), false, true));
    }

    function askForAnOrder(uint256 who, uint256 which, uint256 place) external {
        uint32 account = 2 + uint32(who % PARTIES);
        if (!mayChallenge(account, choose(which))) return;
        (uint32 batch, uint32 index, uint32 owner) = placeOf(place);
        IDisputes.OrderTerms memory order = orderOf(owner);
        bytes memory signed = receipt(OPERATOR_SECRET, order, SIGNED_AT);
        vm.prank(walletOf(account));
        uint256 challenge = disputes.challengeMissing(interval, order, SIGNED_AT, signed);
        noteAsked(challenge, account, Asked(which % INTERVALS, batch, index, owner, dueBy(), true, true));
    }

    function showTheDuplicate() external {
        uint256 which = INTERVALS - 1;
        choose(which);
        if (statuses[which] != IDisputes.DisputeStatus.None || block.timestamp >= windowOf(which)) return;
        disputes.proveDuplicate(interval, opening(1), 0, opening(3), 0);
        noteDisputed(which);
    }

    function answer(uint256 which) external {
        if (asked.length == 0) return;
        uint256 number = which % asked.length;
        Asked storage entry = asked[number];
        if (!entry.open || block.timestamp >= entry.answerBy) return;
        choose(entry.interval);
        if (entry.missing) disputes.answerMissing(number + 1, opening(entry.batch), entry.index);
        else answerUnsigned(number + 1, entry.batch, proofOf(orderOf(entry.account)));
        close(entry);
    }

    function uphold(uint256 which) public {
        if (asked.length == 0) return;
        uint256 number = which % asked.length;
        Asked storage entry = asked[number];
        if (!entry.open || block.timestamp < entry.answerBy) return;
        vm.prank(stranger);
        disputes.uphold(number + 1);
        close(entry);
        if (statuses[entry.interval] == IDisputes.DisputeStatus.None) noteDisputed(entry.interval);
    }

    function decide(uint256 which, bool annuls) external {
        uint256 number = choose(which);
        if (statuses[number] != IDisputes.DisputeStatus.Disputed) return;
        vm.prank(arbiter);
        if (annuls) disputes.annul(interval, "decision");
        else disputes.dismiss(interval, "decision");
        statuses[number] = annuls ? IDisputes.DisputeStatus.Annulled : IDisputes.DisputeStatus.Dismissed;
    }

    function expire(uint256 which) public {
        uint256 number = choose(which);
        bool disputed = statuses[number] == IDisputes.DisputeStatus.Disputed;
        if (!disputed || block.timestamp < disputedAt[number] + 30 days) return;
        vm.prank(stranger);
        disputes.expire(interval);
        statuses[number] = IDisputes.DisputeStatus.Annulled;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 15 minutes);
    }

    function waitLong(uint256 time) external {
        if (time % 8 == 0) vm.warp(block.timestamp + time % 20 days);
    }

    /// @notice Nobody but strangers acts any more: every interval can be settled.
    function leaveAlone() external {
        vm.warp(block.timestamp + 1 days);
        for (uint256 i = 0; i < asked.length; ++i) {
            uphold(i);
        }
        vm.warp(block.timestamp + 30 days);
        for (uint256 i = 0; i < INTERVALS; ++i) {
            expire(i);
        }
        for (uint256 i = 0; i < INTERVALS; ++i) {
            vm.assertTrue(settleable(i), "can be settled");
        }
    }

    /* CHECKS */

    function checkStates() external view {
        for (uint256 i = 0; i < INTERVALS; ++i) {
            (IDisputes.DisputeStatus status, uint64 since, uint32 openChallenges) = disputes.disputeOf(intervals[i]);
            vm.assertEq(uint256(status), uint256(statuses[i]), "status");
            vm.assertEq(since, disputedAt[i], "disputed at");
            vm.assertEq(openChallenges, open[i], "open challenges");
        }
    }

    function checkSettleable() external view {
        for (uint256 i = 0; i < INTERVALS; ++i) {
            bool decided = uint256(statuses[i]) > uint256(IDisputes.DisputeStatus.Disputed);
            bool quiet = statuses[i] == IDisputes.DisputeStatus.None && open[i] == 0 && block.timestamp >= windowOf(i);
            vm.assertTrue(settleable(i) == (decided || quiet), "settleable");
        }
    }

    /* HELPERS */

    function settleable(uint256 which) private view returns (bool) {
        try disputes.requireSettleable(intervals[which]) returns (bool annulled) {
            vm.assertTrue(annulled == (statuses[which] == IDisputes.DisputeStatus.Annulled), "annulled");
            return true;
        } catch {
            return false;
        }
    }

    function choose(uint256 which) private returns (uint256 number) {
        number = which % INTERVALS;
        interval = intervals[number];
    }

    /// @dev Cleared at the first interval's start: a quarter of an hour later that one ends.
    function windowOf(uint256 which) private pure returns (uint256) {
        return END + which * DURATION;
    }

    function mayChallenge(uint32 account, uint256 which) private view returns (bool) {
        bool undecided = statuses[which] == IDisputes.DisputeStatus.None;
        return undecided && block.timestamp < windowOf(which) && challenged[which][account] < 5;
    }

    /// @dev A place of every book, and whose order is there; 0 stands for the submitted one.
    function placeOf(uint256 place) private pure returns (uint32 batch, uint32 index, uint32 owner) {
        uint32 number = uint32(place % 5);
        if (number < 3) return (0, number, 2 + number);
        if (number == 3) return (1, 0, 5);
        return (DIRECT_BATCH, 0, 0);
    }

    function orderOf(uint32 owner) private pure returns (IDisputes.OrderTerms memory) {
        return owner == 0 ? directOrder() : standardOrder(owner);
    }

    function dueBy() private view returns (uint256) {
        return block.timestamp + 1 hours;
    }

    function noteAsked(uint256 challenge, uint32 account, Asked memory entry) private {
        asked.push(entry);
        vm.assertEq(challenge, asked.length, "number");
        ++challenged[entry.interval][account];
        ++open[entry.interval];
    }

    function close(Asked storage entry) private {
        entry.open = false;
        --open[entry.interval];
    }

    function noteDisputed(uint256 which) private {
        statuses[which] = IDisputes.DisputeStatus.Disputed;
        disputedAt[which] = block.timestamp;
    }
}
