// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What accounts owe and receive over everything that is settled at once. Accounts ascend strictly.
/// @param accounts Numbers in the registry.
/// @param payments What each pays, 10^-8 EUR; negative where it is paid.
/// @param energy Certificates that each receives, Wh; negative where they are taken back.
struct Net {
    uint32[] accounts;
    int256[] payments;
    int256[] energy;
}

/// @title NettingLib
/// @notice Adds up payments and certificates per account. Both lists of a merge ascend, so one walk along both does.
library NettingLib {
    /// @notice Makes room for accounts, at 0, where there is none yet; returns `net` itself where there is for all.
    /// @param accounts Strictly ascending.
    function including(Net memory net, uint32[] memory accounts) internal pure returns (Net memory wider) {
        if (net.accounts.length == 0) {
            return Net(accounts, new int256[](accounts.length), new int256[](accounts.length));
        }
        uint256 missing = _missing(net.accounts, accounts);
        if (missing == 0) return net;
        uint256 count = net.accounts.length + missing;
        wider = Net(new uint32[](count), new int256[](count), new int256[](count));
        uint256 known = 0;
        uint256 next = 0;
        for (uint256 i = 0; i < count; ++i) {
            bool isKnown =
                next == accounts.length || (known < net.accounts.length && net.accounts[known] <= accounts[next]);
            if (!isKnown) {
                wider.accounts[i] = accounts[next++];
                continue;
            }
            wider.accounts[i] = net.accounts[known];
            wider.payments[i] = net.payments[known];
            wider.energy[i] = net.energy[known];
            if (next < accounts.length && accounts[next] == net.accounts[known]) ++next;
            ++known;
        }
    }

    /// @notice Place of `account`, which has one, at `from` or behind it.
    function find(Net memory net, uint32 account, uint256 from) internal pure returns (uint256 place) {
        place = from;
        while (net.accounts[place] != account) ++place;
    }

    /// @notice Whether `account` has a place.
    function has(Net memory net, uint32 account) internal pure returns (bool) {
        uint256 place = 0;
        while (place < net.accounts.length && net.accounts[place] < account) ++place;
        return place < net.accounts.length && net.accounts[place] == account;
    }

    /// @notice Whether any account's certificates change.
    function movesEnergy(Net memory net) internal pure returns (bool) {
        for (uint256 i = 0; i < net.energy.length; ++i) {
            if (net.energy[i] != 0) return true;
        }
        return false;
    }

    /// @notice What is issued and what is taken back, Wh, one an account.
    function split(Net memory net) internal pure returns (uint256[] memory issued, uint256[] memory taken) {
        issued = new uint256[](net.energy.length);
        taken = new uint256[](net.energy.length);
        for (uint256 i = 0; i < net.energy.length; ++i) {
            int256 change = net.energy[i];
            if (change > 0) issued[i] = uint256(change);
            else taken[i] = uint256(-change);
        }
    }

    /// @notice What is issued, Wh, one an account, where nothing is taken back; shares its memory with `net`.
    function issued(Net memory net) internal pure returns (uint256[] memory amounts) {
        int256[] memory energy = net.energy;
        // Memory-safe: touches no memory. None is negative, so each reads the same without its sign.
        assembly ("memory-safe") {
            amounts := energy
        }
    }

    /// @dev How many of `accounts` are not among `known`.
    function _missing(uint32[] memory known, uint32[] memory accounts) private pure returns (uint256 missing) {
        uint256 place = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            while (place < known.length && known[place] < accounts[i]) ++place;
            if (place == known.length || known[place] != accounts[i]) ++missing;
        }
    }
}
