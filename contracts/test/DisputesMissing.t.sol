// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/disputes/IDisputes.sol";
import {IAgents} from "../src/registry/IAgents.sol";
import {BID} from "./base/Books.sol";
import {DisputesTest} from "./base/DisputesTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Orders that the operator acknowledged and did not commit, and orders that it committed twice.
contract DisputesMissingTest is DisputesTest {
    function setUp() public override {
        super.setUp();
        commitStandardBook();
    }

    /* MISSING */

    function test_AReceiptAsksForTheOrder() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        bytes memory signed = receipt(OPERATOR_SECRET, order, uint64(GATE - 1));
        expectEvent(address(disputes));
        emit IDisputes.ChallengeOpened(
            1, interval, walletOf(6), IDisputes.ChallengeKind.Missing, 0, 0, digestOf(order), uint64(GATE + 3_600)
        );
        vm.prank(walletOf(6));
        disputes.challengeMissing(interval, order, uint64(GATE - 1), signed);
        (,,,,,, bytes32 digest) = disputes.challengeOf(1);
        vm.assertEq(digest, digestOf(order), "digest");
    }

    function test_APlaceInTheBookAnswers() public {
        clearStandardBook();
        uint256 second = challengeMissing(standardOrder(3));
        uint256 direct = challengeMissing(directOrder());
        expectEvent(address(disputes));
        emit IDisputes.ChallengeAnswered(second, interval);
        disputes.answerMissing(second, opening(0), 1);
        disputes.answerMissing(direct, opening(DIRECT_BATCH), 0);
        expectDispute(IDisputes.DisputeStatus.None, 0);
    }

    function test_RefusesAnotherPlace() public {
        clearStandardBook();
        uint256 challenge = challengeMissing(standardOrder(3));
        bytes32 expected = digestOf(standardOrder(3));
        IDisputes.BatchOpening memory opened = opening(0);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AnotherOrder.selector, expected, digestOf(standardOrder(2))));
        disputes.answerMissing(challenge, opened, 0);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.UnknownPlace.selector, 0, 3));
        disputes.answerMissing(challenge, opened, 3);
    }

    function test_RefusesAnAnswerOfAnotherKind() public {
        clearStandardBook();
        uint256 challenge = challengeMissing(standardOrder(3));
        IDisputes.BatchOpening memory opened = opening(0);
        bytes memory packed = batchesOf[interval][0];
        IDisputes.OrderProof memory proof = proofOf(standardOrder(3));
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.WrongKind.selector, challenge, IDisputes.ChallengeKind.Missing)
        );
        disputes.answerUnsigned(challenge, opened, packed, proof);
    }

    function test_RefusesReceiptsOfOthers() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        expectInvalidReceipt(order, receipt(secretOf(2), order, SIGNED_AT), walletOf(2));
        expectInvalidReceipt(order, hex"1234", address(0));
    }

    function test_RefusesAReceiptFromTheGateOn() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        bytes memory signed = receipt(OPERATOR_SECRET, order, uint64(GATE));
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.ReceivedTooLate.selector, GATE, GATE));
        disputes.challengeMissing(interval, order, uint64(GATE), signed);
    }

    /* WITHDRAWN */

    function test_AWithdrawalAnswers() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        uint256 challenge = challengeMissing(order);
        expectEvent(address(disputes));
        emit IDisputes.ChallengeAnswered(challenge, interval);
        disputes.answerWithdrawn(challenge, order, SIGNED_AT, withdrawal(secretOf(6), order));
        expectDispute(IDisputes.DisputeStatus.None, 0);
    }

    function test_AnAgentsWithdrawalAnswers() public {
        IDisputes.OrderTerms memory order = forgotten();
        vm.warp(SIGNED_AT);
        vm.prank(walletOf(6));
        agents.mandate(vm.addr(AGENT_SECRET), IAgents.Mandate(SIGNED_AT, SIGNED_AT + 60, 3, 100, 0, 10_000));
        clearStandardBook();
        uint256 challenge = challengeMissing(order);
        bytes memory signed = withdrawal(AGENT_SECRET, order);
        expectNotWithdrawn(challenge, order, SIGNED_AT + 60, signed, vm.addr(AGENT_SECRET));
        disputes.answerWithdrawn(challenge, order, SIGNED_AT, signed);
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    function test_RefusesWithdrawalsOfOthers() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        uint256 challenge = challengeMissing(order);
        expectNotWithdrawn(challenge, order, SIGNED_AT, withdrawal(secretOf(2), order), walletOf(2));
        expectNotWithdrawn(challenge, order, SIGNED_AT, hex"1234", address(0));
    }

    /// @notice An order's own signature takes nothing back.
    function test_RefusesTheOrdersSignatureAsWithdrawal() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        uint256 challenge = challengeMissing(order);
        bytes memory signed = sign(secretOf(6), digestOf(order));
        vm.expectPartialRevert(IDisputes.NotTheAccountsOrder.selector);
        disputes.answerWithdrawn(challenge, order, SIGNED_AT, signed);
    }

    function test_RefusesTheWithdrawalOfAnotherOrder() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        uint256 challenge = challengeMissing(order);
        IDisputes.OrderTerms memory other = standardOrder(2);
        bytes memory signed = withdrawal(secretOf(2), other);
        bytes32 expected = digestOf(order);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AnotherOrder.selector, expected, digestOf(other)));
        disputes.answerWithdrawn(challenge, other, SIGNED_AT, signed);
    }

    function test_RefusesAWithdrawalFromTheGateOnOrTooLate() public {
        clearStandardBook();
        IDisputes.OrderTerms memory order = forgotten();
        uint256 challenge = challengeMissing(order);
        bytes memory signed = withdrawal(secretOf(6), order);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.SignedTooLate.selector, GATE, GATE));
        disputes.answerWithdrawn(challenge, order, uint40(GATE), signed);
        uint256 until = GATE + 3_600;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AnswerTooLate.selector, challenge, until, until));
        disputes.answerWithdrawn(challenge, order, SIGNED_AT, signed);
    }

    /* TWICE */

    function test_TheSameOrderTwiceDisputesAtOnce() public {
        commitSigned(standardOrder(5));
        clearStandardBook();
        bytes32 digest = digestOf(standardOrder(5));
        expectEvent(address(disputes));
        emit IDisputes.DuplicateProven(interval, digest, 1, 0, 3, 0);
        expectEvent(address(disputes));
        emit IDisputes.IntervalDisputed(interval);
        vm.prank(stranger);
        disputes.proveDuplicate(interval, opening(1), 0, opening(3), 0);
        (IDisputes.DisputeStatus status, uint64 disputedAt,) = disputes.disputeOf(interval);
        vm.assertEq(uint256(status), uint256(IDisputes.DisputeStatus.Disputed), "status");
        vm.assertEq(disputedAt, GATE, "disputed at");
    }

    function test_TwiceInOneBatchToo() public {
        IDisputes.OrderTerms[] memory orders = new IDisputes.OrderTerms[](2);
        (orders[0], orders[1]) = (forgotten(), forgotten());
        commitSigned(orders);
        clearStandardBook();
        disputes.proveDuplicate(interval, opening(3), 0, opening(3), 1);
        expectDispute(IDisputes.DisputeStatus.Disputed, 0);
    }

    function test_RefusesOnePlaceAndTwoOrders() public {
        clearStandardBook();
        (bytes32 one, bytes32 other) = (digestOf(standardOrder(2)), digestOf(standardOrder(3)));
        expectNoDuplicate(0, 0, abi.encodeWithSelector(IDisputes.NotADuplicate.selector, one, one));
        expectNoDuplicate(0, 1, abi.encodeWithSelector(IDisputes.NotADuplicate.selector, one, other));
    }

    /// @notice A participant that gives its order to the operator and submits it as well cannot dispute with that.
    function test_RefusesWhatTheOwnerSubmitted() public {
        commitSigned(directOrder());
        clearStandardBook();
        IDisputes.BatchOpening memory direct = opening(DIRECT_BATCH);
        IDisputes.BatchOpening memory given = opening(3);
        bytes memory reason =
            abi.encodeWithSelector(IDisputes.SubmittedByOwner.selector, digestOf(directOrder()), DIRECT_BATCH);
        vm.expectRevert(reason);
        disputes.proveDuplicate(interval, direct, 0, given, 0);
        vm.expectRevert(reason);
        disputes.proveDuplicate(interval, given, 0, direct, 0);
    }

    function test_TwiceBesideASubmissionDisputes() public {
        commitSigned(directOrder());
        commitSigned(directOrder());
        clearStandardBook();
        disputes.proveDuplicate(interval, opening(3), 0, opening(4), 0);
        expectDispute(IDisputes.DisputeStatus.Disputed, 0);
    }

    /* HELPERS */

    function forgotten() private pure returns (IDisputes.OrderTerms memory) {
        return IDisputes.OrderTerms(6, BID, 10, 8_100, 5);
    }

    function expectInvalidReceipt(IDisputes.OrderTerms memory order, bytes memory signed, address recovered) private {
        bytes32 digest = digestOf(order);
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.InvalidReceipt.selector, digest, recovered));
        disputes.challengeMissing(interval, order, SIGNED_AT, signed);
    }

    function expectNotWithdrawn(
        uint256 challenge,
        IDisputes.OrderTerms memory order,
        uint40 signedAt,
        bytes memory signed,
        address recovered
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.NotTheAccountsOrder.selector, order.account, recovered, signedAt)
        );
        disputes.answerWithdrawn(challenge, order, signedAt, signed);
    }

    function expectNoDuplicate(uint32 firstIndex, uint32 secondIndex, bytes memory reason) private {
        IDisputes.BatchOpening memory opened = opening(0);
        vm.expectRevert(reason);
        disputes.proveDuplicate(interval, opened, firstIndex, opened, secondIndex);
    }
}
