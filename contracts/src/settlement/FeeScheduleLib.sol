// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What buyers pay beside the price of what they buy locally; one slot.
/// @param validFrom First second, UTC, of the intervals that it holds for.
/// @param account Who receives it.
/// @param rate mct/kWh.
struct Fee {
    uint40 validFrom;
    uint32 account;
    uint16 rate;
}

/// @title FeeScheduleLib
/// @notice The fees of one community in the sequence in which they begin, kept so that past intervals can be valued.
library FeeScheduleLib {
    /// @notice Announces a fee in place of those that would begin with it or later.
    /// @dev The caller makes sure that `validFrom` lies ahead: then nothing that holds already is taken back.
    function announce(Fee[] storage schedule, Fee memory fee) internal {
        while (schedule.length != 0 && schedule[schedule.length - 1].validFrom >= fee.validFrom) {
            schedule.pop();
        }
        schedule.push(fee);
    }

    /// @notice The fee of an interval that starts at `start`; all zero before the first.
    function at(Fee[] storage schedule, uint40 start) internal view returns (Fee memory fee) {
        uint256 low = 0;
        uint256 high = schedule.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (schedule[middle].validFrom <= start) low = middle + 1;
            else high = middle;
        }
        if (low != 0) fee = schedule[low - 1];
    }
}
