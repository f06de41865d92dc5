// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {MeteringTest} from "./base/MeteringTest.sol";
import {Statements} from "./base/Statements.sol";
import {vm} from "./base/Vm.sol";

/// @notice Statements that supersede others: before settlement and after it, and the trace that they leave.
contract MeteringCorrectionsTest is MeteringTest {
    uint256 private constant SECOND_SECRET = 0xB0B;

    IMetering.Attestation private first;

    function setUp() public override {
        super.setUp();
        first = statementOf(interval, 1, 20, 1_200, 340);
    }

    /* ACCEPTED */

    function test_SupersedesAStatement() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 21, 1_100, 400);
        (IMetering.Correction[] memory corrections, bytes memory signatures) = relayed(GATEWAY_SECRET, one);
        bytes32 former = Statements.recordedRoot(first);
        vm.prank(stranger);
        expectEvent(address(metering));
        emit IMetering.ReadingsCorrected(
            interval, gateway, 2, one.statement.root, 21, 1_100, 400, former, 1, SUBSTITUTED
        );
        metering.correct(corrections, signatures);

        expectTotals(1_100, 400, 21, 1, false);
        vm.assertEq(metering.lastSequence(gateway), 2, "sequence");
        vm.assertEq(metering.revision(interval, gateway), 1, "revision");
        bytes32 current = Statements.recordedRoot(one.statement);
        vm.assertEq(metering.attestationRoot(interval, gateway), current, "root that holds");
        vm.assertEq(metering.attestationRootAt(interval, gateway, 0), former, "former root");
        vm.assertEq(metering.attestationRootAt(interval, gateway, 1), current, "root of the last revision");
    }

    function test_CorrectsAfterSettlement() public {
        attest(GATEWAY_SECRET, first);
        close(interval);
        correct(GATEWAY_SECRET, correction(first, 2, 19, 1_199, 341));
        expectTotals(1_199, 341, 19, 1, true);
    }

    function test_CorrectsACorrection() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 20, 1_000, 0);
        IMetering.Correction memory two = correction(one.statement, 3, 20, 900, 1);
        correct(GATEWAY_SECRET, one);
        correct(GATEWAY_SECRET, two);
        expectTotals(900, 1, 20, 1, false);
        vm.assertEq(metering.revision(interval, gateway), 2, "revision");
        vm.assertEq(metering.attestationRootAt(interval, gateway, 1), Statements.recordedRoot(one.statement), "between");
    }

    function test_CorrectsSeveralAtOnceAndOnlyTheirOwn() public {
        uint32 second = registerGateway(SECOND_SECRET, GRID);
        IMetering.Attestation memory other = attestation(interval, second, 1, 50, 60);
        attest(GATEWAY_SECRET, first);
        attest(SECOND_SECRET, other);
        IMetering.Correction[] memory corrections = new IMetering.Correction[](2);
        bytes memory signatures;
        corrections[0] = correction(first, 2, 20, 1_000, 0);
        corrections[1] = correction(corrections[0].statement, 3, 20, 1_001, 7);
        for (uint256 i = 0; i < 2; ++i) {
            signatures =
                bytes.concat(signatures, Statements.signature(address(metering), GATEWAY_SECRET, corrections[i]));
        }
        metering.correct(corrections, signatures);
        expectTotals(1_051, 67, 40, 2, false);
        vm.assertEq(metering.revision(interval, second), 0, "the other gateway's revision");
        vm.assertEq(metering.attestationRoot(interval, second), Statements.recordedRoot(other), "its root");
    }

    function test_CorrectsTheTotalsAlone() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 20, 1_201, 340);
        one.statement.root = first.root;
        correct(GATEWAY_SECRET, one);
        expectTotals(1_201, 340, 20, 1, false);
    }

    function test_ALateStatementCountsAfterSettlement() public {
        close(interval);
        correct(GATEWAY_SECRET, lateStatement(interval, 1, 77, 88));
        expectTotals(77, 88, 20, 1, true);
        vm.assertEq(metering.revision(interval, gateway), 1, "revision");
        vm.assertEq(metering.attestationRootAt(interval, gateway, 0), 0, "nothing was attested in time");
    }

    function test_EveryReasonIsTaken() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Attestation memory former = first;
        for (uint8 reason = 2; reason <= 5; ++reason) {
            IMetering.Correction memory one = correction(former, reason, 20, reason, 0);
            one.reason = reason;
            correct(GATEWAY_SECRET, one);
            former = one.statement;
        }
        vm.assertEq(metering.revision(interval, gateway), 4, "corrections");
    }

    function test_CorrectsUntilTheLastSecond() public {
        attest(GATEWAY_SECRET, first);
        uint256 until = END + metering.CORRECTION_SECONDS();
        vm.assertEq(until, END + 60 days, "period");
        IMetering.Correction memory one = correction(first, 2, 20, 1, 1);
        vm.warp(until);
        expectRefused(one, abi.encodeWithSelector(IMetering.CorrectionPeriodOver.selector, interval, until, until));
        vm.warp(until - 1);
        correct(GATEWAY_SECRET, one);
        expectTotals(1, 1, 20, 1, false);
    }

    /* REFUSED: WHAT IT SAYS */

    function test_RefusesWhatIsNotRecorded() public {
        attest(GATEWAY_SECRET, first);
        bytes32 recorded = Statements.recordedRoot(first);
        for (uint256 field = 0; field < 4; ++field) {
            IMetering.Attestation memory other = statementOf(interval, 1, 20, 1_200, 340);
            if (field == 0) other.root = keccak256("other root");
            else if (field == 1) other.count = 19;
            else if (field == 2) other.imported = 1_199;
            else other.exported = 341;
            expectMismatch(correction(other, 2, 20, 9, 9), recorded);
        }
    }

    /// @notice Nobody's totals shrink by what was never attested.
    function test_RefusesToSupersedeTotalsWithoutARoot() public {
        close(interval);
        IMetering.Correction memory one = lateStatement(interval, 1, 77, 88);
        one.superseded.imported = 1;
        one.reason = SUBSTITUTED;
        (IMetering.Correction[] memory corrections, bytes memory signatures) = relayed(GATEWAY_SECRET, one);
        vm.expectPartialRevert(IMetering.InvalidAttestationSignature.selector);
        metering.correct(corrections, signatures);
    }

    function test_RefusesALateStatementWhereOneIsRecorded() public {
        attest(GATEWAY_SECRET, first);
        close(interval);
        expectMismatch(lateStatement(interval, 2, 77, 88), Statements.recordedRoot(first));
    }

    function test_RefusesACorrectionOfNothing() public {
        expectMismatch(correction(first, 2, 20, 9, 9), 0);
    }

    function test_RefusesALateStatementThatIsStillInTime() public {
        expectRefused(
            lateStatement(interval, 1, 77, 88),
            abi.encodeWithSelector(IMetering.NothingToCorrect.selector, interval, gateway)
        );
    }

    function test_RefusesWhatChangesNothing() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 20, 1_200, 340);
        one.statement.root = first.root;
        expectRefused(one, abi.encodeWithSelector(IMetering.NothingCorrected.selector, interval, gateway));
    }

    function test_RefusesOtherReasons() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 20, 9, 9);
        uint8[3] memory reasons = [0, LATE, 6];
        for (uint256 i = 0; i < 3; ++i) {
            one.reason = reasons[i];
            expectRefused(one, abi.encodeWithSelector(IMetering.InvalidCorrectionReason.selector, reasons[i]));
        }
        IntervalId later = next();
        vm.warp(END + DURATION);
        close(later);
        IMetering.Correction memory late = lateStatement(later, 2, 77, 88);
        late.reason = SUBSTITUTED;
        expectRefused(late, abi.encodeWithSelector(IMetering.InvalidCorrectionReason.selector, SUBSTITUTED));
    }

    function test_RefusesAnImpossibleCorrection() public {
        attest(GATEWAY_SECRET, first);
        bytes memory invalid = abi.encodeWithSelector(IMetering.InvalidAttestation.selector, interval, gateway);
        expectRefused(correction(first, 2, 0, 9, 9), invalid);
        expectRefused(correction(first, 2, uint32(type(uint16).max) + 1, 9, 9), invalid);
        expectRefused(correction(first, 2, 1, uint64(type(uint32).max) + 1, 9), invalid);
        expectRefused(correction(first, 2, 1, 9, uint64(type(uint32).max) + 1), invalid);
    }

    function test_RefusesACorrectionBeforeTheIntervalIsOver() public {
        IMetering.Correction memory one = lateStatement(next(), 1, 9, 9);
        expectRefused(one, abi.encodeWithSelector(IMetering.IntervalNotOver.selector, END + DURATION, END));
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START - 1, DURATION);
        one.statement.interval = shifted;
        expectRefused(one, abi.encodeWithSelector(IMetering.InvalidInterval.selector, shifted));
    }

    /// @notice A correction that returns to an earlier statement does not open the way for those in between.
    function test_RefusesAReplayAfterTheWayBack() public {
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory there = correction(first, 2, 20, 9, 9);
        IMetering.Correction memory back = correction(there.statement, 3, 20, 1_200, 340);
        back.statement.root = first.root;
        correct(GATEWAY_SECRET, there);
        correct(GATEWAY_SECRET, back);
        vm.assertEq(metering.attestationRoot(interval, gateway), Statements.recordedRoot(first), "back again");
        expectRefused(there, abi.encodeWithSelector(IMetering.SequenceNotIncreasing.selector, gateway, 3, 2));
    }

    function test_AnAttestationNeverFollowsACorrection() public {
        close(interval);
        correct(GATEWAY_SECRET, lateStatement(interval, 1, 77, 88));
        (IMetering.Attestation[] memory statements, bytes memory signatures) =
            relay(GATEWAY_SECRET, statementOf(interval, 2, 20, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IMetering.IntervalClosed.selector, interval));
        metering.attest(statements, signatures);
    }

    /* REFUSED: WHO SIGNED */

    function test_RefusesAnyChangedField() public {
        attest(GATEWAY_SECRET, first);
        for (uint256 field = 0; field < 5; ++field) {
            (IMetering.Correction[] memory corrections, bytes memory signatures) =
                relayed(GATEWAY_SECRET, correction(first, 2, 20, 9, 9));
            IMetering.Correction memory one = corrections[0];
            if (field == 0) one.statement.root = keccak256("other root");
            else if (field == 1) one.statement.count = 21;
            else if (field == 2) one.statement.imported = 8;
            else if (field == 3) one.statement.exported = 8;
            else one.reason = 2;
            vm.expectPartialRevert(IMetering.InvalidAttestationSignature.selector);
            metering.correct(corrections, signatures);
        }
    }

    function test_AnAttestationsSignatureIsNoCorrections() public {
        attest(GATEWAY_SECRET, first);
        (IMetering.Correction[] memory corrections, bytes memory signatures) =
            relayed(GATEWAY_SECRET, correction(first, 2, 20, 9, 9));
        signatures = Statements.signature(address(metering), GATEWAY_SECRET, corrections[0].statement);
        vm.expectPartialRevert(IMetering.InvalidAttestationSignature.selector);
        metering.correct(corrections, signatures);
    }

    function test_RefusesAnothersCorrection() public {
        registerGateway(SECOND_SECRET, GRID);
        attest(GATEWAY_SECRET, first);
        (IMetering.Correction[] memory corrections, bytes memory signatures) =
            relayed(SECOND_SECRET, correction(first, 2, 20, 9, 9));
        vm.expectRevert(
            abi.encodeWithSelector(
                IMetering.InvalidAttestationSignature.selector, gateway, vm.addr(GATEWAY_SECRET), vm.addr(SECOND_SECRET)
            )
        );
        metering.correct(corrections, signatures);
    }

    function test_RefusesAMissingSignature() public {
        attest(GATEWAY_SECRET, first);
        (IMetering.Correction[] memory corrections,) = relayed(GATEWAY_SECRET, correction(first, 2, 20, 9, 9));
        vm.expectRevert(abi.encodeWithSelector(IMetering.SignaturesLengthMismatch.selector, 65, 0));
        metering.correct(corrections, "");
    }

    /// @notice The key of the interval's time signs, also when the gateway has another one by now.
    function test_TheKeyOfTheIntervalSigns() public {
        attest(GATEWAY_SECRET, first);
        uint64 hour = START + 3_600;
        vm.prank(registrar);
        registry.rotateGatewayKeys(gateway, vm.addr(SECOND_SECRET), keccak256("key"), hour, hour + 1e7);
        vm.warp(hour + 1);
        IMetering.Correction memory one = correction(first, 2, 20, 9, 9);
        (IMetering.Correction[] memory corrections, bytes memory signatures) = relayed(SECOND_SECRET, one);
        vm.expectPartialRevert(IMetering.InvalidAttestationSignature.selector);
        metering.correct(corrections, signatures);
        correct(GATEWAY_SECRET, one);
        expectTotals(9, 9, 20, 1, false);
    }

    function test_RefusesAKeyThatWasRevokedBackInTime() public {
        attest(GATEWAY_SECRET, first);
        vm.prank(registrar);
        registry.revokeGateway(gateway, uint64(START));
        expectRefused(
            correction(first, 2, 20, 9, 9), abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, gateway, START)
        );
    }

    /* SINGLE READINGS */

    function test_VerifiesAReadingUnderEachRevision() public {
        bytes32 kept = Statements.leaf("a", "kept");
        bytes32 wrong = Statements.leaf("b", "wrong");
        bytes32 right = Statements.leaf("c", "right");
        first.root = Statements.hashPair(kept, wrong);
        attest(GATEWAY_SECRET, first);
        IMetering.Correction memory one = correction(first, 2, 2, 9, 9);
        one.statement.root = Statements.hashPair(kept, right);
        correct(GATEWAY_SECRET, one);

        bytes32[] memory proof = new bytes32[](2);
        (proof[0], proof[1]) = (kept, Statements.totalsHash(Statements.superseded(first)));
        vm.assertTrue(metering.verifyReadingAt(interval, gateway, 0, "b", "wrong", proof), "former reading, then");
        vm.assertFalse(metering.verifyReadingAt(interval, gateway, 1, "b", "wrong", proof), "former reading, now");
        vm.assertFalse(metering.verifyReading(interval, gateway, "b", "wrong", proof), "former reading");
        proof[1] = Statements.totalsHash(Statements.superseded(one.statement));
        vm.assertTrue(metering.verifyReading(interval, gateway, "c", "right", proof), "new reading");
        vm.assertTrue(metering.verifyReadingAt(interval, gateway, 1, "c", "right", proof), "new reading, now");
        vm.assertFalse(metering.verifyReadingAt(interval, gateway, 0, "c", "right", proof), "new reading, then");
        proof[0] = right;
        vm.assertTrue(metering.verifyReading(interval, gateway, "a", "kept", proof), "kept reading");
    }

    function test_NothingLiesUnderNoStatement() public {
        close(interval);
        correct(GATEWAY_SECRET, lateStatement(interval, 1, 77, 88));
        vm.assertFalse(metering.verifyReadingAt(interval, gateway, 0, 0, 0, new bytes32[](0)), "revision 0");
    }

    function test_RefusesARevisionThatIsNotThere() public {
        bytes memory unknown = abi.encodeWithSelector(IMetering.UnknownRevision.selector, interval, gateway, 0);
        vm.expectRevert(unknown);
        metering.attestationRootAt(interval, gateway, 1);
        vm.expectRevert(unknown);
        metering.verifyReadingAt(interval, gateway, 1, 0, 0, new bytes32[](0));
    }

    /* FUZZ */

    /// @notice After any chain of corrections the totals are those of the last one, and every root is traced.
    function testFuzz_TheTotalsAreThoseOfTheLastStatement(uint32[8] memory imported, uint16[8] memory counts) public {
        attest(GATEWAY_SECRET, first);
        uint32 other = registerGateway(SECOND_SECRET, GRID);
        attest(SECOND_SECRET, attestation(interval, other, 1, 5, 6));
        IMetering.Attestation memory former = first;
        for (uint64 i = 0; i < 8; ++i) {
            if (i == 4) close(interval);
            IMetering.Correction memory one =
                correction(former, 2 + i, uint32(counts[i]) % 60_000 + 1, imported[i], imported[7 - i]);
            correct(GATEWAY_SECRET, one);
            vm.assertEq(
                metering.attestationRootAt(interval, gateway, i), Statements.recordedRoot(former), "former root"
            );
            former = one.statement;
        }
        expectTotals(former.imported + 5, former.exported + 6, former.count + 20, 2, true);
    }

    /* HELPERS */

    function expectMismatch(IMetering.Correction memory one, bytes32 recorded) private {
        expectRefused(
            one,
            abi.encodeWithSelector(
                IMetering.SupersededRootMismatch.selector,
                interval,
                gateway,
                recorded,
                Statements.recordedRoot(one.superseded)
            )
        );
    }
}
