// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/disputes/IDisputes.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {DisputesTest} from "./base/DisputesTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice When a book is challenged, by whom, how disputes end, and what the settlement makes of it.
contract DisputesDecisionsTest is DisputesTest {
    bytes32 private constant DECISION = keccak256("the arbiter's decision");

    uint32 private gateway;

    function setUp() public override {
        super.setUp();
        commitStandardBook();
        gateway = registerGateway(GATEWAY_SECRET, 2);
    }

    /* THE WINDOW */

    function test_NoBookIsChallengedBeforeItIsOpened() public {
        vm.assertEq(disputes.windowEnd(interval), 0, "window");
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.BookNotOpened.selector, interval));
        disputes.challengeUnsigned(interval, 0, 0);
    }

    function test_TheWindowEndsWithTheInterval() public {
        clearStandardBook();
        vm.assertEq(disputes.windowEnd(interval), END, "window");
        vm.warp(END - 1);
        challengeUnsigned(0, 0);
        vm.warp(END);
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.DisputeWindowClosed.selector, interval, END, END));
        disputes.challengeUnsigned(interval, 0, 0);
    }

    function test_TheWindowIsAtLeastAQuarterOfAnHour() public {
        vm.warp(END + 86_400);
        clear(PRICE, 700);
        vm.assertEq(market.clearedAt(interval), END + 86_400, "cleared at");
        vm.assertEq(disputes.windowEnd(interval), END + 86_400 + 900, "window");
        (bytes32 priceHash, bytes memory positions, int256 gridPayment) = settlementOf(true);
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.DisputeWindowOpen.selector, interval, END + 86_400 + 900, block.timestamp)
        );
        settlement.settle(interval, priceHash, positions, gridPayment);
        vm.warp(END + 86_400 + 900);
        settle(true);
    }

    /* WHO */

    function test_ParticipantsAndAuditorsChallenge() public {
        clearStandardBook();
        vm.prank(auditor);
        disputes.challengeUnsigned(interval, 0, 0);
        challengeUnsigned(0, 0);
        vm.prank(registrar);
        registry.setParticipantActive(6, false);
        expectNotAChallenger(walletOf(6));
        expectNotAChallenger(stranger);
    }

    function test_APartyChallengesFiveTimes() public {
        clearStandardBook();
        for (uint32 i = 0; i < 5; ++i) {
            uint256 challenge = challengeUnsigned(0, 3 + i);
            disputes.answerUnsigned(challenge, opening(0), "", IDisputes.OrderProof(0, 0, ""));
        }
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooManyChallenges.selector, interval, 5));
        disputes.challengeUnsigned(interval, 0, 0);
        vm.prank(walletOf(5));
        disputes.challengeUnsigned(interval, 0, 0);
    }

    /// @notice The limit is the account's, whatever wallet it has.
    function test_AnotherWalletChallengesNoMore() public {
        clearStandardBook();
        for (uint32 i = 0; i < 5; ++i) {
            challengeUnsigned(0, i);
        }
        address next = vm.addr(4_711);
        vm.prank(walletOf(6));
        registry.proposeWallet(6, next);
        vm.startPrank(next);
        registry.acceptWallet(6);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooManyChallenges.selector, interval, 5));
        disputes.challengeUnsigned(interval, 0, 0);
    }

    /* UPHELD */

    function test_WhatNobodyAnswersDisputes() public {
        clearStandardBook();
        uint256 challenge = challengeUnsigned(0, 0);
        vm.warp(GATE + 3_599);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AnswerNotDue.selector, challenge, GATE + 3_600, GATE + 3_599));
        disputes.uphold(challenge);
        vm.warp(GATE + 3_600);
        expectEvent(address(disputes));
        emit IDisputes.ChallengeUpheld(challenge, interval);
        expectEvent(address(disputes));
        emit IDisputes.IntervalDisputed(interval);
        vm.prank(stranger);
        disputes.uphold(challenge);
        expectStatus(challenge, IDisputes.ChallengeStatus.Upheld);
        expectDispute(IDisputes.DisputeStatus.Disputed, 0);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.ChallengeNotOpen.selector, challenge));
        disputes.uphold(challenge);
    }

    function test_ADisputedIntervalIsNotChallengedAgain() public {
        commitSigned(standardOrder(5));
        clearStandardBook();
        uint256 challenge = challengeUnsigned(0, 0);
        disputes.proveDuplicate(interval, opening(1), 0, opening(3), 0);
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyDisputed.selector, interval));
        disputes.challengeUnsigned(interval, 0, 0);
        // What was open goes on, without consequence.
        answerUnsigned(challenge, 0, proofOf(standardOrder(2)));
        expectDispute(IDisputes.DisputeStatus.Disputed, 0);
    }

    /* DECIDED */

    function test_DismissedIsSettledAsPosted() public {
        clearStandardBook();
        dispute();
        expectEvent(address(disputes));
        emit IDisputes.DisputeDismissed(interval, DECISION);
        vm.prank(arbiter);
        disputes.dismiss(interval, DECISION);
        vm.assertFalse(disputes.requireSettleable(interval), "annulled");
        vm.warp(END);
        settle(true);
        vm.assertEq(energy.totalSupply(), 700, "energy");
    }

    function test_AnnulledIsSettledWithoutTrades() public {
        clearStandardBook();
        dispute();
        expectEvent(address(disputes));
        emit IDisputes.TradesAnnulled(interval, DECISION);
        vm.prank(arbiter);
        disputes.annul(interval, DECISION);
        vm.assertTrue(disputes.requireSettleable(interval), "annulled");
        vm.warp(END);
        expectTradesRefused();
        settle(false);
        vm.assertEq(int256(currency.balanceOf(walletOf(2))), int256(1e9) - 700 * RETAIL, "buyer");
        vm.assertEq(int256(currency.balanceOf(walletOf(3))), int256(1e9) + 700 * FEED_IN, "seller");
        vm.assertEq(currency.totalSupply(), 3e9, "money");
        vm.assertEq(energy.balanceOf(walletOf(3)), 700, "energy stays with who fed it in");
    }

    function test_WhatTheArbiterLeavesExpires() public {
        clearStandardBook();
        dispute();
        uint256 until = block.timestamp + 30 days;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.ArbitrationNotOver.selector, interval, until, until - 1));
        disputes.expire(interval);
        vm.warp(until);
        expectEvent(address(disputes));
        emit IDisputes.TradesAnnulled(interval, 0);
        vm.prank(stranger);
        disputes.expire(interval);
        settle(false);
    }

    function test_OpenChallengesDoNotOutliveADecision() public {
        clearStandardBook();
        vm.warp(GATE + 10);
        uint256 late = challengeUnsigned(0, 2);
        vm.warp(GATE);
        dispute();
        vm.prank(arbiter);
        disputes.dismiss(interval, DECISION);
        expectDispute(IDisputes.DisputeStatus.Dismissed, 1);
        vm.assertFalse(disputes.requireSettleable(interval), "annulled");
        vm.warp(GATE + 3_610);
        disputes.uphold(late);
        expectDispute(IDisputes.DisputeStatus.Dismissed, 0);
    }

    function test_OnlyWhatIsDisputedIsDecided() public {
        clearStandardBook();
        challengeUnsigned(0, 0);
        vm.startPrank(arbiter);
        expectNotDisputed();
        disputes.dismiss(interval, DECISION);
        expectNotDisputed();
        disputes.annul(interval, DECISION);
        expectNotDisputed();
        disputes.expire(interval);
        vm.stopPrank();
        dispute();
        vm.startPrank(arbiter);
        disputes.dismiss(interval, DECISION);
        expectNotDisputed();
        disputes.annul(interval, DECISION);
    }

    function test_ADecisionHasADocument() public {
        clearStandardBook();
        dispute();
        vm.startPrank(arbiter);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.DecisionMissing.selector));
        disputes.dismiss(interval, 0);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.DecisionMissing.selector));
        disputes.annul(interval, 0);
    }

    function test_OnlyTheArbiterDecides() public {
        clearStandardBook();
        dispute();
        bytes32 role = disputes.ARBITER_ROLE();
        vm.startPrank(operator);
        expectUnauthorized(operator, role);
        disputes.dismiss(interval, DECISION);
        expectUnauthorized(operator, role);
        disputes.annul(interval, DECISION);
    }

    /* THE SETTLEMENT WAITS */

    function test_TheSettlementWaitsForAnswersAndDecisions() public {
        clearStandardBook();
        vm.warp(END - 1);
        uint256 challenge = challengeUnsigned(0, 0);
        vm.warp(END);
        expectSettlementRefused(abi.encodeWithSelector(IDisputes.DisputeOpen.selector, interval, 1));
        vm.warp(END - 1 + 3_600);
        // Nobody answers any more, but nobody upheld it either.
        expectSettlementRefused(abi.encodeWithSelector(IDisputes.DisputeOpen.selector, interval, 1));
        disputes.uphold(challenge);
        expectSettlementRefused(abi.encodeWithSelector(IDisputes.DisputeUndecided.selector, interval));
    }

    function test_AnAnswerLetsItSettleAtOnce() public {
        clearStandardBook();
        vm.warp(END - 1);
        uint256 challenge = challengeUnsigned(0, 0);
        vm.warp(END);
        answerUnsigned(challenge, 0, proofOf(standardOrder(2)));
        settle(true);
    }

    function test_AnIntervalThatIsNotClearedIsNotSettled() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
        vm.warp(END + DURATION);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotCleared.selector, next));
        settlement.settle(next, 0, "", 0);
    }

    /* HELPERS */

    function settlementOf(bool traded) private returns (bytes32 priceHash, bytes memory positions, int256 gridPayment) {
        (,,,,, priceHash) = market.priceRecord(interval);
        uint32 volume = traded ? 700 : 0;
        positions = bytes.concat(
            abi.encodePacked(uint32(2), volume, uint32(0), uint32(700), uint32(0), volume),
            abi.encodePacked(uint32(3), uint32(0), volume, uint32(0), uint32(700), uint32(0))
        );
        gridPayment = traded ? int256(0) : int256(700) * (RETAIL - FEED_IN);
        (uint64 imported,,,,) = metering.totals(interval);
        if (imported == 0) {
            attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 700, 700));
            deposit(walletOf(2), 1e9);
            deposit(walletOf(3), 1e9);
            deposit(gridWallet, 1e9);
        }
    }

    function settle(bool traded) private {
        (bytes32 priceHash, bytes memory positions, int256 gridPayment) = settlementOf(traded);
        vm.prank(operator);
        settlement.settle(interval, priceHash, positions, gridPayment);
    }

    function expectSettlementRefused(bytes memory reason) private {
        (bytes32 priceHash, bytes memory positions, int256 gridPayment) = settlementOf(true);
        vm.prank(operator);
        vm.expectRevert(reason);
        settlement.settle(interval, priceHash, positions, gridPayment);
    }

    function expectTradesRefused() private {
        expectSettlementRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 0, 700, 700));
    }

    function expectNotAChallenger(address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotAChallenger.selector, caller));
        disputes.challengeUnsigned(interval, 0, 0);
    }

    function expectNotDisputed() private {
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotDisputed.selector, interval));
    }
}
