// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyToken} from "../src/tokens/IEnergyToken.sol";
import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Certificates that a correction takes back; the test itself takes the settlement contract's place.
contract EnergyRevocationTest is MoneyTest {
    function setUp() public override {
        super.setUp();
        energy.grantRole(energy.SETTLEMENT_ROLE(), address(this));
        energy.issue(wallets(), amounts(100, 30));
    }

    function test_BurnsWhatWasNotDue() public {
        uint256[] memory missing = energy.revoke(wallets(), amounts(60, 30));
        vm.assertEq(abi.encode(missing), abi.encode(amounts(0, 0)), "missing");
        vm.assertEq(energy.balanceOf(ann), 40, "ann");
        vm.assertEq(energy.balanceOf(bob), 0, "bob");
        vm.assertEq(energy.totalSupply(), 40, "supply");
    }

    function test_SaysWhatIsMissing() public {
        expectEvent(address(energy));
        emit IEnergyToken.Revoked(ann, 100);
        uint256[] memory missing = energy.revoke(wallets(), amounts(101, 0));
        vm.assertEq(abi.encode(missing), abi.encode(amounts(1, 0)), "missing");
        vm.assertEq(energy.totalSupply(), 30, "supply");
        missing = energy.revoke(wallets(), amounts(7, 30));
        vm.assertEq(abi.encode(missing), abi.encode(amounts(7, 0)), "all of it, of nothing");
    }

    /// @notice What is revoked and what is missing add up to what was asked for, and nobody goes below nothing.
    function testFuzz_TakesWhatThereIs(uint128 ofAnn, uint128 ofBob) public {
        uint256[] memory missing = energy.revoke(wallets(), amounts(ofAnn, ofBob));
        vm.assertEq(energy.balanceOf(ann), ofAnn < 100 ? 100 - ofAnn : 0, "ann");
        vm.assertEq(energy.balanceOf(bob), ofBob < 30 ? 30 - ofBob : 0, "bob");
        vm.assertEq(missing[0], ofAnn < 100 ? 0 : ofAnn - 100, "missing of ann");
        vm.assertEq(missing[1], ofBob < 30 ? 0 : ofBob - 30, "missing of bob");
    }

    function test_RefusesAnotherNumberOfAmounts() public {
        vm.expectRevert(abi.encodeWithSelector(IEnergyToken.AmountCountMismatch.selector, 2, 1));
        energy.revoke(wallets(), new uint256[](1));
    }

    function test_OnlyTheSettlementContractRevokes() public {
        bytes32 role = energy.SETTLEMENT_ROLE();
        vm.prank(minter);
        expectUnauthorized(minter, role);
        energy.revoke(wallets(), amounts(1, 1));
    }

    function wallets() private view returns (address[] memory holders) {
        holders = new address[](2);
        (holders[0], holders[1]) = (ann, bob);
    }

    function amounts(uint256 ofAnn, uint256 ofBob) private pure returns (uint256[] memory both) {
        both = new uint256[](2);
        (both[0], both[1]) = (ofAnn, ofBob);
    }
}
