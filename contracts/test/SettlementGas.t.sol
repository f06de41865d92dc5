// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What settlements of several intervals, fees and corrections cost, as `Gas.t.sol` measures: whole transactions, for
/// wallets that hold tokens already. Written to `snapshots/SettlementGas.json`.
/// @dev Half of the participants buy 700 Wh each from the other half in every interval; meters deviate, so that everybody
/// has a residual, and everybody receives certificates. Each call is a transaction of its own, as on a chain.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract SettlementGasTest is CommunityTest {
    int32 private constant PRICE = 15_000;
    int32 private constant FEED_IN = 8_000;
    int32 private constant RETAIL = 30_000;

    uint32 private gateway;
    uint32 private participants;

    /* NETTED */

    function test_20Participants() public {
        measureNetted(20);
    }

    function test_100Participants() public {
        measureNetted(100);
    }

    function measureNetted(uint32 count) private {
        begin(count, 102);
        settleSeveral(0, 1);
        settleSeveral(1, 1);
        snapshotNetted(1);
        settleSeveral(2, 4);
        snapshotNetted(4);
        settleSeveral(6, 96);
        snapshotNetted(96);
    }

    /* ONE BY ONE */

    function test_FeesAndCorrections20() public {
        measureFeesAndCorrections(20);
    }

    function test_FeesAndCorrections100() public {
        measureFeesAndCorrections(100);
    }

    function measureFeesAndCorrections(uint32 count) private {
        registerUpTo(count + 2);
        settlement.setFee(COMMUNITY, count + 2, 500, START + 2 * DURATION);
        vm.snapshotValue("SettlementGas", "announce a fee", vm.lastCallGas().gasTotalUsed);
        begin(count, 4);
        settle(0);
        settle(1);
        snapshotPer("settle", "");
        settle(2);
        settle(3);
        snapshotPer("settle", ", with a fee");
        correct(1);
        snapshotPer("correct", ", all of whom pay or receive a difference");
    }

    /* STEPS */

    /// @dev Trades and meters so many intervals.
    function begin(uint32 count, uint40 intervals) private {
        participants = count;
        registerUpTo(count + 1);
        for (uint32 account = 1; account <= count + 1; ++account) {
            deposit(account == GRID ? gridWallet : walletOf(account), 1e13);
        }
        gateway = registerGateway(GATEWAY_SECRET, 2);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 350 * count, 20_000);
        orders[1] = TestOrder(3, OFFER, 350 * count, 10_000);
        for (uint40 step = 0; step < intervals; ++step) {
            postTariff(intervalAt(step), FEED_IN, RETAIL);
            commit(intervalAt(step), Books.pack(orders));
        }
        vm.warp(START + (intervals - 1) * DURATION);
        for (uint40 step = 0; step < intervals; ++step) {
            clear(intervalAt(step), PRICE, 350 * count);
        }
        vm.warp(START + intervals * DURATION);
        uint64 half = count / 2;
        for (uint40 step = 0; step < intervals; ++step) {
            attest(GATEWAY_SECRET, attestation(intervalAt(step), gateway, step + 1, 750 * half, 800 * half));
        }
    }

    function intervalAt(uint40 step) private pure returns (IntervalId) {
        return IntervalLib.pack(COMMUNITY, START + step * DURATION, DURATION);
    }

    function settleSeveral(uint40 first, uint40 count) private {
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](count);
        for (uint40 i = 0; i < count; ++i) {
            statements[i] = statement(first + i, 0);
        }
        vm.prank(operator);
        settlement.settleSeveral(statements);
    }

    function settle(uint40 step) private {
        ISettlement.Statement memory stated = statement(step, 0);
        vm.prank(operator);
        settlement.settle(stated.interval, stated.priceHash, stated.positions, stated.gridPayment);
    }

    function correct(uint40 step) private {
        ISettlement.Statement memory former = statement(step, 0);
        ISettlement.Statement memory stated = statement(step, 10);
        vm.prank(operator);
        settlement.correct(stated, former.positions);
    }

    /// @dev `shifted` Wh are metered at the second of every four accounts in place of the fourth, and bought by the first
    /// in place of the third.
    function statement(uint40 step, uint32 shifted) private view returns (ISettlement.Statement memory) {
        bytes memory positions;
        int256 pair = RETAIL * 50 - FEED_IN * 100;
        for (uint32 i = 0; i < participants; ++i) {
            uint32 change = i % 4 < 2 ? shifted : 0;
            uint32 counterpart = i % 4 < 2 ? 0 : shifted;
            positions = bytes.concat(
                positions,
                i % 2 == 0
                    ? pack(
                        i + 2, 700 + change - counterpart, 0, 750 + change - counterpart, 0, 700 + change - counterpart
                    )
                    : pack(i + 2, 0, 700, 0, 800 + change - counterpart, 0)
            );
        }
        IntervalId which = intervalAt(step);
        (,,,,, bytes32 priceHash) = market.priceRecord(which);
        return ISettlement.Statement(which, priceHash, positions, "", pair * int256(uint256(participants / 2)));
    }

    function pack(uint32 account, uint32 bought, uint32 sold, uint32 imported, uint32 exported, uint32 certificates)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(account, bought, sold, imported, exported, certificates);
    }

    /* SNAPSHOTS */

    function snapshotNetted(uint256 intervals) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        string memory name = string.concat(
            "settle ",
            text(intervals),
            intervals == 1 ? " interval of " : " intervals of ",
            text(participants),
            " participants"
        );
        vm.snapshotValue("SettlementGas", name, used);
        vm.snapshotValue(
            "SettlementGas", string.concat(name, ": a participant and interval"), used / intervals / participants
        );
    }

    function snapshotPer(string memory step, string memory detail) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        string memory name = string.concat(step, " ", text(participants), " participants", detail);
        vm.snapshotValue("SettlementGas", name, used);
        vm.snapshotValue("SettlementGas", string.concat(name, ": a participant"), used / participants);
    }

    function text(uint256 number) private pure returns (string memory digits) {
        while (number > 0) {
            digits = string.concat(string(abi.encodePacked(uint8(48 + number % 10))), digits);
            number /= 10;
        }
    }
}
