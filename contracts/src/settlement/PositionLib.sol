// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An account's traded and metered energy of one interval in 24 big-endian bytes, six uint32: account, then, in
/// Wh, bought, sold, imported, exported, certificates.
type Position is bytes24;

using PositionLib for Position global;

/// @title PositionLib
/// @notice Reads packed positions, and values them.
library PositionLib {
    /// @notice Bytes of a packed position.
    uint256 internal constant PACKED_BYTES = 24;

    /// @notice The position at `index`; the caller makes sure that there is one.
    function load(bytes calldata positions, uint256 index) internal pure returns (Position position) {
        // Memory-safe: touches no memory. Reads 24 bytes within the positions, since `index` is one of them, and clears
        // the 8 that follow.
        assembly ("memory-safe") {
            position := shl(64, shr(64, calldataload(add(positions.offset, mul(index, PACKED_BYTES)))))
        }
    }

    function account(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)) >> 160);
    }

    function bought(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)) >> 128);
    }

    function sold(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)) >> 96);
    }

    function imported(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)) >> 64);
    }

    function exported(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)) >> 32);
    }

    function certificates(Position position) internal pure returns (uint32) {
        return uint32(uint192(Position.unwrap(position)));
    }

    /// @notice Wh of what the account sold that its meters really exported.
    function delivered(Position position) internal pure returns (uint32) {
        return position.sold() < position.exported() ? position.sold() : position.exported();
    }

    /// @notice Wh of energy tokens: what it exported beyond its sales, and the origin of what it bought.
    /// @param delivered_ As `delivered` says.
    function energyTokens(Position position, uint256 delivered_) internal pure returns (uint256) {
        // Unchecked: never delivered more than exported; two uint32 fit.
        unchecked {
            return position.exported() - delivered_ + position.certificates();
        }
    }

    /// @notice What the account pays, 10^-8 EUR, where it trades at one price; negative where it is paid.
    /// @param price Local price, mct/kWh.
    /// @param feedIn What the grid pays for a residual fed into it, mct/kWh.
    /// @param retail What the grid takes for a residual taken from it, mct/kWh.
    function payment(Position position, int32 price, int32 feedIn, int32 retail) internal pure returns (int256) {
        int256 traded = position.netBought();
        // Unchecked: energies are below 2^34 and prices below 2^31 in size, far within 256 bits.
        unchecked {
            return price * traded + _residual(position, traded, feedIn, retail);
        }
    }

    /// @notice What the account pays, 10^-8 EUR, where its trades cost `trades`; negative where it is paid.
    /// @param trades 10^-8 EUR, 96 bits.
    /// @param feedIn As above.
    /// @param retail As above.
    function paymentWith(Position position, int256 trades, int32 feedIn, int32 retail) internal pure returns (int256) {
        // Unchecked: as above.
        unchecked {
            return trades + _residual(position, position.netBought(), feedIn, retail);
        }
    }

    /// @notice What the account pays beside the price of what it bought, 10^-8 EUR.
    /// @param rate mct/kWh.
    function fee(Position position, uint16 rate) internal pure returns (uint256) {
        // Unchecked: 32 and 16 bits.
        unchecked {
            return uint256(position.bought()) * rate;
        }
    }

    /// @notice Wh bought less Wh sold.
    function netBought(Position position) internal pure returns (int256) {
        // Unchecked: two uint32.
        unchecked {
            return int256(uint256(position.bought())) - int256(uint256(position.sold()));
        }
    }

    /// @dev What the account pays for what it takes from the grid beyond its trades.
    function _residual(Position position, int256 traded, int32 feedIn, int32 retail) private pure returns (int256) {
        // Unchecked: as above.
        unchecked {
            int256 metered = int256(uint256(position.imported())) - int256(uint256(position.exported()));
            int256 residual = metered - traded;
            return (residual > 0 ? retail : feedIn) * residual;
        }
    }
}
