// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {IMetering} from "../../src/metering/IMetering.sol";
import {Metering} from "../../src/metering/Metering.sol";
import {Registry} from "../../src/registry/Registry.sol";
import {Statements} from "./Statements.sol";
import {vm} from "./Vm.sol";

/// @notice Drives the metering contract at random, in its rules, and keeps books of what it must say.
contract MeterRelay {
    uint40 private constant START = 1_743_508_800;
    uint24 private constant DURATION = 900;
    uint256 private constant SECRET = 0xA11CE;
    uint32 private constant GATEWAYS = 6;
    uint256 private constant INTERVALS = 3;

    Metering public immutable metering;
    uint64[GATEWAYS + 1] private _sequences;
    bool[INTERVALS] private _closed;
    mapping(uint256 interval => mapping(uint32 gateway => IMetering.Superseded)) private _current;
    mapping(uint256 interval => mapping(uint32 gateway => bytes32[])) private _roots;

    constructor() {
        vm.warp(START - 86_400);
        Registry registry = new Registry(address(this));
        registry.grantRole(registry.REGISTRAR_ROLE(), address(this));
        registry.registerParticipant(address(1), 0, 1);
        for (uint32 gateway = 1; gateway <= GATEWAYS; ++gateway) {
            registry.registerGateway(vm.addr(SECRET + gateway), bytes32(SECRET + gateway), START, START + 1e9);
            registry.registerDevice(1, 1, gateway, 0, 0);
        }
        metering = new Metering(address(this), registry);
        metering.grantRole(metering.SETTLEMENT_ROLE(), address(this));
        vm.warp(START + INTERVALS * DURATION);
    }

    /* ACTIONS */

    /// @dev Attests, or corrects where the gateway or the settlement was there before.
    function state(uint256 interval, uint32 gateway, uint16 count, uint32 imported, uint32 exported, uint8 skipped)
        external
    {
        interval %= INTERVALS;
        gateway = gateway % GATEWAYS + 1;
        IMetering.Attestation memory statement = IMetering.Attestation(
            intervalAt(interval),
            gateway,
            _sequences[gateway] + 1 + skipped,
            keccak256(abi.encode(interval, gateway, _sequences[gateway])),
            count == 0 ? 1 : count,
            imported,
            exported
        );
        IMetering.Superseded memory former = _current[interval][gateway];
        if (former.root == 0 && !_closed[interval]) attest(statement);
        else correct(statement, former);
        note(interval, statement);
    }

    function close(uint256 interval) external {
        interval %= INTERVALS;
        if (_closed[interval]) return;
        metering.closeInterval(intervalAt(interval));
        _closed[interval] = true;
        // Nothing was attested in time by those who have not stated yet.
        for (uint32 gateway = 1; gateway <= GATEWAYS; ++gateway) {
            if (_roots[interval][gateway].length == 0) _roots[interval][gateway].push(0);
        }
    }

    /* WHAT MUST HOLD */

    /// @notice An interval's totals are the sum of the statements that hold.
    function checkTotals() external view {
        for (uint256 interval = 0; interval < INTERVALS; ++interval) {
            uint64[4] memory sums;
            for (uint32 gateway = 1; gateway <= GATEWAYS; ++gateway) {
                IMetering.Superseded memory holds = _current[interval][gateway];
                sums[0] += holds.imported;
                sums[1] += holds.exported;
                sums[2] += holds.count;
                if (holds.root != 0) ++sums[3];
            }
            (uint64 imported, uint64 exported, uint32 readings, uint16 gateways, bool closed) =
                metering.totals(intervalAt(interval));
            vm.assertEq(
                abi.encode(imported, exported, readings, gateways, closed),
                abi.encode(sums, _closed[interval]),
                "totals"
            );
        }
    }

    /// @notice Every root that ever held is kept under its number.
    function checkTrace() external view {
        for (uint256 interval = 0; interval < INTERVALS; ++interval) {
            IntervalId which = intervalAt(interval);
            for (uint32 gateway = 1; gateway <= GATEWAYS; ++gateway) {
                bytes32[] storage roots = _roots[interval][gateway];
                if (roots.length == 0) continue;
                vm.assertEq(metering.revision(which, gateway), roots.length - 1, "revision");
                for (uint256 i = 0; i < roots.length; ++i) {
                    vm.assertEq(metering.attestationRootAt(which, gateway, i), roots[i], "root of a revision");
                }
                vm.assertEq(metering.attestationRoot(which, gateway), roots[roots.length - 1], "root that holds");
            }
        }
    }

    /// @notice Gateways that share a slot keep their own sequence numbers.
    function checkSequences() external view {
        for (uint32 gateway = 0; gateway <= GATEWAYS; ++gateway) {
            vm.assertEq(metering.lastSequence(gateway), _sequences[gateway], "sequence");
        }
    }

    /* HELPERS */

    function attest(IMetering.Attestation memory statement) private {
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](1);
        statements[0] = statement;
        metering.attest(statements, Statements.signature(address(metering), SECRET + statement.gateway, statement));
    }

    function correct(IMetering.Attestation memory statement, IMetering.Superseded memory former) private {
        IMetering.Correction[] memory corrections = new IMetering.Correction[](1);
        corrections[0] = IMetering.Correction(statement, former, former.root == 0 ? 1 : 2);
        metering.correct(
            corrections, Statements.signature(address(metering), SECRET + statement.gateway, corrections[0])
        );
    }

    function note(uint256 interval, IMetering.Attestation memory statement) private {
        _sequences[statement.gateway] = statement.sequence;
        _current[interval][statement.gateway] = Statements.superseded(statement);
        _roots[interval][statement.gateway].push(Statements.recordedRoot(statement));
    }

    function intervalAt(uint256 interval) private pure returns (IntervalId) {
        return IntervalLib.pack(1, START + uint40(interval) * DURATION, DURATION);
    }
}
