// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {MeteringTest} from "./base/MeteringTest.sol";
import {Statements} from "./base/Statements.sol";
import {vm} from "./base/Vm.sol";

/// @notice Attestations, totals and proofs of single readings.
contract MeteringAttestationsTest is MeteringTest {
    // Order of secp256k1.
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant SECOND_SECRET = 0xB0B;

    /* ACCEPTED */

    function test_RecordsAnAttestationOfAnyRelay() public {
        IMetering.Attestation memory statement = attestation(interval, gateway, 5, 1_200, 340);
        (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(GATEWAY_SECRET, statement);
        vm.prank(stranger);
        expectEvent(address(metering));
        emit IMetering.ReadingsAttested(interval, gateway, 5, statement.root, 20, 1_200, 340);
        metering.attest(statements, signatures);

        vm.assertEq(metering.attestationRoot(interval, gateway), Statements.recordedRoot(statement), "root");
        vm.assertEq(metering.lastSequence(gateway), 5, "sequence");
        expectTotals(1_200, 340, 20, 1, false);
    }

    function test_AddsUpGateways() public {
        uint32 second = registerGateway(SECOND_SECRET, GRID);
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](2);
        bytes memory signatures;
        statements[0] = attestation(interval, gateway, 1, 1_000, 1);
        statements[1] = attestation(interval, second, 9, 200, 30);
        signatures = bytes.concat(signature(GATEWAY_SECRET, statements[0]), signature(SECOND_SECRET, statements[1]));
        metering.attest(statements, signatures);
        expectTotals(1_200, 31, 40, 2, false);
    }

    function test_ALateStatementAboutAnEarlierIntervalCounts() public {
        vm.warp(END + DURATION);
        attest(GATEWAY_SECRET, attestation(next(), gateway, 1, 10, 0));
        attest(GATEWAY_SECRET, attestation(interval, gateway, 2, 20, 0));
        expectTotals(20, 0, 20, 1, false);
    }

    function test_CountsTheMostThatMetersCanCount() public {
        uint64 most = 20 * uint64(type(uint32).max);
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, most, most));
        expectTotals(most, most, 20, 1, false);
    }

    /* REFUSED: WHAT IT SAYS */

    function test_RefusesAStatementBeforeTheIntervalIsOver() public {
        vm.warp(END - 1);
        expectRefused(
            attestation(interval, gateway, 1, 0, 0),
            abi.encodeWithSelector(IMetering.IntervalNotOver.selector, END, END - 1)
        );
    }

    function test_RefusesAReplay() public {
        IMetering.Attestation memory statement = attestation(interval, gateway, 1, 10, 0);
        attest(GATEWAY_SECRET, statement);
        expectRefused(statement, abi.encodeWithSelector(IMetering.SequenceNotIncreasing.selector, gateway, 1, 1));
    }

    function test_RefusesASecondStatementAboutAnInterval() public {
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 10, 0));
        expectRefused(
            attestation(interval, gateway, 2, 9, 0),
            abi.encodeWithSelector(IMetering.AlreadyAttested.selector, interval, gateway)
        );
    }

    function test_RefusesASequenceThatGoesBack() public {
        attest(GATEWAY_SECRET, attestation(interval, gateway, 7, 10, 0));
        vm.warp(END + DURATION);
        expectRefused(
            attestation(next(), gateway, 6, 10, 0),
            abi.encodeWithSelector(IMetering.SequenceNotIncreasing.selector, gateway, 7, 6)
        );
    }

    function test_RefusesAnEmptyOrImpossibleStatement() public {
        bytes memory invalid = abi.encodeWithSelector(IMetering.InvalidAttestation.selector, interval, gateway);
        IMetering.Attestation memory statement = attestation(interval, gateway, 1, 0, 0);
        statement.root = 0;
        expectRefused(statement, invalid);
        statement = attestation(interval, gateway, 1, 0, 0);
        statement.count = 0;
        expectRefused(statement, invalid);
        expectRefused(attestation(interval, gateway, 1, 20 * uint64(type(uint32).max) + 1, 0), invalid);
        expectRefused(attestation(interval, gateway, 1, 0, 20 * uint64(type(uint32).max) + 1), invalid);
    }

    /// @notice No gateway can state so much that another one's statement does not fit into the totals any more.
    function test_TheTotalsHoldTheMostThatGatewaysCanState() public {
        uint32 second = registerGateway(SECOND_SECRET, GRID);
        uint64 most = uint64(type(uint16).max) * type(uint32).max;
        IMetering.Attestation memory statement = attestation(interval, gateway, 1, most, most);
        statement.count = uint32(type(uint16).max) + 1;
        expectRefused(statement, abi.encodeWithSelector(IMetering.InvalidAttestation.selector, interval, gateway));
        statement.count = type(uint16).max;
        attest(GATEWAY_SECRET, statement);
        statement.gateway = second;
        attest(SECOND_SECRET, statement);
        expectTotals(2 * most, 2 * most, 2 * uint32(type(uint16).max), 2, false);
        uint256 all = type(uint16).max * uint256(most);
        vm.assertLe(all, type(uint64).max, "energy of as many gateways as the totals count");
    }

    function test_RefusesAnIntervalOffTheGrid() public {
        IntervalId shifted = IntervalLib.pack(COMMUNITY, START - 1, DURATION);
        expectRefused(
            attestation(shifted, gateway, 1, 0, 0), abi.encodeWithSelector(IMetering.InvalidInterval.selector, shifted)
        );
    }

    function test_RefusesWhatComesAfterSettlement() public {
        close(interval);
        expectRefused(
            attestation(interval, gateway, 1, 10, 0),
            abi.encodeWithSelector(IMetering.IntervalClosed.selector, interval)
        );
    }

    /* REFUSED: WHO SIGNED */

    function test_RefusesAnyChangedField() public {
        for (uint256 field = 0; field < 4; ++field) {
            IMetering.Attestation memory statement = attestation(interval, gateway, 1, 1_200, 340);
            (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(GATEWAY_SECRET, statement);
            if (field == 0) statements[0].root = keccak256("other root");
            else if (field == 1) statements[0].count = 21;
            else if (field == 2) statements[0].imported = 1_199;
            else statements[0].exported = 341;
            vm.expectPartialRevert(IMetering.InvalidAttestationSignature.selector);
            metering.attest(statements, signatures);
        }
    }

    function test_RefusesAnothersSignature() public {
        registerGateway(SECOND_SECRET, GRID);
        (IMetering.Attestation[] memory statements, bytes memory signatures) =
            relay(SECOND_SECRET, attestation(interval, gateway, 1, 10, 0));
        expectInvalidSignature(vm.addr(SECOND_SECRET));
        metering.attest(statements, signatures);
    }

    function test_RefusesTheMirroredSignature() public {
        IMetering.Attestation memory statement = attestation(interval, gateway, 1, 10, 0);
        (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(GATEWAY_SECRET, statement);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(GATEWAY_SECRET, digestOf(statement));
        signatures = abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        expectInvalidSignature(address(0));
        metering.attest(statements, signatures);
    }

    function test_RefusesASignatureOfAnotherLength() public {
        (IMetering.Attestation[] memory statements, bytes memory signatures) =
            relay(GATEWAY_SECRET, attestation(interval, gateway, 1, 10, 0));
        signatures = bytes.concat(signatures, hex"00");
        vm.expectRevert(abi.encodeWithSelector(IMetering.SignaturesLengthMismatch.selector, 65, 66));
        metering.attest(statements, signatures);
    }

    function test_RefusesAMissingSignature() public {
        (IMetering.Attestation[] memory statements,) = relay(GATEWAY_SECRET, attestation(interval, gateway, 1, 10, 0));
        vm.expectRevert(abi.encodeWithSelector(IMetering.SignaturesLengthMismatch.selector, 65, 0));
        metering.attest(statements, "");
    }

    function test_RefusesAKeyThatWasRevokedWithinTheInterval() public {
        vm.prank(registrar);
        registry.revokeGateway(gateway, uint64(END) - 1);
        expectRefused(
            attestation(interval, gateway, 1, 0, 0),
            abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, gateway, END - 1)
        );
    }

    function test_AcceptsAKeyThatWasRevokedAfterTheInterval() public {
        vm.prank(registrar);
        registry.revokeGateway(gateway, uint64(END));
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 10, 0));
        expectTotals(10, 0, 20, 1, false);
    }

    function test_RefusesAGatewayOfAnotherCommunity() public {
        IntervalId foreign = IntervalLib.pack(COMMUNITY + 1, START, DURATION);
        expectRefused(
            attestation(foreign, gateway, 1, 0, 0),
            abi.encodeWithSelector(IRegistry.GatewayNotInCommunity.selector, gateway, COMMUNITY + 1)
        );
    }

    /* CLOSING */

    function test_ClosesWithTheTotals() public {
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 1_200, 340));
        (uint64 imported, uint64 exported, uint32 readings) = close(interval);
        vm.assertEq(imported, 1_200, "imported");
        vm.assertEq(exported, 340, "exported");
        vm.assertEq(readings, 20, "readings");
        expectTotals(1_200, 340, 20, 1, true);
    }

    function test_RefusesToCloseTwiceOrEarly() public {
        close(interval);
        vm.prank(address(settlement));
        vm.expectRevert(abi.encodeWithSelector(IMetering.IntervalClosed.selector, interval));
        metering.closeInterval(interval);
        vm.prank(address(settlement));
        vm.expectRevert(abi.encodeWithSelector(IMetering.IntervalNotOver.selector, END + DURATION, END));
        metering.closeInterval(next());
    }

    function test_OnlyTheSettlementContractCloses() public {
        bytes32 role = metering.SETTLEMENT_ROLE();
        vm.prank(operator);
        expectUnauthorized(operator, role);
        metering.closeInterval(interval);
    }

    /// @notice Neighbours share the access to the totals; intervals may follow in any order.
    function test_AddsUpIntervalsInTurn() public {
        uint32[3] memory gateways =
            [gateway, registerGateway(SECOND_SECRET, GRID), registerGateway(SECOND_SECRET + 1, GRID)];
        vm.warp(END + DURATION);
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](5);
        bytes memory signatures;
        for (uint32 i = 0; i < 5; ++i) {
            statements[i] = attestation(i % 2 == 0 ? interval : next(), gateways[i / 2], 1 + i, 10 + i, 100 + i);
            signatures = bytes.concat(
                signatures,
                Statements.signature(
                    address(metering), i / 2 == 0 ? GATEWAY_SECRET : SECOND_SECRET + i / 2 - 1, statements[i]
                )
            );
        }
        metering.attest(statements, signatures);
        expectTotals(36, 306, 60, 3, false);
        (uint64 imported, uint64 exported, uint32 readings, uint16 count,) = metering.totals(next());
        vm.assertEq(abi.encode(imported, exported, readings, count), abi.encode(24, 204, 40, 2), "next interval");
        for (uint32 i = 0; i < 3; ++i) {
            vm.assertEq(metering.lastSequence(gateways[i]), i == 2 ? 5 : 2 * (1 + i), "sequence");
        }
    }

    function test_RefusesTheSameStatementTwiceAtOnce() public {
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](2);
        bytes memory signatures;
        for (uint64 i = 0; i < 2; ++i) {
            statements[i] = attestation(interval, gateway, 1 + i, 10, 0);
            signatures = bytes.concat(signatures, signature(GATEWAY_SECRET, statements[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(IMetering.AlreadyAttested.selector, interval, gateway));
        metering.attest(statements, signatures);
    }

    function test_NothingChangesNothing() public {
        metering.attest(new IMetering.Attestation[](0), "");
        expectTotals(0, 0, 0, 0, false);
    }

    /* SINGLE READINGS */

    function test_VerifiesAReadingUnderItsRoot() public {
        bytes32[3] memory leaves =
            [Statements.leaf("a", "first"), Statements.leaf("b", "second"), Statements.leaf("c", "third")];
        bytes32 inner = Statements.hashPair(leaves[0], leaves[1]);
        IMetering.Attestation memory statement = attestation(interval, gateway, 1, 1, 1);
        statement.root = Statements.hashPair(inner, leaves[2]);
        attest(GATEWAY_SECRET, statement);

        bytes32[] memory proof = new bytes32[](3);
        (proof[0], proof[1]) = (leaves[0], leaves[2]);
        proof[2] = Statements.totalsHash(Statements.superseded(statement));
        vm.assertTrue(metering.verifyReading(interval, gateway, "b", "second", proof), "a reading");
        vm.assertFalse(metering.verifyReading(interval, gateway, "b", "changed", proof), "a changed reading");
        vm.assertFalse(metering.verifyReading(interval, gateway, "x", "second", proof), "another salt");
        vm.assertFalse(metering.verifyReading(next(), gateway, "b", "second", proof), "another interval");
        vm.assertFalse(metering.verifyReading(interval, gateway + 1, "b", "second", proof), "another gateway");
        vm.assertFalse(metering.verifyReading(interval, gateway, "b", "second", new bytes32[](0)), "no proof");
    }

    /* HELPERS */

    function expectRefused(IMetering.Attestation memory statement, bytes memory reason) private {
        (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(GATEWAY_SECRET, statement);
        vm.expectRevert(reason);
        metering.attest(statements, signatures);
    }

    function expectInvalidSignature(address recovered) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMetering.InvalidAttestationSignature.selector, gateway, vm.addr(GATEWAY_SECRET), recovered
            )
        );
    }
}
