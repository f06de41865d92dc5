// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {IEnergyToken} from "../src/tokens/IEnergyToken.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Money and energy tokens. The test itself takes the settlement contract's place.
contract TokensTest is CommunityTest {
    bytes32 private constant BACKING = keccak256("line of a bank statement");

    address private immutable ann = walletOf(1);
    address private immutable bob = walletOf(2);

    function setUp() public override {
        super.setUp();
        currency.grantRole(currency.SETTLEMENT_ROLE(), address(this));
        energy.grantRole(energy.SETTLEMENT_ROLE(), address(this));
    }

    /* MONEY */

    function test_DescribesMoney() public view {
        vm.assertEq(currency.name(), "Commonwatt Euro", "name");
        vm.assertEq(currency.symbol(), "cwEUR", "symbol");
        vm.assertEq(currency.decimals(), 8, "decimals");
    }

    function test_MintsDeposits() public {
        vm.prank(minter);
        expectEvent(address(currency));
        emit IERC20.Transfer(address(0), ann, 500);
        expectEvent(address(currency));
        emit ICurrencyToken.Minted(ann, 500, BACKING);
        currency.mint(ann, 500, BACKING);
        vm.assertEq(currency.balanceOf(ann), 500, "balance");
        vm.assertEq(currency.totalSupply(), 500, "supply");
    }

    function test_OnlyAMinterMints() public {
        bytes32 role = currency.MINTER_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        currency.mint(stranger, 500, BACKING);
    }

    function test_TheGridReceivesTheSum() public {
        deposit(ann, 100);
        expectEvent(address(currency));
        emit IERC20.Transfer(ann, gridWallet, 70);
        expectEvent(address(currency));
        emit IERC20.Transfer(gridWallet, bob, 30);
        settlePayments(70, -30);
        expectBalances(30, 30, 40);
    }

    function test_TheGridPaysTheSum() public {
        deposit(gridWallet, 50);
        settlePayments(-20, -30);
        expectBalances(20, 30, 0);
    }

    function test_CreditsWaitForDebits() public {
        // The grid holds nothing: what it pays ann must come from bob, who stands behind her in the list.
        deposit(bob, 70);
        settlePayments(-70, 70);
        expectBalances(70, 0, 0);
    }

    function test_NothingMovesWithoutPayment() public {
        vm.recordLogs();
        settlePayments(0, 0);
        vm.assertEq(vm.getRecordedLogs().length, 0, "events");
    }

    function test_RefusesAParticipantWithoutDeposit() public {
        deposit(ann, 69);
        expectInsufficient(ann, 70, 69);
        settlePayments(70, -30);
    }

    function test_RefusesAGridWithoutDeposit() public {
        deposit(ann, 10);
        expectInsufficient(gridWallet, 30, 10);
        settlePayments(10, -30);
    }

    function test_RefusesPaymentsWithoutWallets() public {
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.PaymentCountMismatch.selector, 2, 3));
        currency.settle(wallets(), new int256[](3), gridWallet);
    }

    function test_OnlyTheSettlementContractSettles() public {
        bytes32 role = currency.SETTLEMENT_ROLE();
        vm.prank(operator);
        expectUnauthorized(operator, role);
        currency.settle(wallets(), new int256[](2), gridWallet);
    }

    /* ENERGY */

    function test_DescribesEnergy() public view {
        vm.assertEq(energy.name(), "Commonwatt Local Energy", "name");
        vm.assertEq(energy.symbol(), "cwKWH", "symbol");
        vm.assertEq(energy.decimals(), 3, "decimals");
    }

    function test_IssuesCertificates() public {
        expectEvent(address(energy));
        emit IERC20.Transfer(address(0), ann, 700);
        issue(700, 0);
        vm.assertEq(energy.balanceOf(ann), 700, "ann");
        vm.assertEq(energy.balanceOf(bob), 0, "bob");
        vm.assertEq(energy.totalSupply(), 700, "supply");
    }

    function test_HoldersRetireCertificates() public {
        issue(700, 100);
        vm.prank(ann);
        expectEvent(address(energy));
        emit IERC20.Transfer(ann, address(0), 600);
        expectEvent(address(energy));
        emit IEnergyToken.Retired(ann, 600);
        energy.retire(600);
        vm.assertEq(energy.balanceOf(ann), 100, "ann");
        vm.assertEq(energy.totalSupply(), 200, "supply");
    }

    function test_RefusesToRetireMoreThanHeld() public {
        issue(700, 100);
        vm.prank(bob);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
        energy.retire(101);
    }

    function test_RefusesAmountsWithoutHolders() public {
        vm.expectRevert(abi.encodeWithSelector(IEnergyToken.AmountCountMismatch.selector, 2, 1));
        energy.issue(wallets(), new uint256[](1));
    }

    function test_OnlyTheSettlementContractIssues() public {
        bytes32 role = energy.SETTLEMENT_ROLE();
        vm.prank(operator);
        expectUnauthorized(operator, role);
        energy.issue(wallets(), new uint256[](2));
    }

    /* HELPERS */

    function wallets() private view returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (ann, bob);
    }

    function settlePayments(int256 first, int256 second) private {
        int256[] memory payments = new int256[](2);
        (payments[0], payments[1]) = (first, second);
        currency.settle(wallets(), payments, gridWallet);
    }

    function issue(uint256 first, uint256 second) private {
        uint256[] memory amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (first, second);
        energy.issue(wallets(), amounts);
    }

    function expectBalances(uint256 ofAnn, uint256 ofBob, uint256 ofGrid) private view {
        vm.assertEq(currency.balanceOf(ann), ofAnn, "ann");
        vm.assertEq(currency.balanceOf(bob), ofBob, "bob");
        vm.assertEq(currency.balanceOf(gridWallet), ofGrid, "grid");
    }

    function expectInsufficient(address wallet, uint256 needed, uint256 balance) private {
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.InsufficientDeposit.selector, wallet, needed, balance));
    }
}
