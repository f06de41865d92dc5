// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/disputes/IDisputes.sol";
import {IAgents} from "../src/registry/IAgents.sol";
import {BID} from "./base/Books.sol";
import {DisputesTest} from "./base/DisputesTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Who signed the order at a place?
contract DisputesUnsignedTest is DisputesTest {
    function setUp() public override {
        super.setUp();
        commitStandardBook();
        clearStandardBook();
    }

    /* ASKED */

    function test_IsRecordedAndAnnounced() public {
        uint64 answerBy = uint64(GATE) + 3_600;
        expectEvent(address(disputes));
        emit IDisputes.ChallengeOpened(1, interval, walletOf(6), IDisputes.ChallengeKind.Unsigned, 1, 0, 0, answerBy);
        vm.assertEq(challengeUnsigned(1, 0), 1, "number");
        (, IDisputes.ChallengeKind kind, IDisputes.ChallengeStatus status, uint64 by, uint32 batch, uint32 index,) =
            disputes.challengeOf(1);
        vm.assertEq(uint256(kind), uint256(IDisputes.ChallengeKind.Unsigned), "kind");
        vm.assertEq(uint256(status), uint256(IDisputes.ChallengeStatus.Open), "status");
        vm.assertEq(by, answerBy, "answer by");
        vm.assertEq(batch, 1, "batch");
        vm.assertEq(index, 0, "index");
        vm.assertEq(challengeUnsigned(0, 2), 2, "next number");
        vm.assertEq(disputes.challengeCount(), 2, "count");
        expectDispute(IDisputes.DisputeStatus.None, 2);
    }

    function test_RefusesABatchThatIsNone() public {
        vm.prank(walletOf(6));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.UnknownBatch.selector, 3));
        disputes.challengeUnsigned(interval, 3, 0);
    }

    /* ANSWERED */

    function test_EveryPlaceHasItsOwner() public {
        uint256 first = challengeUnsigned(0, 0);
        uint256 third = challengeUnsigned(0, 2);
        uint256 second = challengeUnsigned(1, 0);
        expectEvent(address(disputes));
        emit IDisputes.ChallengeAnswered(first, interval);
        vm.prank(stranger);
        answerUnsigned(first, 0, proofOf(standardOrder(2)));
        answerUnsigned(third, 0, proofOf(standardOrder(4)));
        answerUnsigned(second, 1, proofOf(standardOrder(5)));
        expectStatus(first, IDisputes.ChallengeStatus.Answered);
        expectDispute(IDisputes.DisputeStatus.None, 0);
    }

    function test_ASubmittedOrderNeedsNoSignature() public {
        uint256 challenge = challengeUnsigned(DIRECT_BATCH, 0);
        answerUnsigned(challenge, DIRECT_BATCH, IDisputes.OrderProof(directOrder().salt, 0, ""));
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    function test_APlaceThatIsNoneNeedsNoOwner() public {
        uint256 challenge = challengeUnsigned(0, 3);
        disputes.answerUnsigned(challenge, opening(0), "", IDisputes.OrderProof(0, 0, ""));
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    /// @notice The wallet counts that stood for the account when it signed.
    function test_AFormerWalletSignedInItsTime() public {
        address next = vm.addr(4_711);
        vm.prank(walletOf(2));
        registry.proposeWallet(2, next);
        vm.prank(next);
        registry.acceptWallet(2);
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderTerms memory order = standardOrder(2);
        answerUnsigned(challenge, 0, proofBy(secretOf(2), order, uint40(GATE - 1)));
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    /* REFUSED */

    function test_RefusesAWalletOfAnotherTime() public {
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderTerms memory order = standardOrder(2);
        IDisputes.OrderProof memory proof = proofBy(secretOf(2), order, uint40(GATE - 86_401));
        expectRefused(
            challenge,
            0,
            proof,
            abi.encodeWithSelector(IDisputes.NotTheAccountsOrder.selector, 2, walletOf(2), proof.signedAt)
        );
    }

    function test_RefusesASignatureFromTheGateOn() public {
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderProof memory proof = proofBy(secretOf(2), standardOrder(2), uint40(GATE));
        expectRefused(challenge, 0, proof, abi.encodeWithSelector(IDisputes.SignedTooLate.selector, GATE, GATE));
    }

    function test_RefusesAnotherSigner() public {
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderProof memory proof = proofBy(secretOf(3), standardOrder(2), SIGNED_AT);
        expectRefused(
            challenge,
            0,
            proof,
            abi.encodeWithSelector(IDisputes.NotTheAccountsOrder.selector, 2, walletOf(3), SIGNED_AT)
        );
        proof.signature = hex"00";
        expectRefused(
            challenge,
            0,
            proof,
            abi.encodeWithSelector(IDisputes.NotTheAccountsOrder.selector, 2, address(0), SIGNED_AT)
        );
    }

    function test_RefusesAnotherSalt() public {
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderTerms memory order = standardOrder(2);
        bytes32 digest = digestOf(order);
        order.salt += 1;
        expectRefused(
            challenge,
            0,
            proofOf(order),
            abi.encodeWithSelector(IDisputes.OrderDigestMismatch.selector, digest, digestOf(order))
        );
    }

    function test_RefusesAnotherBatch() public {
        uint256 challenge = challengeUnsigned(0, 0);
        expectRefused(
            challenge, 1, proofOf(standardOrder(5)), abi.encodeWithSelector(IDisputes.WrongBatch.selector, 0, 1)
        );
    }

    function test_RefusesOtherPackedOrders() public {
        uint256 challenge = challengeUnsigned(0, 0);
        IDisputes.OrderProof memory proof = proofOf(standardOrder(2));
        bytes memory packed = batchesOf[interval][0];
        packed[4] ^= 0x01;
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputes.PackedOrdersMismatch.selector, keccak256(batchesOf[interval][0]), keccak256(packed)
            )
        );
        disputes.answerUnsigned(challenge, opening(0), packed, proof);
    }

    function test_RefusesAnAnswerTwiceOrTooLate() public {
        uint256 first = challengeUnsigned(0, 0);
        uint256 second = challengeUnsigned(0, 0);
        vm.warp(GATE + 3_599);
        IDisputes.OrderProof memory proof = proofOf(standardOrder(2));
        answerUnsigned(first, 0, proof);
        expectRefused(first, 0, proof, abi.encodeWithSelector(IDisputes.ChallengeNotOpen.selector, first));
        vm.warp(GATE + 3_600);
        expectRefused(
            second,
            0,
            proof,
            abi.encodeWithSelector(IDisputes.AnswerTooLate.selector, second, GATE + 3_600, GATE + 3_600)
        );
        expectRefused(99, 0, proof, abi.encodeWithSelector(IDisputes.ChallengeNotOpen.selector, 99));
    }

    function test_RefusesAnAnswerOfAnotherKind() public {
        uint256 challenge = challengeUnsigned(0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.WrongKind.selector, challenge, IDisputes.ChallengeKind.Unsigned)
        );
        disputes.answerMissing(challenge, opening(0), 0);
    }

    /* HELPERS */

    function expectRefused(uint256 challenge, uint32 batch, IDisputes.OrderProof memory proof, bytes memory reason)
        private
    {
        IDisputes.BatchOpening memory opened = opening(batch);
        bytes memory packed = batchesOf[interval][batch];
        vm.expectRevert(reason);
        disputes.answerUnsigned(challenge, opened, packed, proof);
    }
}

