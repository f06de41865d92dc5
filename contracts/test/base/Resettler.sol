// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../../src/interval/IntervalLib.sol";
import {ISettlement} from "../../src/settlement/ISettlement.sol";
import {Random} from "./Random.sol";
import {Trader} from "./Trader.sol";
import {vm} from "./Vm.sol";

/// @notice Settles random intervals, and tries to settle each of them again and again.
contract Resettler is Trader {
    /// @dev What was settled, and what the settlement recorded of it.
    struct Settled {
        IntervalId interval;
        bytes32 priceHash;
        bytes positions;
        bytes allocation;
        int256 gridPayment;
        bytes32 record;
    }

    Settled[] internal settled;

    /* ACTIONS */

    /// @notice One interval, from tariff to settlement, and once more with the same statement.
    function settleAnInterval(uint256 seed) external {
        Outcome memory outcome = prepare(Random(seed));
        fund(outcome);
        settleAs(outcome, outcome.gridPayment);
        bytes memory positions = packPositions(outcome.rows);
        bytes32 record = recordOf(outcome.interval);
        settled.push(
            Settled(outcome.interval, outcome.priceHash, positions, outcome.allocation, outcome.gridPayment, record)
        );
        settleAgain(settled.length - 1);
    }

    /// @notice Any interval of before, once more.
    function settleAgain(uint256 number) public {
        if (settled.length == 0) return;
        Settled memory one = settled[number % settled.length];
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AlreadySettled.selector, one.interval));
        vm.prank(operator);
        if (one.allocation.length == 0) {
            settlement.settle(one.interval, one.priceHash, one.positions, one.gridPayment);
        } else {
            settlement.settleAllocated(one.interval, one.priceHash, one.positions, one.allocation, one.gridPayment);
        }
    }

    /* CHECKS */

    /// @notice What was recorded once is what is recorded still.
    function checkRecords() external view {
        for (uint256 i = 0; i < settled.length; ++i) {
            vm.assertEq(recordOf(settled[i].interval), settled[i].record, "record");
        }
    }

    function recordOf(IntervalId interval_) private view returns (bytes32) {
        (
            bytes32 priceHash,
            bytes32 positionsHash,
            uint32 participants,
            int256 gridPayment,
            uint256 fee,
            uint16 corrections
        ) = settlement.record(interval_);
        return keccak256(abi.encode(priceHash, positionsHash, participants, gridPayment, fee, corrections));
    }
}
