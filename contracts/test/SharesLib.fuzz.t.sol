// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SharesLib} from "../src/registry/SharesLib.sol";
import {vm} from "./base/Vm.sol";

/// @notice Shares against what the rule promises, whatever the numbers.
contract SharesLibFuzzTest {
    function test_WorkedByHand() public pure {
        // 10 of weights 5, 3, 1: 5.56, 3.33, 1.11; rounded down 5, 3, 1, and the unit left goes to the first.
        checkShares(10, [uint32(5), 3, 1], [uint256(6), 3, 1]);
        checkShares(0, [uint32(5), 3, 1], [uint256(0), 0, 0]);
        checkShares(9, [uint32(5), 3, 1], [uint256(5), 3, 1]);
        // Equal remainders: the lower key first, here the one in the last place.
        checkShares(1, [uint32(1), 1, 1], [uint256(0), 0, 1]);
        checkShares(2, [uint32(1), 1, 1], [uint256(0), 1, 1]);
    }

    function testFuzz_AddsUpAndStaysNextToTheExactShare(uint128 amount, uint32[12] memory drawn, uint8 count)
        public
        pure
    {
        (uint32[] memory weights, uint32[] memory keys) = holders(drawn, count);
        uint256[] memory shares = SharesLib.shareOut(amount, weights, keys);
        uint256 total = sumOf(weights);
        uint256 sum = 0;
        for (uint256 i = 0; i < shares.length; ++i) {
            uint256 exact = uint256(amount) * weights[i];
            vm.assertLe(exact / total, shares[i], "not below the exact share, rounded down");
            vm.assertLe(shares[i], (exact + total - 1) / total, "not above it, rounded up");
            sum += shares[i];
        }
        vm.assertEq(sum, amount, "sum");
    }

    /// @notice Whoever got a unit more had the larger remainder, or an equal one and the lower key.
    function testFuzz_LargerRemaindersComeFirst(uint128 amount, uint32[12] memory drawn, uint8 count) public pure {
        (uint32[] memory weights, uint32[] memory keys) = holders(drawn, count);
        uint256[] memory shares = SharesLib.shareOut(amount, weights, keys);
        uint256 total = sumOf(weights);
        for (uint256 i = 0; i < shares.length; ++i) {
            for (uint256 j = 0; j < shares.length; ++j) {
                bool more = shares[i] > uint256(amount) * weights[i] / total;
                bool less = shares[j] == uint256(amount) * weights[j] / total;
                if (!more || !less) continue;
                uint256 mine = uint256(amount) * weights[i] % total;
                uint256 theirs = uint256(amount) * weights[j] % total;
                vm.assertTrue(mine > theirs || (mine == theirs && keys[i] < keys[j]), "the unit is somebody else's");
            }
        }
    }

    function checkShares(uint128 amount, uint32[3] memory weights, uint256[3] memory expected) private pure {
        uint32[] memory listed = new uint32[](3);
        uint32[] memory keys = new uint32[](3);
        for (uint256 i = 0; i < 3; ++i) {
            (listed[i], keys[i]) = (weights[i], uint32(9 - i));
        }
        uint256[] memory shares = SharesLib.shareOut(amount, listed, keys);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(shares[i], expected[i], "share");
        }
    }

    function holders(uint32[12] memory drawn, uint8 count)
        private
        pure
        returns (uint32[] memory weights, uint32[] memory keys)
    {
        weights = new uint32[](1 + count % 12);
        keys = new uint32[](weights.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            weights[i] = drawn[i] == 0 ? 1 : drawn[i];
            keys[i] = uint32(100 - i);
        }
    }

    function sumOf(uint32[] memory weights) private pure returns (uint256 total) {
        for (uint256 i = 0; i < weights.length; ++i) {
            total += weights[i];
        }
    }
}
