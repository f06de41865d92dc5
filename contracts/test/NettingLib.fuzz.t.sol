// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Net, NettingLib} from "../src/settlement/NettingLib.sol";
import {Random} from "./base/Random.sol";
import {vm} from "./base/Vm.sol";

/// @notice Sums per account over random lists, held against a table with a place for every account.
contract NettingLibFuzzTest {
    using NettingLib for Net;

    uint32 private constant ACCOUNTS = 12;

    function testFuzz_AddsUpPerAccount(uint256 seed) public pure {
        Random memory random = Random(seed);
        bool[] memory present = new bool[](ACCOUNTS);
        int256[] memory payments = new int256[](ACCOUNTS);
        Net memory net;
        for (uint256 lists = 1 + random.upTo(4); lists > 0; --lists) {
            uint32[] memory accounts = draw(random);
            net = net.including(accounts);
            uint256 place = 0;
            for (uint256 i = 0; i < accounts.length; ++i) {
                place = net.find(accounts[i], place);
                int256 amount = random.between(-100, 100);
                net.payments[place] += amount;
                net.energy[place] -= amount;
                payments[accounts[i]] += amount;
                present[accounts[i]] = true;
            }
        }
        expectSums(net, present, payments);
    }

    /// @notice A net with room for all of the accounts is used as it is.
    function testFuzz_NothingIsCopiedWithoutNeed(uint256 seed) public pure {
        Random memory random = Random(seed);
        Net memory net;
        uint32[] memory accounts = draw(random);
        net = net.including(accounts);
        if (accounts.length == 0) return;
        Net memory same = net.including(accounts);
        same.payments[0] = 7;
        vm.assertEq(net.payments[0], 7, "one and the same");
    }

    /// @notice What is issued less what is taken back is the change, and never both.
    function testFuzz_SplitsBySign(int96[5] memory changes) public pure {
        Net memory net;
        net.energy = new int256[](5);
        bool moves = false;
        for (uint256 i = 0; i < 5; ++i) {
            net.energy[i] = changes[i];
            if (changes[i] != 0) moves = true;
        }
        vm.assertEq(net.movesEnergy() ? 1 : 0, moves ? 1 : uint256(0), "moves");
        (uint256[] memory issued, uint256[] memory taken) = net.split();
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(int256(issued[i]) - int256(taken[i]), int256(changes[i]), "change");
            vm.assertTrue(issued[i] == 0 || taken[i] == 0, "one of them");
        }
    }

    /// @dev Ascending accounts, each with one chance in two.
    function draw(Random memory random) private pure returns (uint32[] memory accounts) {
        bool[] memory drawn = new bool[](ACCOUNTS);
        uint256 count = 0;
        for (uint32 account = 1; account < ACCOUNTS; ++account) {
            drawn[account] = random.oneIn(2);
            if (drawn[account]) ++count;
        }
        accounts = new uint32[](count);
        for (uint32 account = ACCOUNTS - 1; account > 0; --account) {
            if (drawn[account]) accounts[--count] = account;
        }
    }

    function expectSums(Net memory net, bool[] memory present, int256[] memory payments) private pure {
        uint256 next = 0;
        for (uint32 account = 1; account < ACCOUNTS; ++account) {
            vm.assertTrue(net.has(account) == present[account], "has a place");
            if (!present[account]) continue;
            vm.assertEq(net.accounts[next], account, "ascending, each once");
            vm.assertEq(net.payments[next], payments[account], "payment");
            vm.assertEq(net.energy[next], -payments[account], "energy");
            ++next;
        }
        vm.assertEq(net.accounts.length, next, "nobody else");
    }
}
