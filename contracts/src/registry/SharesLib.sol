// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SharesLib
/// @notice Shares a whole amount out by weights without losing a unit (largest remainder, Hare-Niemeyer).
library SharesLib {
    /// @notice Each share is the amount times weight over the sum of weights, rounded down; the units left go one each
    /// to the largest remainders, of equal ones to that with the lower key.
    /// @dev Less than one unit a holder is left, so that as many passes as holders suffice. 128 bits of amount, 32 of
    /// weight and the number of holders that fits into a block stay far from overflow.
    /// @param amount What is shared, in any unit.
    /// @param weights One a holder; their sum is not 0.
    /// @param keys One a holder, all different, which order equal remainders.
    /// @return shares One a holder, in the same sequence, adding up to `amount`.
    function shareOut(uint128 amount, uint32[] memory weights, uint32[] memory keys)
        internal
        pure
        returns (uint256[] memory shares)
    {
        uint256 total = 0;
        for (uint256 i = 0; i < weights.length; ++i) {
            total += weights[i];
        }
        shares = new uint256[](weights.length);
        uint256[] memory remainders = new uint256[](weights.length);
        uint256 left = amount;
        for (uint256 i = 0; i < weights.length; ++i) {
            uint256 product = uint256(amount) * weights[i];
            shares[i] = product / total;
            remainders[i] = product % total;
            left -= shares[i];
        }
        for (; left > 0; --left) {
            uint256 next = _largest(remainders, keys);
            ++shares[next];
            // Remainders that are left over are not 0: one that was served comes after all of them.
            remainders[next] = 0;
        }
    }

    function _largest(uint256[] memory remainders, uint32[] memory keys) private pure returns (uint256 largest) {
        for (uint256 i = 1; i < remainders.length; ++i) {
            bool equal = remainders[i] == remainders[largest];
            if (remainders[i] > remainders[largest] || (equal && keys[i] < keys[largest])) largest = i;
        }
    }
}
