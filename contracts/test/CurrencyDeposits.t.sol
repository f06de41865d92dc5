// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Minting against documents, reversing a wrong mint, burning.
contract CurrencyDepositsTest is MoneyTest {
    /* MINT */

    function test_RecordsTheDocumentOfADeposit() public {
        mint(ann, 500, DOCUMENT);
        (address to, uint40 mintedAt, uint128 amount, uint128 reversed) = currency.depositOf(DOCUMENT);
        vm.assertEq(to, ann, "to");
        vm.assertEq(uint256(mintedAt), block.timestamp, "time");
        vm.assertEq(amount, 500, "amount");
        vm.assertEq(reversed, 0, "reversed");
        vm.assertTrue(currency.isDocumentUsed(DOCUMENT), "used");
        vm.assertFalse(currency.isDocumentUsed(CORRECTION), "unused");
        expectBooks(500, 0, 0, 0);
    }

    function test_RefusesADocumentTwice() public {
        mint(ann, 500, DOCUMENT);
        expectUsed(DOCUMENT);
        mint(bob, 1, DOCUMENT);
    }

    function test_RefusesADepositWithoutDocument() public {
        vm.expectRevert(ICurrencyToken.DocumentMissing.selector);
        mint(ann, 500, 0);
    }

    function test_RefusesADepositOfNothing() public {
        vm.expectRevert(ICurrencyToken.AmountIsZero.selector);
        mint(ann, 0, DOCUMENT);
    }

    function test_RefusesADepositForTheTokenItself() public {
        expectNoReceiver(address(currency));
        mint(address(currency), 500, DOCUMENT);
    }

    function test_RefusesADepositThatTheLedgerCannotHold() public {
        vm.expectPartialRevert(bytes4(keccak256("SafeCastOverflowedUintDowncast(uint8,uint256)")));
        mint(ann, uint256(type(uint128).max) + 1, DOCUMENT);
    }

    function testFuzz_BackingIsTheSumOfDeposits(uint96[8] memory amounts) public {
        uint128 sum = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] == 0) continue;
            mint(i % 2 == 0 ? ann : bob, amounts[i], keccak256(abi.encode(i)));
            sum += amounts[i];
        }
        expectBooks(sum, 0, 0, 0);
        vm.assertEq(currency.balanceOf(ann) + currency.balanceOf(bob), sum, "balances");
    }

    /* REVERSE */

    function test_ReversesAWrongMintAsANewEntry() public {
        mint(ann, 500, DOCUMENT);
        vm.prank(minter);
        expectEvent(address(currency));
        emit ICurrencyToken.MintReversed(ann, 120, DOCUMENT, CORRECTION);
        currency.reverseMint(DOCUMENT, 120, CORRECTION);
        vm.assertEq(currency.balanceOf(ann), 380, "balance");
        (,, uint128 amount, uint128 reversed) = currency.depositOf(DOCUMENT);
        vm.assertEq(amount, 500, "the entry stands");
        vm.assertEq(reversed, 120, "reversed");
        expectBooks(500, 0, 0, 120);
    }

    function test_ReversesAtMostTheRest() public {
        mint(ann, 500, DOCUMENT);
        mint(ann, 500, keccak256("another"));
        reverse(DOCUMENT, 300, CORRECTION);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.ReversalExceedsRest.selector, DOCUMENT, 201, 200));
        reverse(DOCUMENT, 201, keccak256("second correction"));
        reverse(DOCUMENT, 200, keccak256("second correction"));
        expectBooks(1000, 0, 0, 500);
    }

    function test_ReversesOnlyWhatTheReceiverStillHolds() public {
        mint(ann, 500, DOCUMENT);
        give(ann, bob, 400);
        expectPoorer();
        reverse(DOCUMENT, 101, CORRECTION);
        reverse(DOCUMENT, 100, CORRECTION);
        vm.assertEq(currency.balanceOf(bob), 400, "bob keeps what he was given");
    }

    function test_ReversesAMintUntilItsTimeIsOver() public {
        mint(ann, 500, DOCUMENT);
        uint256 until = block.timestamp + currency.REVERSAL_SECONDS();
        vm.warp(until - 1);
        reverse(DOCUMENT, 1, CORRECTION);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.ReversalTooLate.selector, DOCUMENT, until));
        reverse(DOCUMENT, 1, keccak256("late"));
    }

    function test_RefusesToReverseWhatWasNotMinted() public {
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.UnknownDeposit.selector, DOCUMENT));
        reverse(DOCUMENT, 1, CORRECTION);
    }

    function test_RefusesToReverseNothing() public {
        mint(ann, 500, DOCUMENT);
        vm.expectRevert(ICurrencyToken.AmountIsZero.selector);
        reverse(DOCUMENT, 0, CORRECTION);
    }

    function test_RefusesACorrectionWithoutDocument() public {
        mint(ann, 500, DOCUMENT);
        vm.expectRevert(ICurrencyToken.DocumentMissing.selector);
        reverse(DOCUMENT, 1, 0);
    }

    function test_RefusesADocumentOfAnyOtherEntry() public {
        mint(ann, 500, DOCUMENT);
        expectUsed(DOCUMENT);
        reverse(DOCUMENT, 1, DOCUMENT);
        reverse(DOCUMENT, 1, CORRECTION);
        expectUsed(CORRECTION);
        mint(ann, 1, CORRECTION);
    }

    function test_OnlyAMinterReverses() public {
        mint(ann, 500, DOCUMENT);
        bytes32 role = currency.MINTER_ROLE();
        vm.prank(payer);
        expectUnauthorized(payer, role);
        currency.reverseMint(DOCUMENT, 1, CORRECTION);
    }

    function test_AWrongMintCanBeReversedInAPause() public {
        mint(ann, 500, DOCUMENT);
        pause();
        reverse(DOCUMENT, 500, CORRECTION);
        expectBooks(500, 0, 0, 500);
    }

    function testFuzz_ReversalsNeverExceedTheMint(uint128 minted, uint128[4] memory parts) public {
        vm.assume(minted != 0);
        mint(ann, minted, DOCUMENT);
        uint256 rest = minted;
        for (uint256 i = 0; i < parts.length && rest != 0; ++i) {
            uint256 part = 1 + parts[i] % rest;
            reverse(DOCUMENT, part, keccak256(abi.encode(i)));
            rest -= part;
        }
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.ReversalExceedsRest.selector, DOCUMENT, rest + 1, rest));
        reverse(DOCUMENT, rest + 1, CORRECTION);
        vm.assertEq(currency.balanceOf(ann), rest, "balance");
    }

    /* BURN */

    function test_HoldersGiveTokensUp() public {
        mint(ann, 500, DOCUMENT);
        vm.prank(ann);
        expectEvent(address(currency));
        emit ICurrencyToken.Burned(ann, 200);
        currency.burn(200);
        vm.assertEq(currency.balanceOf(ann), 300, "balance");
        expectBooks(500, 0, 200, 0);
    }

    function test_RefusesToBurnMoreThanHeld() public {
        mint(ann, 500, DOCUMENT);
        vm.prank(bob);
        expectPoorer();
        currency.burn(1);
    }

    function test_RefusesToBurnNothing() public {
        vm.expectRevert(ICurrencyToken.AmountIsZero.selector);
        currency.burn(0);
    }

    /* HELPERS */

    function reverse(bytes32 document, uint256 amount, bytes32 correction) private {
        vm.prank(minter);
        currency.reverseMint(document, amount, correction);
    }

    function expectUsed(bytes32 document) private {
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.DocumentUsed.selector, document));
    }
}
