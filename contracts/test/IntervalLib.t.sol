// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {vm} from "./base/Vm.sol";

contract IntervalLibTest {
    function test_PacksCommunityStartAndDuration() public pure {
        IntervalId interval = IntervalLib.pack(7, 0x0102030405, 900);
        vm.assertEq(IntervalId.unwrap(interval), 0x00000007_0102030405_000384, "packed");
    }

    function testFuzz_ReadsBackWhatWasPacked(uint32 community, uint40 start, uint24 duration) public pure {
        IntervalId interval = IntervalLib.pack(community, start, duration);
        vm.assertEq(interval.community(), community, "community");
        vm.assertEq(interval.start(), start, "start");
        vm.assertEq(interval.duration(), duration, "duration");
        vm.assertEq(interval.end(), uint256(start) + duration, "end");
        vm.assertTrue(interval.isAligned() == (duration != 0 && start % duration == 0), "aligned");
    }

    function testFuzz_IsEqualToItselfAlone(uint96 one, uint96 other) public pure {
        vm.assertTrue(IntervalId.wrap(one).equals(IntervalId.wrap(one)), "itself");
        vm.assertTrue(IntervalId.wrap(one).equals(IntervalId.wrap(other)) == (one == other), "another");
    }

    function testFuzz_TheGateLiesBeforeTheStart(uint40 start, uint32 lead) public pure {
        uint256 gate = IntervalLib.pack(1, start, 900).gate(lead);
        vm.assertEq(gate, lead < start ? uint256(start) - lead : 0, "gate");
    }

    function test_NoIntervalLastsNoTime() public pure {
        vm.assertFalse(IntervalLib.pack(1, 900, 0).isAligned(), "aligned");
    }
}
