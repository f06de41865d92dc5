// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice A pause stops what comes in and what is passed on; everything that ends goes on.
contract CurrencyPauseTest is MoneyTest {
    function setUp() public override {
        super.setUp();
        mint(ann, 500, DOCUMENT);
        vm.prank(ann);
        currency.approve(bob, 100);
        pause();
    }

    function test_StopsMinting() public {
        expectPaused();
        mint(ann, 1, CORRECTION);
    }

    function test_StopsThePassingOn() public {
        expectPaused();
        give(ann, bob, 1);
        expectPaused();
        take(bob, ann, bob, 1);
    }

    function test_AnEscrowGivesBackWhatItHolds() public {
        currency.grantRole(currency.ESCROW_ROLE(), ann);
        vm.assertTrue(give(ann, bob, 1), "given back");
        vm.assertEq(currency.balanceOf(bob), 1, "bob");
    }

    function test_AnEscrowTakesNothingIn() public {
        currency.grantRole(currency.ESCROW_ROLE(), bob);
        expectPaused();
        take(bob, ann, bob, 1);
    }

    function test_SettlesWhatWasTraded() public {
        currency.grantRole(currency.SETTLEMENT_ROLE(), address(this));
        address[] memory wallets = new address[](2);
        int256[] memory payments = new int256[](2);
        (wallets[0], wallets[1]) = (ann, bob);
        (payments[0], payments[1]) = (70, -30);
        currency.settle(wallets, payments, gridWallet);
        vm.assertEq(currency.balanceOf(bob), 30, "bob");
    }

    function test_PaysOut() public {
        uint256 first = request(ann, 100);
        uint256 second = request(ann, 100);
        uint256 third = request(ann, 100);
        vm.startPrank(payer);
        currency.confirmPayout(first, BANK_TRANSFER);
        currency.rejectPayout(second, 0);
        vm.stopPrank();
        vm.warp(block.timestamp + 14 days);
        currency.expirePayout(third);
        vm.assertEq(currency.balanceOf(ann), 400, "ann");
    }

    function test_HoldersMayGiveUp() public {
        vm.prank(ann);
        currency.burn(500);
        vm.assertEq(currency.totalSupply(), 0, "supply");
    }

    function test_OnlyAPauserPauses() public {
        currency.unpause();
        bytes32 role = currency.PAUSER_ROLE();
        vm.prank(minter);
        expectUnauthorized(minter, role);
        currency.pause();
    }

    function test_OnlyTheAdminEndsAPause() public {
        vm.prank(pauser);
        expectUnauthorized(pauser, ADMIN_ROLE);
        currency.unpause();
        currency.unpause();
        vm.assertTrue(give(ann, bob, 500), "passed on");
    }
}
