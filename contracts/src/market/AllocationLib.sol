// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An account's part of an interval in 24 big-endian bytes: account (uint32) | bought, Wh (uint32) | sold, Wh
/// (uint32) | payment, 10^-8 EUR (int96; positive where the account pays).
type AllocationRow is bytes24;

using AllocationLib for AllocationRow global;

/// @title AllocationLib
/// @notice Reads a packed allocation: the rows of all accounts that trade, accounts strictly ascending. Bought and
/// sold each add up to the interval's volume, payments to 0.
library AllocationLib {
    /// @notice Bytes of a packed row.
    uint256 internal constant PACKED_BYTES = 24;

    /// @notice The row at `index`; the caller makes sure that there is one.
    function load(bytes calldata allocation, uint256 index) internal pure returns (AllocationRow row) {
        // Memory-safe: touches no memory. Reads 24 bytes within the allocation, since `index` is one of its rows, and
        // clears the 8 that follow.
        assembly ("memory-safe") {
            row := shl(64, shr(64, calldataload(add(allocation.offset, mul(index, PACKED_BYTES)))))
        }
    }

    function account(AllocationRow row) internal pure returns (uint32) {
        return uint32(uint192(AllocationRow.unwrap(row)) >> 160);
    }

    function bought(AllocationRow row) internal pure returns (uint32) {
        return uint32(uint192(AllocationRow.unwrap(row)) >> 128);
    }

    function sold(AllocationRow row) internal pure returns (uint32) {
        return uint32(uint192(AllocationRow.unwrap(row)) >> 96);
    }

    /// @notice 10^-8 EUR; positive where the account pays.
    function payment(AllocationRow row) internal pure returns (int96) {
        return int96(uint96(uint192(AllocationRow.unwrap(row))));
    }
}
