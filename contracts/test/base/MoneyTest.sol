// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICurrencyToken} from "../../src/tokens/ICurrencyToken.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {vm} from "./Vm.sol";

/// @notice Deposited money with a payer and a pauser, and two holders.
abstract contract MoneyTest is CommunityTest {
    bytes32 internal constant DOCUMENT = keccak256("line of a bank statement");
    bytes32 internal constant CORRECTION = keccak256("note of a correction");
    bytes32 internal constant BANK_TRANSFER = keccak256("line of an outgoing transfer");
    bytes32 internal constant DESTINATION = keccak256("bank account and salt");

    address internal immutable payer = vm.addr(21);
    address internal immutable pauser = vm.addr(22);
    address internal immutable ann = vm.addr(23);
    address internal immutable bob = vm.addr(24);

    function setUp() public virtual override {
        super.setUp();
        currency.grantRole(currency.PAYER_ROLE(), payer);
        currency.grantRole(currency.PAUSER_ROLE(), pauser);
    }

    function mint(address to, uint256 amount, bytes32 document) internal {
        vm.prank(minter);
        currency.mint(to, amount, document);
    }

    /// @dev What it returns means nothing where a refusal is expected.
    function give(address from, address to, uint256 amount) internal returns (bool given) {
        vm.prank(from);
        given = currency.transfer(to, amount);
    }

    function take(address spender, address from, address to, uint256 amount) internal returns (bool taken) {
        vm.prank(spender);
        taken = currency.transferFrom(from, to, amount);
    }

    function request(address holder, uint256 amount) internal returns (uint256) {
        vm.prank(holder);
        return currency.requestPayout(amount, DESTINATION);
    }

    function pause() internal {
        vm.prank(pauser);
        currency.pause();
    }

    function expectBooks(uint128 minted, uint128 paidOut, uint128 burned, uint128 reversed) internal view {
        (uint128 mintedGot, uint128 paidOutGot, uint128 burnedGot, uint128 reversedGot) = currency.ledger();
        vm.assertEq(mintedGot, minted, "minted");
        vm.assertEq(paidOutGot, paidOut, "paid out");
        vm.assertEq(burnedGot, burned, "burned");
        vm.assertEq(reversedGot, reversed, "reversed");
        vm.assertEq(currency.backing(), uint256(minted) - paidOut - burned - reversed, "backing");
        vm.assertEq(currency.totalSupply(), currency.backing(), "supply");
    }

    function expectPayout(uint256 payout, address holder, uint256 amount, ICurrencyToken.PayoutStatus status)
        internal
        view
    {
        (address holderGot,, ICurrencyToken.PayoutStatus statusGot, uint256 amountGot) = currency.payoutOf(payout);
        vm.assertEq(holderGot, holder, "holder");
        vm.assertEq(amountGot, amount, "amount");
        vm.assertEq(uint256(statusGot), uint256(status), "status");
    }

    function expectPoorer() internal {
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
    }

    function expectPaused() internal {
        vm.expectRevert(bytes4(keccak256("EnforcedPause()")));
    }

    function expectNoReceiver(address receiver) internal {
        vm.expectRevert(abi.encodeWithSignature("ERC20InvalidReceiver(address)", receiver));
    }
}
