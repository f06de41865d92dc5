// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A market interval, the half-open span `[start, start + duration)` of one community:
/// community (32 bits) | start (40 bits) | duration (24 bits), both times in seconds, UTC.
type IntervalId is uint96;

using IntervalLib for IntervalId global;

/// @title IntervalLib
/// @notice Packs and reads interval ids.
library IntervalLib {
    /// @notice The id of the interval of `community` that begins at `start_` and lasts `duration_` seconds.
    function pack(uint32 community_, uint40 start_, uint24 duration_) internal pure returns (IntervalId) {
        return IntervalId.wrap((uint96(community_) << 64) | (uint96(start_) << 24) | uint96(duration_));
    }

    /// @notice Number of the community.
    function community(IntervalId interval) internal pure returns (uint32) {
        return uint32(IntervalId.unwrap(interval) >> 64);
    }

    /// @notice First second of the interval, UTC.
    function start(IntervalId interval) internal pure returns (uint40) {
        return uint40(IntervalId.unwrap(interval) >> 24);
    }

    /// @notice Length in seconds.
    function duration(IntervalId interval) internal pure returns (uint24) {
        return uint24(IntervalId.unwrap(interval));
    }

    /// @notice First second after the interval, UTC.
    function end(IntervalId interval) internal pure returns (uint64) {
        return uint64(interval.start()) + interval.duration();
    }

    /// @notice Whether two ids name the same interval.
    function equals(IntervalId interval, IntervalId other) internal pure returns (bool) {
        return IntervalId.unwrap(interval) == IntervalId.unwrap(other);
    }

    /// @notice The second from which on an interval's book is closed, `lead` seconds before its start; 0 where that would
    /// lie before time began.
    function gate(IntervalId interval, uint32 lead) internal pure returns (uint256) {
        uint256 begin = interval.start();
        return begin > lead ? begin - lead : 0;
    }

    /// @notice Whether the interval lies on the grid of its own duration, as every interval of a market does.
    function isAligned(IntervalId interval) internal pure returns (bool) {
        uint24 length = interval.duration();
        return length != 0 && interval.start() % length == 0;
    }
}
