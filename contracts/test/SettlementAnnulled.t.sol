// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {NeighboursTest} from "./base/NeighboursTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Two intervals of `NeighboursTest` with a fee; the trades of the second are annulled.
contract SettlementAnnulledTest is NeighboursTest {
    /// @dev 750 Wh taken at 30 ct/kWh, 750 Wh fed in at 8 ct/kWh.
    int256 private constant WITHOUT_TRADES = (30_000 - 8_000) * 750;

    IntervalId private annulled = intervalAt(1);

    function setUp() public override {
        super.setUp();
        settlement.setFee(COMMUNITY, 5, 1_000, START);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 700, 20_000);
        orders[1] = TestOrder(3, OFFER, 700, 10_000);
        for (uint40 step = 0; step < 2; ++step) {
            postTariff(intervalAt(step), FEED_IN, RETAIL);
            commit(intervalAt(step), Books.pack(orders));
        }
        vm.warp(annulled.start());
        clear(interval, PRICE, 700);
        clear(annulled, PRICE, 700);
        annul();
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 750, 750));
        attest(GATEWAY_SECRET, attestation(annulled, gateway, 2, 750, 750));
    }

    function test_IsSettledBesideOthersWithoutTradesAndFee() public {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](2);
        statements[0] = statement(interval);
        dropTrades();
        statements[1] = statement(annulled);
        vm.assertEq(statements[1].gridPayment, WITHOUT_TRADES, "payment");
        vm.prank(operator);
        settlement.settleSeveral(statements);
        vm.assertEq(currency.balanceOf(walletOf(5)), 700_000, "the fee of the first");
        (,,,, uint256 fee,) = settlement.record(annulled);
        vm.assertEq(fee, 0, "no fee of what is annulled");
    }

    function test_RefusesItsTradesAmongOthers() public {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](2);
        (statements[0], statements[1]) = (statement(interval), statement(annulled));
        vm.prank(operator);
        expectUnbalanced();
        settlement.settleSeveral(statements);
    }

    /// @notice 50 Wh of export were account 4's, not account 3's.
    function test_IsCorrectedWithoutTrades() public {
        dropTrades();
        settle(annulled);
        bytes memory former = packRows();
        (rows[1].exported, rows[2].exported) = (550, 200);
        ISettlement.Statement memory stated = statement(annulled);
        vm.prank(operator);
        settlement.correct(stated, former);
        vm.assertEq(currency.balanceOf(walletOf(3)), 550 * 8_000, "money of 3");
        vm.assertEq(currency.balanceOf(walletOf(4)), 200 * 8_000, "money of 4");
        (,,,,, uint16 corrections) = settlement.record(annulled);
        vm.assertEq(corrections, 1, "corrections");
    }

    function test_ACorrectionBringsNoTradesBack() public {
        ISettlement.Statement memory withTrades = statement(annulled);
        dropTrades();
        settle(annulled);
        bytes memory former = packRows();
        vm.prank(operator);
        expectUnbalanced();
        settlement.correct(withTrades, former);
    }

    /* HELPERS */

    function annul() private {
        disputes.grantRole(disputes.ARBITER_ROLE(), address(this));
        vm.prank(walletOf(5));
        uint256 challenge = disputes.challengeUnsigned(annulled, 0, 0);
        vm.warp(block.timestamp + disputes.ANSWER_SECONDS());
        disputes.uphold(challenge);
        disputes.annul(annulled, keccak256("decision"));
    }

    /// @dev What is metered is exchanged with the grid.
    function dropTrades() private {
        for (uint256 i = 0; i < rows.length; ++i) {
            (rows[i].bought, rows[i].sold, rows[i].certificates) = (0, 0, 0);
        }
    }

    function expectUnbalanced() private {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 0, 700, 700));
    }
}
