// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../src/settlement/ISettlement.sol";
import {Random} from "./base/Random.sol";
import {Trader} from "./base/Trader.sol";
import {vm} from "./base/Vm.sol";

/// @notice Random settlements: the exact one is accepted and moves exactly what it says; one unit off, anywhere, is refused.
contract SettlementFuzzTest is Trader {
    /// @notice Balances change by the payments and the energy, and by nothing else.
    function testFuzz_MovesExactlyThePayments(uint256 seed) public {
        Outcome memory outcome = prepare(Random(seed));
        fund(outcome);
        uint256 ofGrid = currency.balanceOf(gridWallet);
        uint256[] memory before = new uint256[](PARTICIPANTS);
        for (uint32 i = 0; i < PARTICIPANTS; ++i) {
            before[i] = currency.balanceOf(walletOf(FIRST + i));
        }

        settleAs(outcome, outcome.gridPayment);
        vm.assertEq(int256(currency.balanceOf(gridWallet)), int256(ofGrid) + outcome.gridPayment, "grid");
        for (uint32 i = 0; i < PARTICIPANTS; ++i) {
            Row memory row = outcome.rows[i];
            int256 money = int256(currency.balanceOf(walletOf(FIRST + i)));
            vm.assertEq(money, int256(before[i]) - row.payment, "money");
            uint256 undeclared = row.exported > row.sold ? row.exported - row.sold : 0;
            vm.assertEq(energy.balanceOf(walletOf(FIRST + i)), undeclared + row.certificates, "energy");
        }
    }

    function testFuzz_RefusesOneUnitOffAnywhere(uint256 seed, uint256 who, bool more) public {
        Outcome memory outcome = prepare(Random(seed));
        fund(outcome);
        Row memory row = outcome.rows[who % PARTICIPANTS];
        // Where there is an allocation, it knows every account's trades.
        bytes4 otherTrade = outcome.allocation.length == 0
            ? ISettlement.TradedEnergyUnbalanced.selector
            : ISettlement.AllocationMismatch.selector;

        expectRefused(outcome, more, ISettlement.MoneyUnbalanced.selector);
        if (more || row.bought > row.certificates) {
            row.bought = step(row.bought, more);
            expectRefused(outcome, more, otherTrade);
            row.bought = step(row.bought, !more);
        }
        if (more || row.sold > 0) {
            row.sold = step(row.sold, more);
            expectRefused(outcome, more, otherTrade);
            row.sold = step(row.sold, !more);
        }
        if (more ? row.certificates < row.bought : row.certificates > 0) {
            row.certificates = step(row.certificates, more);
            expectRefused(outcome, more, ISettlement.CertificatesUnbalanced.selector);
            row.certificates = step(row.certificates, !more);
        }
        settleAs(outcome, outcome.gridPayment);
    }

    /// @dev Both wrong and unpaid for; the named cause comes first.
    function expectRefused(Outcome memory outcome, bool more, bytes4 reason) private {
        bytes memory positions = packPositions(outcome.rows);
        int256 gridPayment = more ? outcome.gridPayment + 1 : outcome.gridPayment - 1;
        vm.prank(operator);
        vm.expectPartialRevert(reason);
        send(outcome, positions, gridPayment);
    }

    function step(uint32 energy_, bool up) private pure returns (uint32) {
        return up ? energy_ + 1 : energy_ - 1;
    }
}