/// @notice Orders that an agent signed, and copies of orders that a wallet submitted.
contract DisputesByAgentTest is DisputesTest {
    address private immutable agent = vm.addr(AGENT_SECRET);

    function setUp() public override {
        super.setUp();
        vm.prank(walletOf(2));
        agents.mandate(agent, IAgents.Mandate(0, uint40(GATE), 1, 700, 0, 20_000));
    }

    function test_AnAgentSignsWithinItsMandate() public {
        commitStandardBook();
        clearStandardBook();
        uint256 challenge = challengeUnsigned(0, 0);
        answerUnsigned(challenge, 0, proofBy(AGENT_SECRET, standardOrder(2), SIGNED_AT));
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    function test_RefusesAnAgentBeyondItsMandate() public {
        IDisputes.OrderTerms memory order = terms(2, BID, 701, 20_000);
        commitSigned(order);
        vm.warp(GATE);
        clear(20_000, 0);
        uint256 challenge = challengeUnsigned(0, 0);
        refuse(challenge, proofBy(AGENT_SECRET, order, SIGNED_AT));
    }

    function test_RefusesAnAgentOfAnotherAccountOrTime() public {
        commitStandardBook();
        clearStandardBook();
        uint256 challenge = challengeUnsigned(0, 2);
        refuse(challenge, proofBy(AGENT_SECRET, standardOrder(4), SIGNED_AT));
        challenge = challengeUnsigned(0, 0);
        refuse(challenge, proofBy(AGENT_SECRET, standardOrder(2), uint40(GATE - 86_401)));
    }

    /// @notice Whoever submits an order lets everybody read it; the operator cannot commit it once more.
    function test_ACopyOfASubmittedOrderNeedsASignature() public {
        submit(standardOrder(2));
        commitSigned(standardOrder(2));
        vm.warp(GATE);
        clear(20_000, 0);
        uint256 challenge = challengeUnsigned(1, 0);
        IDisputes.OrderProof memory proof = IDisputes.OrderProof(standardOrder(2).salt, SIGNED_AT, "");
        vm.expectPartialRevert(IDisputes.NotTheAccountsOrder.selector);
        this.answer(challenge, 1, proof);
        answerUnsigned(challenge, 1, proofOf(standardOrder(2)));
        expectStatus(challenge, IDisputes.ChallengeStatus.Answered);
    }

    function refuse(uint256 challenge, IDisputes.OrderProof memory proof) private {
        vm.expectPartialRevert(IDisputes.NotTheAccountsOrder.selector);
        this.answer(challenge, 0, proof);
    }

    /// @dev External, so that what is expected to be refused is one call.
    function answer(uint256 challenge, uint32 batch, IDisputes.OrderProof memory proof) external {
        answerUnsigned(challenge, batch, proof);
    }
}
