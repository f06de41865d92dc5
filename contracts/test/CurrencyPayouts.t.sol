// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Pay-outs: requested, then paid, rejected or expired.
contract CurrencyPayoutsTest is MoneyTest {
    function setUp() public override {
        super.setUp();
        mint(ann, 500, DOCUMENT);
    }

    /* REQUEST */

    function test_SetsTheTokensAside() public {
        vm.prank(ann);
        expectEvent(address(currency));
        emit ICurrencyToken.PayoutRequested(1, ann, 300, DESTINATION, uint40(block.timestamp + 14 days));
        vm.assertEq(currency.requestPayout(300, DESTINATION), 1, "number");
        vm.assertEq(currency.balanceOf(ann), 200, "ann");
        vm.assertEq(currency.balanceOf(address(currency)), 300, "set aside");
        vm.assertEq(currency.payoutCount(), 1, "count");
        expectPayout(1, ann, 300, ICurrencyToken.PayoutStatus.Requested);
        expectBooks(500, 0, 0, 0);
    }

    function test_RefusesToPayOutMoreThanHeld() public {
        expectPoorer();
        request(ann, 501);
    }

    function test_RefusesToPayOutNothing() public {
        vm.expectRevert(ICurrencyToken.AmountIsZero.selector);
        request(ann, 0);
    }

    function test_NobodySendsTokensToTheTokenItself() public {
        expectNoReceiver(address(currency));
        give(ann, address(currency), 1);
        vm.prank(ann);
        currency.approve(bob, 1);
        expectNoReceiver(address(currency));
        take(bob, ann, address(currency), 1);
    }

    function test_ASettlementDoesNotReachWhatIsSetAside() public {
        request(ann, 300);
        currency.grantRole(currency.SETTLEMENT_ROLE(), address(this));
        address[] memory wallets = new address[](1);
        int256[] memory payments = new int256[](1);
        wallets[0] = address(currency);
        payments[0] = 1;
        vm.expectRevert(abi.encodeWithSignature("ERC20InvalidSender(address)", address(currency)));
        currency.settle(wallets, payments, gridWallet);
    }

    /* CONFIRM */

    function test_EndsTheTokensOfWhatWasPaid() public {
        request(ann, 300);
        vm.prank(payer);
        expectEvent(address(currency));
        emit ICurrencyToken.PayoutPaid(1, ann, 300, BANK_TRANSFER);
        currency.confirmPayout(1, BANK_TRANSFER);
        vm.assertEq(currency.balanceOf(address(currency)), 0, "set aside");
        expectPayout(1, ann, 300, ICurrencyToken.PayoutStatus.Paid);
        expectBooks(500, 300, 0, 0);
    }

    function test_ConfirmsUntilItExpires() public {
        request(ann, 100);
        request(ann, 100);
        uint256 expiresAt = block.timestamp + 14 days;
        vm.warp(expiresAt - 1);
        confirm(1, BANK_TRANSFER);
        vm.warp(expiresAt);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.PayoutOverdue.selector, 2, expiresAt));
        confirm(2, keccak256("another"));
    }

    function test_ATransferPaysOneRequest() public {
        request(ann, 100);
        request(ann, 100);
        confirm(1, BANK_TRANSFER);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.DocumentUsed.selector, BANK_TRANSFER));
        confirm(2, BANK_TRANSFER);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.DocumentUsed.selector, DOCUMENT));
        confirm(2, DOCUMENT);
        vm.expectRevert(ICurrencyToken.DocumentMissing.selector);
        confirm(2, 0);
    }

    function test_OnlyAPayerConfirms() public {
        request(ann, 100);
        bytes32 role = currency.PAYER_ROLE();
        vm.prank(minter);
        expectUnauthorized(minter, role);
        currency.confirmPayout(1, BANK_TRANSFER);
    }

    /* REJECT */

    function test_GivesTheTokensOfARejectedPayoutBack() public {
        request(ann, 300);
        vm.prank(payer);
        expectEvent(address(currency));
        emit ICurrencyToken.PayoutRejected(1, ann, 300, "no such account");
        currency.rejectPayout(1, "no such account");
        vm.assertEq(currency.balanceOf(ann), 500, "ann");
        expectPayout(1, ann, 300, ICurrencyToken.PayoutStatus.Rejected);
        expectBooks(500, 0, 0, 0);
    }

    function test_OnlyAPayerRejects() public {
        request(ann, 100);
        bytes32 role = currency.PAYER_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        currency.rejectPayout(1, 0);
    }

    /* EXPIRE */

    function test_AnybodyReturnsTheTokensOfAnExpiredPayout() public {
        request(ann, 300);
        uint256 expiresAt = block.timestamp + 14 days;
        vm.warp(expiresAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.PayoutNotOverdue.selector, 1, expiresAt));
        currency.expirePayout(1);
        vm.warp(expiresAt);
        vm.prank(stranger);
        expectEvent(address(currency));
        emit ICurrencyToken.PayoutExpired(1, ann, 300);
        currency.expirePayout(1);
        vm.assertEq(currency.balanceOf(ann), 500, "ann");
        expectPayout(1, ann, 300, ICurrencyToken.PayoutStatus.Expired);
        expectBooks(500, 0, 0, 0);
    }

    /* ONCE */

    function test_APayoutEndsOnce() public {
        for (uint256 payout = 1; payout <= 3; ++payout) {
            request(ann, 10);
        }
        confirm(1, BANK_TRANSFER);
        vm.prank(payer);
        currency.rejectPayout(2, 0);
        vm.warp(block.timestamp + 14 days);
        currency.expirePayout(3);
        expectClosed(1, ICurrencyToken.PayoutStatus.Paid);
        expectClosed(2, ICurrencyToken.PayoutStatus.Rejected);
        expectClosed(3, ICurrencyToken.PayoutStatus.Expired);
        expectClosed(4, ICurrencyToken.PayoutStatus.None);
    }

    function testFuzz_WhatIsNotPaidReturns(uint128 held, uint128 part, uint8 fate) public {
        held = held / 2 + 1;
        mint(bob, held, CORRECTION);
        uint256 amount = 1 + part % held;
        uint256 payout = request(bob, amount);
        if (fate % 3 == 0) {
            confirm(payout, BANK_TRANSFER);
        } else if (fate % 3 == 1) {
            vm.prank(payer);
            currency.rejectPayout(payout, 0);
        } else {
            vm.warp(block.timestamp + 14 days);
            currency.expirePayout(payout);
        }
        vm.assertEq(currency.balanceOf(bob), fate % 3 == 0 ? held - amount : held, "bob");
        vm.assertEq(currency.totalSupply(), currency.backing(), "supply");
        vm.assertEq(currency.balanceOf(address(currency)), 0, "set aside");
    }

    /* HELPERS */

    function confirm(uint256 payout, bytes32 bankTransfer) private {
        vm.prank(payer);
        currency.confirmPayout(payout, bankTransfer);
    }

    function expectClosed(uint256 payout, ICurrencyToken.PayoutStatus status) private {
        bytes memory refusal = abi.encodeWithSelector(ICurrencyToken.PayoutNotOpen.selector, payout, status);
        vm.expectRevert(refusal);
        currency.expirePayout(payout);
        vm.expectRevert(refusal);
        confirm(payout, keccak256("unused"));
        vm.prank(payer);
        vm.expectRevert(refusal);
        currency.rejectPayout(payout, 0);
    }
}
