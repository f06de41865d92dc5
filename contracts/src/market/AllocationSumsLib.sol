// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllocationLib} from "./AllocationLib.sol";
import {Fill, FillLib} from "./FillLib.sol";
import {IMarket} from "./IMarket.sol";

/// @title AllocationSumsLib
/// @notice Adds up an allocation, order by order. Each row is one word: payment, 10^-8 EUR (96 bits, signed) | account
/// (32) | bought (64) | sold (64), both Wh. A row belongs to the account that is added to it first. Sums of Wh stay in
/// their fields for 2^32 orders; the payment is the highest field, so its carry leaves the word.
library AllocationSumsLib {
    uint256 private constant ACCOUNT_SHIFT = 128;
    uint256 private constant BOUGHT_SHIFT = 64;
    uint256 private constant FIELD = 0xffffffff;
    uint256 private constant ACCOUNT = FIELD << ACCOUNT_SHIFT;
    uint256 private constant BOUGHT = FIELD << BOUGHT_SHIFT;
    uint256 private constant PAYMENT = uint256(type(uint96).max) << FillLib.PAYMENT_SHIFT;

    /// @dev What is set where an energy has more than 32 bits.
    uint256 private constant EXCESS = (FIELD << 96) | (FIELD << 32);

    /// @notice Where the energy of a bid is added, and that of an offer.
    uint256 internal constant BID_SHIFT = BOUGHT_SHIFT;
    uint256 internal constant OFFER_SHIFT = 0;

    /// @notice Adds what an order trades. Reverts where its row is another account's, or none.
    /// @param shift `BID_SHIFT` or `OFFER_SHIFT`.
    function add(uint256[] memory sums, Fill fill, uint256 shift) internal pure {
        uint256 word = Fill.unwrap(fill);
        uint256 row = (word >> FillLib.ROW_SHIFT) & FIELD;
        uint256 account = ((word >> FillLib.ACCOUNT_SHIFT) & FIELD) << ACCOUNT_SHIFT;
        if (row >= sums.length) _revertMismatch(fill);
        uint256 slot;
        uint256 sum;
        // Memory-safe: reads within the sums.
        assembly ("memory-safe") {
            slot := add(add(sums, 0x20), shl(5, row))
            sum := mload(slot)
        }
        if (sum == 0) sum = account;
        else if ((sum ^ account) & ACCOUNT != 0) _revertMismatch(fill);
        // Unchecked: see the head of this library.
        unchecked {
            sum += (word & PAYMENT) + (((word >> FillLib.ENERGY_SHIFT) & FIELD) << shift);
        }
        // Memory-safe: writes where it read.
        assembly ("memory-safe") {
            mstore(slot, sum)
        }
    }

    /// @notice Packs the rows as `AllocationLib` lays them out, in the memory of the sums, which are gone then, and
    /// returns the hash. Reverts unless accounts ascend, each with a trade, and energies fit.
    function pack(uint256[] memory sums) internal pure returns (bytes32 allocationHash) {
        uint256 begin;
        uint256 end;
        // Memory-safe: where the sums begin and end.
        assembly ("memory-safe") {
            begin := add(sums, 0x20)
            end := add(begin, shl(5, mload(sums)))
        }
        uint256 to = begin;
        uint256 previous = 0;
        for (uint256 from = begin; from < end;) {
            uint256 sum;
            // Memory-safe: reads a sum.
            assembly ("memory-safe") {
                sum := mload(from)
            }
            uint256 account = sum & ACCOUNT;
            if (account <= previous || sum & EXCESS != 0) _revertUnsound(sum, previous, (from - begin) / 32);
            previous = account;
            // Account, bought, sold and, at last, the payment, which has 65 bits with energies of 32.
            uint256 row = (account << 96) | ((sum & BOUGHT) << 128) | ((sum & FIELD) << 160)
                | ((sum >> FillLib.PAYMENT_SHIFT) << 64);
            // Memory-safe: a row is shorter than a sum, so what is written ends where the next sum begins, at most.
            assembly ("memory-safe") {
                mstore(to, row)
            }
            // Unchecked: places in memory.
            unchecked {
                from += 32;
                to += AllocationLib.PACKED_BYTES;
            }
        }
        // Memory-safe: reads what was written.
        assembly ("memory-safe") {
            allocationHash := keccak256(begin, sub(to, begin))
        }
    }

    function _revertMismatch(Fill fill) private pure {
        revert IMarket.RowMismatch(uint32(fill.row()), uint32(fill.account()));
    }

    function _revertUnsound(uint256 sum, uint256 previous, uint256 row) private pure {
        if (sum & ACCOUNT <= previous) revert IMarket.RowsNotAscending(uint32(row));
        uint256 bought = uint64(sum >> BOUGHT_SHIFT);
        revert IMarket.TooMuchTradedEnergy(uint32(sum >> ACCOUNT_SHIFT), bought, uint64(sum));
    }
}
