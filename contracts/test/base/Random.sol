// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A reproducible sequence of random numbers.
struct Random {
    uint256 state;
}

using RandomLib for Random global;

library RandomLib {
    /// @notice A number from `low` to `high`, both included.
    function between(Random memory random, int256 low, int256 high) internal pure returns (int256) {
        random.state = uint256(keccak256(abi.encode(random.state)));
        return low + int256(random.state % uint256(high - low + 1));
    }

    /// @notice A number from 0 to `high`, included.
    function upTo(Random memory random, uint256 high) internal pure returns (uint256) {
        return uint256(random.between(0, int256(high)));
    }

    /// @notice True once in `times`.
    function oneIn(Random memory random, uint256 times) internal pure returns (bool) {
        return random.upTo(times - 1) == 0;
    }
}
