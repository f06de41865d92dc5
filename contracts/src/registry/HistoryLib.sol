// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title HistoryLib
/// @notice Values that hold from a second on until the next one does, kept so that the past can be judged by them.
/// @dev Entries ascend by time. What holds by now is never changed; only an entry that still lies ahead is replaced.
library HistoryLib {
    /// @param since First second in which the value holds.
    /// @param value The value, 0 for none.
    struct Entry {
        uint48 since;
        bytes32 value;
    }

    /// @notice Notes a value that holds from second `since` on, in place of one that was only planned.
    /// @dev `since` must not lie in the past: then it is no earlier than any entry that stays.
    function note(Entry[] storage history, uint48 since, bytes32 value) internal {
        dropPlanned(history);
        history.push(Entry(since, value));
    }

    /// @notice Removes the last entry where it does not hold yet.
    function dropPlanned(Entry[] storage history) internal returns (bool dropped) {
        uint256 length = history.length;
        dropped = length != 0 && history[length - 1].since > block.timestamp;
        if (dropped) history.pop();
    }

    /// @notice The value that holds at a second, 0 before the first.
    function valueAt(Entry[] storage history, uint64 time) internal view returns (bytes32 value) {
        uint256 low = 0;
        uint256 high = history.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].since <= time) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? bytes32(0) : history[low - 1].value;
    }
}
