// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICurrencyToken} from "../../src/tokens/ICurrencyToken.sol";
import {MoneyTest} from "./MoneyTest.sol";
import {vm} from "./Vm.sol";

/// @notice Does with money whatever anybody can do, and keeps its own books in plain numbers.
contract MoneyUser is MoneyTest {
    uint256 internal constant HOLDERS = 4;

    struct Deposited {
        bytes32 document;
        address to;
        uint256 rest;
        uint256 until;
    }

    struct Requested {
        address holder;
        uint256 amount;
        uint256 expiresAt;
        bool open;
    }

    uint256 public minted;
    uint256 public paidOut;
    uint256 public burned;
    uint256 public reversed;
    Deposited[] internal deposited;
    Requested[] internal requested;
    uint256 internal documents;

    function setUp() public override {
        super.setUp();
        currency.grantRole(currency.SETTLEMENT_ROLE(), address(this));
    }

    /* ACTIONS */

    function deposit(uint256 who, uint256 amount) external {
        if (currency.paused()) currency.unpause();
        amount = 1 + amount % 1e16;
        address to = holderOf(who);
        bytes32 document = nextDocument();
        mint(to, amount, document);
        deposited.push(Deposited(document, to, amount, block.timestamp + 30 days));
        minted += amount;
    }

    function reverse(uint256 which, uint256 amount) external {
        if (deposited.length == 0) return;
        Deposited storage entry = deposited[which % deposited.length];
        uint256 most = least(entry.rest, currency.balanceOf(entry.to));
        if (most == 0 || block.timestamp >= entry.until) return;
        amount = 1 + amount % most;
        vm.prank(minter);
        currency.reverseMint(entry.document, amount, nextDocument());
        entry.rest -= amount;
        reversed += amount;
    }

    function passOn(uint256 from, uint256 to, uint256 amount) external {
        if (currency.paused()) currency.unpause();
        address holder = holderOf(from);
        amount = amount % (currency.balanceOf(holder) + 1);
        vm.assertTrue(give(holder, holderOf(to), amount), "passed on");
    }

    function giveUp(uint256 who, uint256 amount) external {
        address holder = holderOf(who);
        uint256 balance = currency.balanceOf(holder);
        if (balance == 0) return;
        // Little, so that there is something left for the other actions.
        amount = 1 + amount % (balance / 8 + 1);
        vm.prank(holder);
        currency.burn(amount);
        burned += amount;
    }

    function settle(uint256 from, uint256 to, uint256 amount) external {
        address[] memory wallets = new address[](2);
        int256[] memory payments = new int256[](2);
        (wallets[0], wallets[1]) = (holderOf(from), holderOf(from % HOLDERS + 1 + to % (HOLDERS - 1)));
        amount = amount % (currency.balanceOf(wallets[0]) + 1);
        (payments[0], payments[1]) = (int256(amount), -int256(amount));
        currency.settle(wallets, payments, gridWallet);
    }

    function ask(uint256 who, uint256 amount) external {
        address holder = holderOf(who);
        uint256 balance = currency.balanceOf(holder);
        if (balance == 0) return;
        amount = 1 + amount % balance;
        request(holder, amount);
        requested.push(Requested(holder, amount, block.timestamp + 14 days, true));
    }

    function confirm(uint256 which) external {
        uint256 payout = openPayout(which);
        if (payout == 0) return;
        Requested storage entry = requested[payout - 1];
        if (block.timestamp >= entry.expiresAt) return;
        vm.prank(payer);
        currency.confirmPayout(payout, nextDocument());
        entry.open = false;
        paidOut += entry.amount;
    }

    function reject(uint256 which) external {
        uint256 payout = openPayout(which);
        if (payout == 0) return;
        uint256 before = currency.balanceOf(requested[payout - 1].holder);
        vm.prank(payer);
        currency.rejectPayout(payout, "reason");
        expectReturned(payout, before);
    }

    function expire(uint256 which) public {
        uint256 payout = openPayout(which);
        if (payout == 0) return;
        if (block.timestamp < requested[payout - 1].expiresAt) return;
        uint256 before = currency.balanceOf(requested[payout - 1].holder);
        vm.prank(stranger);
        currency.expirePayout(payout);
        expectReturned(payout, before);
    }

    function stop() external {
        if (!currency.paused()) pause();
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 10 days);
    }

    /// @notice Nobody but strangers acts any more, and it may be paused: every pay-out ends.
    function leaveAlone() external {
        if (!currency.paused()) pause();
        vm.warp(block.timestamp + 14 days);
        for (uint256 i = 0; i < requested.length; ++i) {
            expire(0);
        }
    }

    /* SUMS */

    function supply() external view returns (uint256) {
        return currency.totalSupply();
    }

    function backing() external view returns (uint256) {
        return currency.backing();
    }

    function setAside() external view returns (uint256) {
        return currency.balanceOf(address(currency));
    }

    function askedFor() external view returns (uint256 sum) {
        for (uint256 i = 0; i < requested.length; ++i) {
            if (requested[i].open) sum += requested[i].amount;
        }
    }

    function held() external view returns (uint256 sum) {
        sum = currency.balanceOf(gridWallet);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            sum += currency.balanceOf(holderOf(i));
        }
    }

    function ledger() external view returns (uint128, uint128, uint128, uint128) {
        return currency.ledger();
    }

    /* HELPERS */

    function holderOf(uint256 who) internal pure returns (address) {
        return vm.addr(2000 + who % HOLDERS);
    }

    function nextDocument() private returns (bytes32) {
        return keccak256(abi.encode("document", ++documents));
    }

    /// @dev An open pay-out, from `which` on; 0 where there is none.
    function openPayout(uint256 which) private view returns (uint256) {
        uint256 count = requested.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = (which % count + i) % count;
            if (requested[index].open) return index + 1;
        }
        return 0;
    }

    function expectReturned(uint256 payout, uint256 before) private {
        Requested storage entry = requested[payout - 1];
        entry.open = false;
        vm.assertEq(currency.balanceOf(entry.holder), before + entry.amount, "tokens are back");
    }

    function least(uint256 one, uint256 other) private pure returns (uint256) {
        return one < other ? one : other;
    }
}
