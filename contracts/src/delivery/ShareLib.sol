// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ShareLib
/// @notice Equal shares of a whole number of Wh.
library ShareLib {
    /// @notice What the participant at `index` receives of `total` Wh among `count`: each the same, and what is left over
    /// goes to the first ones, 1 Wh each.
    function share(uint256 total, uint256 count, uint256 index) internal pure returns (uint256) {
        return total / count + (index < total % count ? 1 : 0);
    }
}
