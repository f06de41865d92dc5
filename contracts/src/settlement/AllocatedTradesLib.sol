// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllocationLib, AllocationRow} from "../market/AllocationLib.sol";
import {ISettlement} from "./ISettlement.sol";
import {Position, PositionLib} from "./PositionLib.sol";

/// @title AllocatedTradesLib
/// @notice Finds each position's row in an allocation. Both have ascending accounts, so one walk along both does.
library AllocatedTradesLib {
    /// @notice What each position pays for its trades, 10^-8 EUR; reverts unless each row has its position, and each
    /// position buys and sells what its row says, or nothing where it has none.
    /// @param allocation Rows as the market recorded them.
    /// @param positions Whole positions; that accounts ascend is checked elsewhere, too.
    function payments(bytes calldata allocation, bytes calldata positions)
        internal
        pure
        returns (int256[] memory trades)
    {
        uint256 count = positions.length / PositionLib.PACKED_BYTES;
        uint256 rows = allocation.length / AllocationLib.PACKED_BYTES;
        uint256 next = 0;
        trades = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            Position position = PositionLib.load(positions, i);
            AllocationRow row = AllocationRow.wrap(0);
            if (next < rows) {
                AllocationRow candidate = AllocationLib.load(allocation, next);
                if (candidate.account() < position.account()) _revertWithoutPosition(candidate);
                if (candidate.account() == position.account()) (row, next) = (candidate, next + 1);
            }
            _requireTraded(position, row);
            trades[i] = row.payment();
        }
        if (next < rows) _revertWithoutPosition(AllocationLib.load(allocation, next));
    }

    function _requireTraded(Position position, AllocationRow row) private pure {
        (uint32 bought, uint32 sold) = (row.bought(), row.sold());
        if (position.bought() != bought || position.sold() != sold) {
            revert ISettlement.AllocationMismatch(position.account(), bought, position.bought(), sold, position.sold());
        }
    }

    function _revertWithoutPosition(AllocationRow row) private pure {
        revert ISettlement.AllocationMismatch(row.account(), row.bought(), 0, row.sold(), 0);
    }
}
