// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {ISettlement} from "../../src/settlement/ISettlement.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice Consecutive intervals of three neighbours, cleared and attested alike: 700 Wh traded at 15 ct/kWh between a
/// tariff of 8 and 30 ct/kWh. Account 5 neither trades nor meters.
///
///     account   bought   sold   imported   exported   residual   certificates   payment, 10^-8 EUR
///     2            700      0        750          0        +50            650   15,000 x 700 + 30,000 x 50 = 12,000,000
///     3              0    500          0        600       -100              0   -15,000 x 500 - 8,000 x 100 = -8,300,000
///     4              0    200          0        150        +50              0   -15,000 x 200 + 30,000 x 50 = -1,500,000
abstract contract NeighboursTest is CommunityTest {
    struct Row {
        uint32 account;
        uint32 bought;
        uint32 sold;
        uint32 imported;
        uint32 exported;
        uint32 certificates;
    }

    int32 internal constant PRICE = 15_000;
    int32 internal constant FEED_IN = 8_000;
    int32 internal constant RETAIL = 30_000;
    int256 internal constant GRID_PAYMENT = 2_200_000;
    uint256 internal constant DEPOSIT = 1e8;
    uint40 internal constant INTERVALS = 4;

    uint32 internal gateway;
    Row[] internal rows;

    function setUp() public virtual override {
        super.setUp();
        registerUpTo(5);
        gateway = registerGateway(GATEWAY_SECRET, 2);
        deposit(walletOf(2), DEPOSIT);
        deposit(gridWallet, DEPOSIT);
        rows.push(Row(2, 700, 0, 750, 0, 650));
        rows.push(Row(3, 0, 500, 0, 600, 0));
        rows.push(Row(4, 0, 200, 0, 150, 0));
    }

    /// @dev The intervals follow one another from `START` on.
    function intervalAt(uint40 step) internal pure returns (IntervalId) {
        return IntervalLib.pack(COMMUNITY, START + step * DURATION, DURATION);
    }

    /// @dev Trades and meters the intervals; the last one is over then.
    function liveThrough() internal {
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(2, BID, 700, 20_000);
        orders[1] = TestOrder(3, OFFER, 700, 10_000);
        for (uint40 step = 0; step < INTERVALS; ++step) {
            postTariff(intervalAt(step), FEED_IN, RETAIL);
            commit(intervalAt(step), Books.pack(orders));
        }
        // Books are challenged for a quarter of an hour at least.
        vm.warp(START + (INTERVALS - 1) * DURATION);
        for (uint40 step = 0; step < INTERVALS; ++step) {
            clear(intervalAt(step), PRICE, 700);
        }
        vm.warp(START + INTERVALS * DURATION);
        for (uint40 step = 0; step < INTERVALS; ++step) {
            attest(GATEWAY_SECRET, attestation(intervalAt(step), gateway, step + 1, 750, 750));
        }
    }

    function packRows() internal view returns (bytes memory positions) {
        for (uint256 i = 0; i < rows.length; ++i) {
            Row memory row = rows[i];
            positions = bytes.concat(
                positions,
                abi.encodePacked(row.account, row.bought, row.sold, row.imported, row.exported, row.certificates)
            );
        }
    }

    /// @dev What the rows add up to beside a fee.
    function paymentOfRows() internal view returns (int256 sum) {
        for (uint256 i = 0; i < rows.length; ++i) {
            sum += paymentOf(rows[i]);
        }
    }

    function paymentOf(Row memory row) internal pure returns (int256) {
        int256 traded = int256(uint256(row.bought)) - int256(uint256(row.sold));
        int256 taken = int256(uint256(row.imported)) - int256(uint256(row.exported)) - traded;
        return PRICE * traded + (taken > 0 ? RETAIL * taken : FEED_IN * taken);
    }

    function priceHashOf(IntervalId which) internal view returns (bytes32 priceHash) {
        (,,,,, priceHash) = market.priceRecord(which);
    }

    /// @dev The rows as a statement.
    function statement(IntervalId which) internal view returns (ISettlement.Statement memory) {
        return ISettlement.Statement(which, priceHashOf(which), packRows(), "", paymentOfRows());
    }

    function settle(IntervalId which) internal {
        ISettlement.Statement memory stated = statement(which);
        vm.prank(operator);
        settlement.settle(which, stated.priceHash, stated.positions, stated.gridPayment);
    }

    /// @dev How many events a token emitted since logs are recorded.
    function eventsOf(address token) internal returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == token) ++count;
        }
    }

    function expectMoney(uint32 account, int256 change, string memory what) internal view {
        address wallet = account == GRID ? gridWallet : walletOf(account);
        int256 deposited = account == GRID || account == 2 ? int256(DEPOSIT) : int256(0);
        vm.assertEq(int256(currency.balanceOf(wallet)), deposited + change, what);
    }

    function expectEnergy(uint32 account, uint256 amount, string memory what) internal view {
        vm.assertEq(energy.balanceOf(walletOf(account)), amount, what);
    }
}
