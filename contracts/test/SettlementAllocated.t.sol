// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {ISettlement} from "../src/settlement/ISettlement.sol";
import {PayAsBidBooks} from "./base/PayAsBidBooks.sol";
import {vm} from "./base/Vm.sol";

/// @notice Settling an interval by its allocation: the standard book of `PayAsBidBooks`, 1,000 Wh between a tariff of 8 and
/// 30 ct/kWh. Account 4 has an order, but does not trade; energies in Wh, money in 10^-8 EUR.
///
///     account   bought   sold   imported   exported   residual   certificates     trades      residual's     payment
///     2            500      0        550          0        +50            500   10,500,000    1,500,000    12,000,000
///     3            500      0        480          0        -20            450   10,200,000     -160,000    10,040,000
///     4              0      0        100          0       +100              0            0    3,000,000     3,000,000
///     5              0    600          0        700       -100              0  -12,300,000     -800,000   -13,100,000
///     6              0    400          0        350        +50              0   -8,400,000    1,500,000    -6,900,000
contract SettlementAllocatedTest is PayAsBidBooks {
    struct Row {
        uint32 account;
        uint32 bought;
        uint32 sold;
        uint32 imported;
        uint32 exported;
        uint32 certificates;
    }

    int256 private constant GRID_PAYMENT = 5_040_000;
    uint256 private constant DEPOSIT = 1e8;

    uint32 private gateway;
    bytes32 private priceHash;
    bytes private allocation;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        registerUpTo(7);
        gateway = registerGateway(GATEWAY_SECRET, 2);
        vm.prank(registrar);
        registry.registerDevice(OTHER, 2, gateway, keccak256("meter"), 0);
        deposit(walletOf(2), DEPOSIT);
        deposit(walletOf(3), DEPOSIT);
        deposit(walletOf(4), DEPOSIT);
        deposit(gridWallet, DEPOSIT);
        commitStandardBook();
        vm.warp(GATE);
        clearPayAsBid(interval, standardResult());
        vm.warp(END);
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 1_130, 1_050));
        (,,,,, priceHash) = market.priceRecord(interval);
        allocation = bytes.concat(
            abi.encodePacked(uint32(2), uint32(500), uint32(0), int96(10_500_000)),
            abi.encodePacked(uint32(3), uint32(500), uint32(0), int96(10_200_000)),
            abi.encodePacked(uint32(5), uint32(0), uint32(600), int96(-12_300_000)),
            abi.encodePacked(uint32(6), uint32(0), uint32(400), int96(-8_400_000))
        );
        rows.push(Row(2, 500, 0, 550, 0, 500));
        rows.push(Row(3, 500, 0, 480, 0, 450));
        rows.push(Row(4, 0, 0, 100, 0, 0));
        rows.push(Row(5, 0, 600, 0, 700, 0));
        rows.push(Row(6, 0, 400, 0, 350, 0));
    }

    /* ACCEPTED */

    function test_MovesMoneyAndEnergy() public {
        settle();
        vm.assertEq(currency.balanceOf(walletOf(2)), DEPOSIT - 12_000_000, "money of 2");
        vm.assertEq(currency.balanceOf(walletOf(3)), DEPOSIT - 10_040_000, "money of 3");
        vm.assertEq(currency.balanceOf(walletOf(4)), DEPOSIT - 3_000_000, "money of 4");
        vm.assertEq(currency.balanceOf(walletOf(5)), 13_100_000, "money of 5");
        vm.assertEq(currency.balanceOf(walletOf(6)), 6_900_000, "money of 6");
        vm.assertEq(currency.balanceOf(gridWallet), DEPOSIT + 5_040_000, "money of the grid");

        vm.assertEq(energy.balanceOf(walletOf(2)), 500, "energy of 2");
        vm.assertEq(energy.balanceOf(walletOf(3)), 450, "energy of 3");
        vm.assertEq(energy.balanceOf(walletOf(5)), 100, "energy of 5");
        vm.assertEq(energy.totalSupply(), 1_050, "energy in all is the attested export");
    }

    function test_RecordsAndEmits() public {
        bytes32 positionsHash = keccak256(packRows());
        expectEvent(address(settlement));
        emit ISettlement.IntervalSettled(interval, priceHash, positionsHash, 5, GRID_PAYMENT, 0);
        settle();
        (bytes32 recordedPrice, bytes32 recordedPositions, uint32 participants, int256 gridPayment,,) =
            settlement.record(interval);
        vm.assertEq(recordedPrice, priceHash, "price hash");
        vm.assertEq(recordedPositions, positionsHash, "positions hash");
        vm.assertEq(participants, 5, "participants");
        vm.assertEq(gridPayment, GRID_PAYMENT, "grid payment");
    }

    /// @notice There is no allocation then, so that it is settled as at one price.
    function test_NothingTradedIsSettledWithoutAllocation() public {
        IntervalId next = IntervalLib.pack(OTHER, START + DURATION, DURATION);
        postTariff(next, FEED_IN, RETAIL);
        IMarket.PayAsBidResult memory result;
        result.price = FEED_IN;
        clearPayAsBid(next, result);
        vm.warp(END + DURATION);
        (,,,,, bytes32 nextPriceHash) = market.priceRecord(next);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AllocationHashMismatch.selector, bytes32(0), keccak256("")));
        settlement.settleAllocated(next, nextPriceHash, "", "", 0);
        settlement.settle(next, nextPriceHash, "", 0);
    }

    /// @notice An annulled interval is settled as if nothing had been traded, though its allocation stays recorded.
    function test_AnnulledIsSettledWithoutAllocation() public {
        disputes.grantRole(disputes.ARBITER_ROLE(), address(this));
        vm.warp(END - 1);
        vm.prank(walletOf(2));
        uint256 challenge = disputes.challengeUnsigned(interval, 0, 0);
        vm.warp(END + 3_599);
        disputes.uphold(challenge);
        disputes.annul(interval, keccak256("decision"));
        expectRefused(abi.encodeWithSelector(ISettlement.TradedEnergyUnbalanced.selector, 0, 1_000, 1_000));
        for (uint256 i = 0; i < rows.length; ++i) {
            (rows[i].bought, rows[i].sold, rows[i].certificates) = (0, 0, 0);
        }
        vm.prank(operator);
        // 1,130 Wh taken from the grid, 1,050 Wh fed into it.
        settlement.settle(interval, priceHash, packRows(), int256(1_130) * RETAIL - int256(1_050) * FEED_IN);
        vm.assertEq(energy.totalSupply(), 1_050, "energy");
        vm.assertEq(currency.balanceOf(walletOf(4)), DEPOSIT - 3_000_000, "money of 4, who never traded");
    }

    /* THE ALLOCATION */

    function test_IsNotSettledWithoutAllocation() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AllocationMissing.selector, interval));
        settlement.settle(interval, priceHash, packRows(), GRID_PAYMENT);
    }

    function test_RefusesAnotherAllocation() public {
        bytes memory recorded = allocation;
        allocation[23] ^= 0x01;
        expectOtherAllocation(recorded);
        allocation = "";
        expectOtherAllocation(recorded);
        allocation = bytes.concat(recorded, abi.encodePacked(uint32(7), uint32(0), uint32(0), int96(0)));
        expectOtherAllocation(recorded);
    }

    function test_RefusesAnAllocationAtOnePrice() public {
        IntervalId other = IntervalLib.pack(COMMUNITY, START, DURATION);
        postTariff(other, FEED_IN, RETAIL);
        clear(other, FEED_IN, 0);
        vm.warp(END + DURATION);
        (,,,,, bytes32 otherPriceHash) = market.priceRecord(other);
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.AllocationHashMismatch.selector, bytes32(0), keccak256(allocation))
        );
        settlement.settleAllocated(other, otherPriceHash, packRows(), allocation, GRID_PAYMENT);
    }

    function test_RefusesPurchasesBesideTheRow() public {
        rows[0].bought += 1;
        rows[1].bought -= 1;
        expectMismatch(2, 500, 501, 0, 0);
        rows[0].bought -= 1;
        expectMismatch(3, 500, 499, 0, 0);
    }

    function test_RefusesSalesBesideTheRow() public {
        rows[3].sold -= 1;
        rows[4].sold += 1;
        expectMismatch(5, 0, 0, 600, 599);
        rows[3].sold += 1;
        expectMismatch(6, 0, 0, 400, 401);
    }

    function test_RefusesTradesOnTheOtherSide() public {
        (rows[0].bought, rows[0].sold) = (0, 500);
        expectMismatch(2, 500, 0, 0, 500);
    }

    function test_RefusesTradesWithoutRow() public {
        rows[1].bought -= 100;
        rows[2].bought += 100;
        expectMismatch(3, 500, 400, 0, 0);
        rows[1].bought += 100;
        expectMismatch(4, 0, 100, 0, 0);
        rows[2].bought = 0;
        rows.push(Row(7, 0, 1, 0, 0, 0));
        expectMismatch(7, 0, 0, 0, 1);
    }

    /// @notice The first, one between, and the last.
    function test_RefusesARowWithoutPosition() public {
        Row[] memory all = rows;
        setRows(all, 0);
        expectMismatch(2, 500, 0, 0, 0);
        setRows(all, 3);
        expectMismatch(5, 0, 0, 600, 0);
        setRows(all, 4);
        expectMismatch(6, 0, 0, 400, 0);
        delete rows;
        expectMismatch(2, 500, 0, 0, 0);
    }

    function test_RefusesAccountsThatDoNotAscend() public {
        rows[2].account = GRID;
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 2));
    }

    function test_RefusesAnAccountTwice() public {
        rows[2].account = 3;
        expectRefused(abi.encodeWithSelector(ISettlement.PositionsNotAscending.selector, 2));
    }

    function test_RefusesAccountZero() public {
        delete rows;
        rows.push(Row(0, 0, 0, 0, 0, 0));
        // The walk sees first that the allocation's rows have no position.
        expectMismatch(2, 500, 0, 0, 0);
    }

    /* MONEY, METERS AND CERTIFICATES */

    function test_RefusesAGridPaymentOneUnitOff() public {
        expectGridPaymentRefused(GRID_PAYMENT + 1);
        expectGridPaymentRefused(GRID_PAYMENT - 1);
    }

    /// @notice The price at which nobody trades does not value anything.
    function test_RefusesPaymentsAtThePrice() public {
        expectGridPaymentRefused(GRID_PAYMENT + 22_000);
    }

    function test_RefusesImportsThatWereNotAttested() public {
        rows[2].imported += 1;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.MeteredTotalsMismatch.selector, 1_130, 1_131, 1_050, 1_050));
        settlement.settleAllocated(interval, priceHash, packRows(), allocation, GRID_PAYMENT + RETAIL);
    }

    function test_RefusesCertificatesOneUnitOff() public {
        rows[1].certificates += 1;
        expectRefused(abi.encodeWithSelector(ISettlement.CertificatesUnbalanced.selector, 950, 951));
    }

    /* WHEN AND WHO */

    function test_RefusesAnotherPriceHash() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.PriceHashMismatch.selector, priceHash, keccak256("other")));
        settlement.settleAllocated(interval, keccak256("other"), packRows(), allocation, GRID_PAYMENT);
    }

    function test_RefusesAnIntervalWithoutPrice() public {
        IntervalId next = IntervalLib.pack(OTHER, START + DURATION, DURATION);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotCleared.selector, next));
        settlement.settleAllocated(next, 0, "", "", 0);
    }

    function test_RefusesHalfAPosition() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidPositions.selector, 8));
        settlement.settleAllocated(interval, priceHash, hex"0000000500000000", allocation, GRID_PAYMENT);
    }

    function test_RefusesToSettleTwice() public {
        settle();
        expectRefused(abi.encodeWithSelector(ISettlement.AlreadySettled.selector, interval));
    }

    function test_OnlyTheOperatorSettles() public {
        bytes32 role = settlement.OPERATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        settlement.settleAllocated(interval, priceHash, "", "", 0);
    }

    /* HELPERS */

    function packRows() private view returns (bytes memory positions) {
        for (uint256 i = 0; i < rows.length; ++i) {
            Row memory row = rows[i];
            positions = bytes.concat(
                positions,
                abi.encodePacked(row.account, row.bought, row.sold, row.imported, row.exported, row.certificates)
            );
        }
    }

    /// @dev All rows but one.
    function setRows(Row[] memory all, uint256 without) private {
        delete rows;
        for (uint256 i = 0; i < all.length; ++i) {
            if (i != without) rows.push(all[i]);
        }
    }

    function settle() private {
        vm.prank(operator);
        settlement.settleAllocated(interval, priceHash, packRows(), allocation, GRID_PAYMENT);
    }

    function expectRefused(bytes memory reason) private {
        bytes memory positions = packRows();
        vm.prank(operator);
        vm.expectRevert(reason);
        settlement.settleAllocated(interval, priceHash, positions, allocation, GRID_PAYMENT);
    }

    function expectMismatch(uint32 account, uint32 bought, uint32 boughtGot, uint32 sold, uint32 soldGot) private {
        expectRefused(
            abi.encodeWithSelector(ISettlement.AllocationMismatch.selector, account, bought, boughtGot, sold, soldGot)
        );
    }

    function expectOtherAllocation(bytes memory recorded) private {
        expectRefused(
            abi.encodeWithSelector(
                ISettlement.AllocationHashMismatch.selector, keccak256(recorded), keccak256(allocation)
            )
        );
    }

    function expectGridPaymentRefused(int256 gridPayment) private {
        bytes memory positions = packRows();
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.MoneyUnbalanced.selector, GRID_PAYMENT, gridPayment));
        settlement.settleAllocated(interval, priceHash, positions, allocation, gridPayment);
    }
}
