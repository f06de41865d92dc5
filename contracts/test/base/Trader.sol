// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {IMarket} from "../../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {PayAsBidReference} from "./PayAsBidReference.sol";
import {PayAsBidTest} from "./PayAsBidTest.sol";
import {Random} from "./Random.sol";
import {UniformPriceReference} from "./UniformPriceReference.sol";
import {vm} from "./Vm.sol";

/// @notice Lives through random intervals of two communities, one with one price and one pay-as-bid, that conserve what must
/// be conserved, and keeps its own books in plain numbers.
contract Trader is PayAsBidTest {
    uint32 internal constant PARTICIPANTS = 6;
    uint32 internal constant FIRST = 2;
    uint32 internal constant LAST = FIRST + PARTICIPANTS - 1;
    uint32 internal constant PAIRING = COMMUNITY + 1;
    uint16 internal constant POINT = 333;

    struct Row {
        uint32 bought;
        uint32 sold;
        uint32 imported;
        uint32 exported;
        uint32 certificates;
        int256 trades;
        int256 payment;
    }

    /// @dev What an interval's settlement was made of; the allocation is empty where there is none. Payments have the fee
    /// in them, the grid's has not.
    struct Outcome {
        IntervalId interval;
        int32 price;
        int32 feedIn;
        int32 retail;
        uint16 feeRate;
        bytes32 priceHash;
        bytes allocation;
        Row[] rows;
        int256 gridPayment;
    }

    uint32 internal gateway;
    uint64 public intervals;
    uint256 public deposited;
    uint256 public exportedAndSettled;
    uint256 public retired;

    function setUp() public virtual override {
        super.setUp();
        registerUpTo(LAST);
        gateway = registerGateway(GATEWAY_SECRET, FIRST);
        market.createCommunity(PAIRING, DURATION, GATE_LEAD, GRID, PAY_AS_BID, POINT);
        vm.prank(registrar);
        registry.registerDevice(PAIRING, FIRST, gateway, keccak256("meter"), 0);
    }

    /* ACTIONS */

    /// @notice A holder retires a part of its certificates.
    function retire(uint256 who, uint256 amount) external {
        address holder = walletOf(FIRST + uint32(who % PARTICIPANTS));
        uint256 part = amount % (energy.balanceOf(holder) + 1);
        vm.prank(holder);
        energy.retire(part);
        retired += part;
    }

    /// @notice A holder passes a part of its money and certificates on.
    function transfer(uint256 from, uint256 to, uint256 amount) external {
        address sender = walletOf(FIRST + uint32(from % PARTICIPANTS));
        address receiver = walletOf(FIRST + uint32(to % PARTICIPANTS));
        uint256 money = amount % (currency.balanceOf(sender) + 1);
        uint256 certificates = amount % (energy.balanceOf(sender) + 1);
        vm.startPrank(sender);
        vm.assertTrue(currency.transfer(receiver, money), "money passed on");
        vm.assertTrue(energy.transfer(receiver, certificates), "certificates passed on");
        vm.stopPrank();
    }

    /* SUMS */

    function moneyOfAll() external view returns (uint256 sum) {
        sum = currency.balanceOf(gridWallet);
        for (uint32 account = FIRST; account <= LAST + 1; ++account) {
            sum += currency.balanceOf(walletOf(account));
        }
    }

    function energyOfAll() external view returns (uint256 sum) {
        for (uint32 account = FIRST; account <= LAST; ++account) {
            sum += energy.balanceOf(walletOf(account));
        }
    }

    function moneySupply() external view returns (uint256) {
        return currency.totalSupply();
    }

    function energySupply() external view returns (uint256) {
        return energy.totalSupply();
    }

    /* STEPS */

    /// @dev Everything up to the settlement of the next interval.
    function prepare(Random memory random) internal returns (Outcome memory) {
        return prepareIn(random.oneIn(2), random);
    }

    /// @dev The same in the community that trades in pairs, or in the other.
    function prepareIn(bool inPairs, Random memory random) internal returns (Outcome memory outcome) {
        uint40 start = START + uint40(intervals) * DURATION;
        outcome.interval = IntervalLib.pack(inPairs ? PAIRING : COMMUNITY, start, DURATION);
        outcome.feedIn = int32(random.between(-10_000, 10_000));
        outcome.retail = int32(random.between(outcome.feedIn, 40_000));
        (, outcome.feeRate) = settlement.feeAt(outcome.interval.community(), start);
        outcome.rows = new Row[](PARTICIPANTS);
        ++intervals;

        vm.warp(start - GATE_LEAD - 1);
        postTariff(outcome.interval, outcome.feedIn, outcome.retail);
        if (inPairs) tradeInPairs(outcome, random);
        else tradeAtOnePrice(outcome, random);
        drawMeters(outcome.rows, random);
        meter(outcome);
        (,,,,, outcome.priceHash) = market.priceRecord(outcome.interval);
        outcome.gridPayment = value(outcome);
    }

    /// @dev Random trades, half of the participants with the other half.
    function tradeAtOnePrice(Outcome memory outcome, Random memory random) private {
        Row[] memory rows = outcome.rows;
        uint32 volume = 0;
        for (uint256 i = 0; i < rows.length / 2; ++i) {
            rows[i].bought = uint32(random.upTo(1_000));
            volume += rows[i].bought;
        }
        uint32 left = volume;
        for (uint256 i = rows.length / 2; i < rows.length; ++i) {
            rows[i].sold = i + 1 == rows.length ? left : uint32(random.upTo(left));
            left -= rows[i].sold;
        }
        outcome.price = trade(outcome, volume, random);
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i].trades = outcome.price * (int256(uint256(rows[i].bought)) - int256(uint256(rows[i].sold)));
        }
    }

    /// @dev A random book, and what the reference makes of it.
    function tradeInPairs(Outcome memory outcome, Random memory random) private {
        PayAsBidReference.Book memory book;
        (book.feedIn, book.retail, book.k) = (outcome.feedIn, outcome.retail, POINT);
        book.orders = Books.random(random, random.upTo(10), book.feedIn - 50, book.retail + 50, true);
        book.digests = new bytes32[](book.orders.length);
        for (uint256 i = 0; i < book.orders.length; ++i) {
            book.orders[i].account = FIRST + uint32(random.upTo(PARTICIPANTS - 1));
            book.orders[i].quantity *= uint32(1 + random.upTo(99));
            book.digests[i] = keccak256(abi.encode(outcome.interval, i));
        }
        commitBook(outcome.interval, book, 4);
        vm.warp(outcome.interval.start());
        PayAsBidReference.Result memory result = PayAsBidReference.clear(book);
        IMarket.PayAsBidResult memory posted = toPost(book, result);
        if (result.volume == 0) {
            posted.price = UniformPriceReference.separator(book.orders, book.feedIn, book.retail);
        }
        clearPayAsBid(outcome.interval, posted);
        outcome.allocation = packRows(result.rows);
        for (uint256 i = 0; i < result.rows.length; ++i) {
            Row memory row = outcome.rows[result.rows[i].account - FIRST];
            (row.bought, row.sold) = (uint32(result.rows[i].bought), uint32(result.rows[i].sold));
            row.trades = result.rows[i].payment;
        }
    }

    /// @dev Random meters; certificates are dealt out to whoever bought, first come first served.
    function drawMeters(Row[] memory rows, Random memory random) internal pure {
        uint32 delivered = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i].imported = uint32(random.upTo(1_500));
            rows[i].exported = random.oneIn(3) ? 0 : uint32(random.upTo(1_500));
            delivered += rows[i].sold < rows[i].exported ? rows[i].sold : rows[i].exported;
        }
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i].certificates = delivered < rows[i].bought ? delivered : rows[i].bought;
            delivered -= rows[i].certificates;
        }
    }

    /// @dev One bid and one offer of the whole volume, both at the price that shall result.
    function trade(Outcome memory outcome, uint32 volume, Random memory random) private returns (int32 price) {
        price = int32(random.between(outcome.feedIn, outcome.retail));
        if (volume != 0) {
            TestOrder[] memory orders = new TestOrder[](2);
            orders[0] = TestOrder(FIRST, BID, volume, price);
            orders[1] = TestOrder(LAST, OFFER, volume, price);
            commit(outcome.interval, Books.pack(orders));
        }
        vm.warp(outcome.interval.start());
        clear(outcome.interval, price, volume);
        if (volume == 0) price = 0;
    }

    function meter(Outcome memory outcome) private {
        uint64 imported = 0;
        uint64 exported = 0;
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            imported += outcome.rows[i].imported;
            exported += outcome.rows[i].exported;
        }
        vm.warp(outcome.interval.end());
        attest(GATEWAY_SECRET, attestation(outcome.interval, gateway, intervals, imported, exported));
    }

    /// @dev What everybody pays: for its trades, for what the meters say beyond them at the tariff, and the fee. Returns
    /// the sum without the fee.
    function value(Outcome memory outcome) internal pure returns (int256 sum) {
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            Row memory row = outcome.rows[i];
            int256 net = int256(uint256(row.imported)) - int256(uint256(row.exported));
            int256 traded = int256(uint256(row.bought)) - int256(uint256(row.sold));
            row.payment = row.trades;
            if (net > traded) row.payment += (net - traded) * outcome.retail;
            else row.payment -= (traded - net) * outcome.feedIn;
            sum += row.payment;
            row.payment += int256(uint256(row.bought) * outcome.feeRate);
        }
    }

    function fund(Outcome memory outcome) internal {
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            fundWallet(walletOf(FIRST + uint32(i)), outcome.rows[i].payment);
        }
        fundWallet(gridWallet, -outcome.gridPayment);
    }

    function fundWallet(address wallet, int256 payment) internal {
        uint256 balance = currency.balanceOf(wallet);
        if (payment <= int256(balance)) return;
        deposit(wallet, uint256(payment) - balance);
        deposited += uint256(payment) - balance;
    }

    function settleAs(Outcome memory outcome, int256 gridPayment) internal {
        bytes memory positions = packPositions(outcome.rows);
        vm.prank(operator);
        send(outcome, positions, gridPayment);
    }

    /// @dev The one call that settles.
    function send(Outcome memory outcome, bytes memory positions, int256 gridPayment) internal {
        (IntervalId which, bytes32 priceHash) = (outcome.interval, outcome.priceHash);
        if (outcome.allocation.length == 0) settlement.settle(which, priceHash, positions, gridPayment);
        else settlement.settleAllocated(which, priceHash, positions, outcome.allocation, gridPayment);
    }

    function packPositions(Row[] memory rows) internal pure returns (bytes memory positions) {
        for (uint32 i = 0; i < rows.length; ++i) {
            Row memory row = rows[i];
            bytes memory energies = abi.encodePacked(row.bought, row.sold, row.imported, row.exported, row.certificates);
            positions = bytes.concat(positions, abi.encodePacked(FIRST + i), energies);
        }
    }
}
