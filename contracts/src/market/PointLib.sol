// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title PointLib
/// @notice Where a price lies between two limits: `k` per mille of the way from the lower one to the upper one.
library PointLib {
    uint16 internal constant PER_MILLE = 1000;
    uint16 internal constant HALF = 500;

    /// @notice `low + floor((high - low) * k / 1000)`; the caller makes sure that `low <= high`.
    /// @param low mct/kWh.
    /// @param high mct/kWh.
    function between(int256 low, int256 high, uint256 k) internal pure returns (int256) {
        // Unchecked: prices have 32 bits and a point 16, far within 256 bits.
        unchecked {
            return low + int256(uint256(high - low) * k / PER_MILLE);
        }
    }
}
