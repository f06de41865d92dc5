// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {ICurrencyToken} from "../src/tokens/ICurrencyToken.sol";
import {NeighboursTest} from "./base/NeighboursTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Several intervals in one transaction.
contract SettlementSeveralTest is NeighboursTest {
    function setUp() public override {
        super.setUp();
        settlement.setFee(COMMUNITY, 5, 1_000, START + DURATION);
        liveThrough();
    }

    /* ACCEPTED */

    /// @notice Four intervals, three of them with a fee of 700,000.
    function test_MovesTheSums() public {
        settleSeveral(ofAll());
        expectMoney(2, -4 * 12_000_000 - 3 * 700_000, "money of 2");
        expectMoney(3, 4 * 8_300_000, "money of 3");
        expectMoney(4, 4 * 1_500_000, "money of 4");
        expectMoney(5, 3 * 700_000, "money of 5");
        expectMoney(GRID, 4 * GRID_PAYMENT, "money of the grid");
        expectEnergy(2, 4 * 650, "energy of 2");
        expectEnergy(3, 4 * 100, "energy of 3");
        vm.assertEq(energy.totalSupply(), 4 * 750, "energy in all");
    }

    function test_TokensMoveOnce() public {
        vm.recordLogs();
        settleSeveral(ofAll());
        vm.assertEq(eventsOf(address(currency)), 4, "one transfer an account");
    }

    function test_RecordsEachInterval() public {
        ISettlement.Statement[] memory statements = ofAll();
        for (uint256 i = 0; i < statements.length; ++i) {
            expectEvent(address(settlement));
            emit ISettlement.IntervalSettled(
                statements[i].interval,
                statements[i].priceHash,
                keccak256(statements[i].positions),
                3,
                GRID_PAYMENT,
                i == 0 ? 0 : 700_000
            );
        }
        settleSeveral(statements);
        for (uint256 i = 0; i < statements.length; ++i) {
            (bytes32 priceHash, bytes32 positionsHash, uint32 participants, int256 gridPayment, uint256 fee,) =
                settlement.record(statements[i].interval);
            vm.assertEq(priceHash, statements[i].priceHash, "price hash");
            vm.assertEq(positionsHash, keccak256(packRows()), "positions hash");
            vm.assertEq(participants, 3, "participants");
            vm.assertEq(gridPayment, GRID_PAYMENT, "grid payment");
            vm.assertEq(fee, i == 0 ? 0 : 700_000, "fee");
            (,,,, bool closed) = metering.totals(statements[i].interval);
            vm.assertTrue(closed, "metering closed");
        }
    }

    /// @notice Account 3 delivers all in the first interval, for 15,000 x 500 + 8,000 x 250 = 9,500,000, and nothing in the
    /// second, for which it pays (30,000 - 15,000) x 500 = 7,500,000. It has no deposit.
    function test_ADepositCoversTheSumOnly() public {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](2);
        (rows[0].certificates, rows[1].exported, rows[2].exported) = (500, 750, 0);
        statements[1] = statement(intervalAt(0));
        (rows[0].certificates, rows[1].exported, rows[2].exported) = (200, 0, 750);
        statements[0] = statement(intervalAt(1));
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ICurrencyToken.InsufficientDeposit.selector, walletOf(3), 7_500_000, 0));
        settlement.settle(intervalAt(1), statements[0].priceHash, statements[0].positions, statements[0].gridPayment);
        settleSeveral(statements);
        expectMoney(3, 9_500_000 - 7_500_000, "money of 3");
        expectEnergy(3, 250, "energy of 3");
        expectEnergy(4, 550, "energy of 4");
    }

    /// @notice Accounts that take part in some of the intervals only.
    function test_AccountsMayDifferFromIntervalToInterval() public {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](3);
        (Row memory third, Row memory fourth) = (rows[1], rows[2]);
        (rows[1], rows[2]) = (fourth, third);
        rows[2].account = 5;
        statements[0] = statement(intervalAt(0));
        (rows[1], rows[2]) = (third, fourth);
        statements[1] = statement(intervalAt(1));
        statements[2] = statement(intervalAt(2));
        settleSeveral(statements);
        expectMoney(2, -3 * 12_000_000 - 2 * 700_000, "money of 2");
        expectMoney(3, 2 * 8_300_000, "money of 3");
        expectMoney(4, 3 * 1_500_000, "money of 4");
        expectMoney(5, 8_300_000 + 2 * 700_000, "money of 5");
        expectEnergy(5, 100, "energy of 5");
    }

    /* REFUSED, ALL OF THEM */

    function test_RefusesOneThatIsWrong() public {
        ISettlement.Statement[] memory statements = ofAll();
        statements[3].gridPayment += 1;
        expectRefused(
            statements, abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, GRID_PAYMENT, GRID_PAYMENT + 1)
        );
        statements[3].gridPayment -= 1;
        statements[2].priceHash = keccak256("other");
        expectRefused(
            statements,
            abi.encodeWithSelector(
                ISettlement.PriceHashMismatch.selector, priceHashOf(intervalAt(2)), keccak256("other")
            )
        );
        (, bytes32 positionsHash,,,,) = settlement.record(intervalAt(0));
        vm.assertEq(positionsHash, 0, "the right ones are not settled either");
    }

    function test_RefusesAnIntervalTwice() public {
        ISettlement.Statement[] memory statements = ofAll();
        statements[1] = statements[0];
        expectRefused(statements, abi.encodeWithSelector(ISettlement.AlreadySettled.selector, intervalAt(0)));
        settle(intervalAt(3));
        expectRefused(ofAll(), abi.encodeWithSelector(ISettlement.AlreadySettled.selector, intervalAt(3)));
    }

    function test_RefusesMetersThatDisagree() public {
        rows[0].imported -= 1;
        ISettlement.Statement[] memory statements = ofAll();
        expectRefused(
            statements, abi.encodeWithSelector(ISettlement.MeteredTotalsMismatch.selector, 750, 749, 750, 750)
        );
    }

    function test_RefusesIntervalsOfTwoCommunities() public {
        IntervalId other = otherCommunity(COMMUNITY + 1, UNIFORM_PRICE, 500);
        ISettlement.Statement[] memory statements = ofAll();
        statements[2].interval = other;
        expectRefused(
            statements, abi.encodeWithSelector(ISettlement.CommunitiesDiffer.selector, COMMUNITY, COMMUNITY + 1)
        );
    }

    function test_RefusesAnAllocationThatTheMarketDoesNotHave() public {
        ISettlement.Statement[] memory statements = ofAll();
        statements[1].allocation = hex"00";
        expectRefused(
            statements,
            abi.encodeWithSelector(ISettlement.AllocationHashMismatch.selector, bytes32(0), keccak256(hex"00"))
        );
    }

    function test_RefusesAnIntervalThatIsNotOver() public {
        IntervalId next = IntervalLib.pack(COMMUNITY, START + INTERVALS * DURATION, DURATION);
        ISettlement.Statement[] memory statements = ofAll();
        statements[3].interval = next;
        expectRefused(statements, abi.encodeWithSelector(ISettlement.NotCleared.selector, next));
    }

    function test_RefusesNothing() public {
        expectRefused(new ISettlement.Statement[](0), abi.encodeWithSelector(ISettlement.StatementsMissing.selector));
    }

    function test_RefusesToSettleBeyondADeposit() public {
        vm.prank(walletOf(2));
        vm.assertTrue(currency.transfer(stranger, DEPOSIT - 50_099_999), "money moved away");
        expectRefused(
            ofAll(),
            abi.encodeWithSelector(ICurrencyToken.InsufficientDeposit.selector, walletOf(2), 50_100_000, 50_099_999)
        );
    }

    function test_OnlyTheOperatorSettles() public {
        ISettlement.Statement[] memory statements = ofAll();
        bytes32 role = settlement.OPERATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        settlement.settleSeveral(statements);
    }

    /* HELPERS */

    function ofAll() private view returns (ISettlement.Statement[] memory statements) {
        statements = new ISettlement.Statement[](INTERVALS);
        for (uint40 step = 0; step < INTERVALS; ++step) {
            statements[step] = statement(intervalAt(step));
        }
    }

    function settleSeveral(ISettlement.Statement[] memory statements) private {
        vm.prank(operator);
        settlement.settleSeveral(statements);
    }

    function expectRefused(ISettlement.Statement[] memory statements, bytes memory reason) private {
        vm.prank(operator);
        vm.expectRevert(reason);
        settlement.settleSeveral(statements);
    }
}
