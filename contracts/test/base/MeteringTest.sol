// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {IMetering} from "../../src/metering/IMetering.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {Statements} from "./Statements.sol";
import {vm} from "./Vm.sol";

/// @notice A community with a gateway, after the first interval's end, and the steps of attesting and correcting.
abstract contract MeteringTest is CommunityTest {
    uint8 internal constant LATE = 1;
    uint8 internal constant SUBSTITUTED = 3;

    uint32 internal gateway;

    function setUp() public virtual override {
        super.setUp();
        gateway = registerGateway(GATEWAY_SECRET, GRID);
        vm.warp(END);
    }

    /* STATEMENTS */

    /// @dev A statement with a root of its own.
    function statementOf(IntervalId which, uint64 sequence, uint32 count, uint64 imported, uint64 exported)
        internal
        view
        returns (IMetering.Attestation memory statement)
    {
        statement = attestation(which, gateway, sequence, imported, exported);
        statement.root = keccak256(abi.encode("root", which, sequence));
        statement.count = count;
    }

    function correction(
        IMetering.Attestation memory former,
        uint64 sequence,
        uint32 count,
        uint64 imported,
        uint64 exported
    ) internal view returns (IMetering.Correction memory) {
        return IMetering.Correction(
            statementOf(former.interval, sequence, count, imported, exported),
            Statements.superseded(former),
            SUBSTITUTED
        );
    }

    function lateStatement(IntervalId which, uint64 sequence, uint64 imported, uint64 exported)
        internal
        view
        returns (IMetering.Correction memory late)
    {
        late.statement = statementOf(which, sequence, 20, imported, exported);
        late.reason = LATE;
    }

    /* STEPS */

    /// @dev Relays one correction.
    function correct(uint256 secret, IMetering.Correction memory one) internal {
        (IMetering.Correction[] memory corrections, bytes memory signatures) = relayed(secret, one);
        metering.correct(corrections, signatures);
    }

    /// @dev What a relay of one correction sends.
    function relayed(uint256 secret, IMetering.Correction memory one)
        internal
        view
        returns (IMetering.Correction[] memory corrections, bytes memory signatures)
    {
        corrections = new IMetering.Correction[](1);
        corrections[0] = one;
        signatures = Statements.signature(address(metering), secret, one);
    }

    function close(IntervalId which) internal returns (uint64, uint64, uint32) {
        vm.prank(address(settlement));
        return metering.closeInterval(which);
    }

    function next() internal pure returns (IntervalId) {
        return IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);
    }

    /* EXPECTATIONS */

    function expectRefused(IMetering.Correction memory one, bytes memory reason) internal {
        (IMetering.Correction[] memory corrections, bytes memory signatures) = relayed(GATEWAY_SECRET, one);
        vm.expectRevert(reason);
        metering.correct(corrections, signatures);
    }

    function expectTotals(uint64 imported, uint64 exported, uint32 readings, uint16 gateways, bool closed)
        internal
        view
    {
        bytes memory expected = abi.encode(imported, exported, readings, gateways, closed);
        (imported, exported, readings, gateways, closed) = metering.totals(interval);
        vm.assertEq(abi.encode(imported, exported, readings, gateways, closed), expected, "totals");
    }
}
