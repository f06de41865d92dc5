// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {GridReconciliation} from "../src/tokens/GridReconciliation.sol";
import {RewardPoints} from "../src/tokens/RewardPoints.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What the steps of the tokens cost, as `Gas.t.sol` measures: whole transactions, for wallets that hold tokens.
/// Written to `snapshots/TokensGas.json`.
/// @dev Each call is a transaction of its own, as on a chain.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract TokensGasTest is MoneyTest {
    uint32 private constant INTERVALS = 24;

    /* MONEY */

    function test_Deposits() public {
        mint(ann, 5e8, keccak256("first"));
        mint(ann, 5e8, DOCUMENT);
        snapshot("credit a deposit");
        vm.prank(minter);
        currency.reverseMint(DOCUMENT, 1e8, CORRECTION);
        vm.prank(minter);
        currency.reverseMint(DOCUMENT, 1e8, keccak256("second correction"));
        snapshot("reverse a deposit");
        give(ann, bob, 1e8);
        give(ann, bob, 1e8);
        snapshot("pass money on");
    }

    function test_Payouts() public {
        mint(ann, 50e8, DOCUMENT);
        request(ann, 1e8);
        request(ann, 1e8);
        snapshot("request a pay-out");
        request(ann, 1e8);
        request(ann, 1e8);
        vm.startPrank(payer);
        currency.confirmPayout(1, keccak256("first transfer"));
        currency.confirmPayout(2, BANK_TRANSFER);
        snapshot("confirm a pay-out");
        currency.rejectPayout(3, "reason");
        snapshot("reject a pay-out");
        vm.stopPrank();
        vm.warp(block.timestamp + 14 days);
        currency.expirePayout(4);
        snapshot("return an expired pay-out");
    }

    /* POINTS */

    function test_Points() public {
        RewardPoints points = new RewardPoints(address(this));
        points.grantRole(points.REWARDER_ROLE(), minter);
        points.grantRole(points.VOUCHER_ROLE(), payer);
        vm.startPrank(minter);
        points.reward(ann, 500, keccak256("first reason"));
        points.reward(ann, 500, keccak256("second reason"));
        snapshot("reward points");
        points.reverseReward(ann, keccak256("first reason"), 100, CORRECTION);
        snapshot("reverse a reward");
        vm.startPrank(ann);
        points.redeem(10, DOCUMENT);
        points.redeem(10, DOCUMENT);
        snapshot("exchange points for a voucher");
        vm.startPrank(payer);
        points.issueVoucher(2, keccak256("voucher"));
        snapshot("issue a voucher");
        vm.startPrank(ann);
        points.confirmVoucher(2);
        snapshot("confirm a voucher");
    }

    /* RECONCILIATION: intervals that are settled, each with a positive payment to the grid */

    function test_Reconciliation() public {
        settleIntervals();
        GridReconciliation reconciliation = new GridReconciliation(address(this), ISettlement(address(settlement)));
        reconciliation.grantRole(reconciliation.RECONCILER_ROLE(), address(this));
        uint40 end = START + uint40(INTERVALS) * DURATION;
        reconciliation.recordInvoice(DOCUMENT, COMMUNITY, START, end, DURATION, 5e8);
        snapshot("record an invoice of the grid");
        reconciliation.reconcile(DOCUMENT, INTERVALS);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("TokensGas", "reconcile 24 settled intervals", used);
        vm.snapshotValue("TokensGas", "reconcile 24 settled intervals: an interval", used / INTERVALS);
    }

    function settleIntervals() private {
        registerUpTo(3);
        uint32 gateway = registerGateway(GATEWAY_SECRET, 2);
        deposit(walletOf(2), 1e15);
        for (uint32 step = 0; step < INTERVALS; ++step) {
            IntervalId which = IntervalLib.pack(COMMUNITY, START + uint40(step) * DURATION, DURATION);
            vm.warp(which.start() - GATE_LEAD - 1);
            postTariff(which, 8_000, 30_000);
            TestOrder[] memory orders = new TestOrder[](2);
            orders[0] = TestOrder(2, BID, 700, 20_000);
            orders[1] = TestOrder(3, OFFER, 700, 10_000);
            commit(which, Books.pack(orders));
            vm.warp(which.start());
            clear(which, 15_000, 700);
            vm.warp(which.end());
            settleOne(which, gateway, step + 1);
        }
    }

    function settleOne(IntervalId which, uint32 gateway, uint64 sequence) private {
        attest(GATEWAY_SECRET, attestation(which, gateway, sequence, 750, 700));
        (,,,,, bytes32 priceHash) = market.priceRecord(which);
        bytes memory buyer = abi.encodePacked(uint32(2), uint32(700), uint32(0), uint32(750), uint32(0), uint32(700));
        bytes memory seller = abi.encodePacked(uint32(3), uint32(0), uint32(700), uint32(0), uint32(700), uint32(0));
        vm.prank(operator);
        settlement.settle(which, priceHash, bytes.concat(buyer, seller), 50 * 30_000);
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("TokensGas", name, vm.lastCallGas().gasTotalUsed);
    }
}
