// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {MeteringTest} from "./base/MeteringTest.sol";
import {Statements} from "./base/Statements.sol";
import {vm} from "./base/Vm.sol";

/// @notice What attestations and corrections cost, as `Gas.t.sol` measures: whole transactions, refunds not deducted.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract MeteringGasTest is MeteringTest {
    uint32 private constant READINGS = 96;

    uint32[] private gateways;

    /// @dev Gateways 1 to 20, which have all attested before.
    function setUp() public override {
        super.setUp();
        gateways.push(gateway);
        for (uint32 i = 1; i < 20; ++i) {
            gateways.push(registerGateway(GATEWAY_SECRET + i, GRID));
        }
        vm.warp(END + 8 * DURATION);
        send(0, 20, 1, 1);
    }

    function test_Attest() public {
        uint32[5] memory counts = [uint32(1), 2, 5, 10, 20];
        for (uint32 i = 0; i < 5; ++i) {
            send(1 + i, counts[i], 1, 2 + i);
            string memory name = counts[i] == 1
                ? "attest 96 readings of one gateway"
                : string.concat("attest 96 readings each of ", text(counts[i]), " gateways");
            snapshotPerReading(name, counts[i]);
        }
    }

    function test_AttestSeveralIntervals() public {
        send(1, 1, 4, 2);
        snapshotPerReading("attest 96 readings each of 4 intervals of one gateway", 4);
        send(5, 10, 2, 6);
        snapshotPerReading("attest 96 readings each of 2 intervals of 10 gateways", 20);
    }

    function test_Correct() public {
        IMetering.Correction memory one = correction(stated(0, 0, 1), 2, READINGS, 123_455, 65_432);
        correct(GATEWAY_SECRET, one);
        snapshot("correct an attestation, first time");
        correct(GATEWAY_SECRET, correction(one.statement, 3, READINGS, 123_454, 65_432));
        snapshot("correct an attestation, again");
        close(intervalAt(1));
        correct(GATEWAY_SECRET, lateStatement(intervalAt(1), 4, 9, 9));
        snapshot("attest late, after settlement");
    }

    /// @dev Asked within another contract's transaction.
    function test_VerifyAReading() public {
        bytes32[] memory proof = new bytes32[](8);
        metering.verifyReading(interval, gateway, "salt", "document", proof);
        snapshot("verify a reading of 96");
    }

    /* HELPERS */

    /// @dev The first `count` gateways attest `span` intervals from the given step on, in one transaction.
    function send(uint32 step, uint32 count, uint32 span, uint64 sequence) private {
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](uint256(count) * span);
        bytes memory signatures;
        for (uint32 i = 0; i < statements.length; ++i) {
            uint32 which = i % count;
            statements[i] = stated(step + i / count, which, sequence + i / count);
            signatures = bytes.concat(
                signatures, Statements.signature(address(metering), GATEWAY_SECRET + which, statements[i])
            );
        }
        metering.attest(statements, signatures);
    }

    function stated(uint32 step, uint32 which, uint64 sequence)
        private
        view
        returns (IMetering.Attestation memory statement)
    {
        statement = statementOf(intervalAt(step), sequence, READINGS, 123_456, 65_432);
        statement.gateway = gateways[which];
    }

    function intervalAt(uint32 step) private pure returns (IntervalId) {
        return IntervalLib.pack(COMMUNITY, START + step * DURATION, DURATION);
    }

    function snapshotPerReading(string memory name, uint256 statements) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("Metering", name, used);
        vm.snapshotValue("Metering", string.concat(name, ": a reading"), used / (statements * READINGS));
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("Metering", name, vm.lastCallGas().gasTotalUsed);
    }

    function text(uint256 number) private pure returns (string memory digits) {
        while (number > 0) {
            digits = string.concat(string(abi.encodePacked(uint8(48 + number % 10))), digits);
            number /= 10;
        }
    }
}
