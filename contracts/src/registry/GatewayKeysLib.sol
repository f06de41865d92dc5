// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title GatewayKeysLib
/// @notice A gateway's keys over time: the latest at hand, the former ones behind, so that what they signed in their
/// time stays verifiable.
/// @dev Each pair of keys is valid within its own period, and only until the next pair's begins.
library GatewayKeysLib {
    /// @dev The key that signs attestations and the time in which it is valid share one slot.
    struct Period {
        address evmKey;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 ed25519Key;
    }

    /// @param latest The keys registered last; their period may still lie ahead.
    /// @param former All earlier ones, ascending.
    struct Keys {
        Period latest;
        Period[] former;
    }

    /// @notice Follows the latest keys with others. Keys whose period lies ahead were never valid: they are dropped.
    /// @dev `next` must not begin in the past: then it begins no earlier than any period that stays.
    function rotate(Keys storage keys, Period memory next) internal {
        if (keys.latest.validFrom <= block.timestamp) keys.former.push(keys.latest);
        keys.latest = next;
    }

    /// @notice Ends the validity of all keys at a second that the latest reach beyond.
    function revoke(Keys storage keys, uint48 validUntil) internal {
        keys.latest.validUntil = validUntil;
        uint48 nextFrom = keys.latest.validFrom;
        for (uint256 i = keys.former.length; i > 0 && nextFrom > validUntil; --i) {
            Period storage period = keys.former[i - 1];
            if (period.validUntil > validUntil) period.validUntil = validUntil;
            nextFrom = period.validFrom;
        }
    }

    /// @notice The keys that are valid at a second, with the end of their period; all zero where none are.
    function validAt(Keys storage keys, uint64 time) internal view returns (Period memory period) {
        period = keys.latest;
        if (time < period.validFrom) period = _formerAt(keys, time);
        if (time >= period.validUntil) delete period;
    }

    /// @dev The last former period that begins by a second, cut where the next begins; all zero where there is none.
    function _formerAt(Keys storage keys, uint64 time) private view returns (Period memory period) {
        uint256 low = 0;
        uint256 high = keys.former.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (keys.former[middle].validFrom <= time) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return period;
        period = keys.former[low - 1];
        uint48 nextFrom = low < keys.former.length ? keys.former[low].validFrom : keys.latest.validFrom;
        if (nextFrom < period.validUntil) period.validUntil = nextFrom;
    }
}
