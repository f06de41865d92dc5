// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {GasMeter} from "./base/GasMeter.sol";
import {PayAsBidReference} from "./base/PayAsBidReference.sol";
import {vm} from "./base/Vm.sol";

/// @notice What a step costs, as a whole transaction: every figure includes the 21,000 of a transaction, its calldata
/// (16 gas a byte, 4 a zero byte), cold storage and events; refunds are not deducted. Written to `snapshots/Gas.json`;
/// with `FORGE_SNAPSHOT_CHECK=true` a figure that differs from the committed one fails.
/// @dev Each call is a transaction of its own, as on a chain.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract GasTest is GasMeter {
    function setUp() public override {
        super.setUp();
        postTariff(FEED_IN, RETAIL);
    }

    /* CLEARING: limits within the tariff, 50 to 5,000 Wh, up to 20,000 accounts, half of the orders bids */

    function test_Clear() public {
        measureClear("clear 100 orders", commonBook(100), 1);
        measureClear("clear 1,000 orders", commonBook(1_000), 1);
        measureClear("clear 10,000 orders", commonBook(10_000), 1);
    }

    function test_ClearInBatches() public {
        measureClear("clear 10,000 orders in 20 batches", commonBook(10_000), 20);
    }

    /// @notice The dearest books for the pass: all at one price, and each order nearer to the price than those before.
    function test_ClearWorstCases() public {
        TestOrder[] memory orders = commonBook(1_000);
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i].price = 20_000;
        }
        measureClear("clear 1,000 orders, all at one price", orders, 1);
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i].price = orders[i].side == BID ? int32(29_000 - int256(i)) : int32(9_000 + int256(i));
        }
        measureClear("clear 1,000 orders, each nearer to the price", orders, 1);
    }

    /* CLEARING UNDER OTHER MECHANISMS: the same books */

    function test_ClearMidMarketRate() public {
        measurePool("mid-market-rate", MID_MARKET_RATE);
    }

    function test_ClearSupplyDemandRatio() public {
        measurePool("supply-demand-ratio", SUPPLY_DEMAND_RATIO);
    }

    function test_ClearBillSharing() public {
        measurePool("bill-sharing", BILL_SHARING);
    }

    function measurePool(string memory name, bytes32 mechanism) private {
        interval = otherCommunity(COMMUNITY + 1, mechanism, 0);
        postTariff(FEED_IN, RETAIL);
        measureClear(string.concat("clear 1,000 orders, ", name), commonBook(1_000), 1);
        measureClear(string.concat("clear 10,000 orders, ", name), commonBook(10_000), 1);
    }

    function test_ClearPayAsBid() public {
        IntervalId other = otherCommunity(COMMUNITY + 1, PAY_AS_BID, 500);
        postTariff(other, FEED_IN, RETAIL);
        measurePayAsBid("clear 100 orders, pay-as-bid", other, commonBook(100));
        measurePayAsBid("clear 1,000 orders, pay-as-bid", other, commonBook(1_000));
    }

    /// @notice The dearest books: all trade, and all stand at one price and share, so that every order is compared by
    /// digest and by remainder. So many orders as one transaction carries.
    function test_ClearPayAsBidWorstCases() public {
        IntervalId other = otherCommunity(COMMUNITY + 1, PAY_AS_BID, 500);
        postTariff(other, FEED_IN, RETAIL);
        TestOrder[] memory orders = commonBook(1_000);
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i].price = 20_000;
        }
        measurePayAsBid("clear 1,000 orders, pay-as-bid, all at one price", other, orders);
        measurePayAsBid("clear 1,000 orders, pay-as-bid, all trading", other, balancedBook(1_000));
        measurePayAsBid("clear 2,480 orders, pay-as-bid, all trading", other, balancedBook(2_480));
    }

    /// @dev Each bid has an offer of its quantity, and all bids lie above all offers.
    function balancedBook(uint256 count) private pure returns (TestOrder[] memory orders) {
        orders = commonBook(count);
        for (uint256 i = 0; i < count; i += 2) {
            orders[i + 1].quantity = orders[i].quantity;
            orders[i].price = RETAIL - (orders[i].price - FEED_IN) / 3;
            orders[i + 1].price = FEED_IN + (orders[i + 1].price - FEED_IN) / 3;
        }
    }

    /* ORDERS AND TARIFFS */

    function test_CommitOrders() public {
        vm.startPrank(operator);
        market.commitOrders(interval, keccak256("first batch"), 500);
        snapshot("commit the first batch");
        market.commitOrders(interval, keccak256("second batch"), 500);
        snapshot("commit a further batch");
    }

    function test_SubmitOrder() public {
        registerUpTo(2);
        submit(2, BID, 500, 20_000, uint128(uint256(keccak256("salt"))));
        snapshot("submit an order directly");
    }

    function test_PostTariffs() public {
        bytes memory packed;
        for (uint256 i = 0; i < 96; ++i) {
            packed = bytes.concat(packed, abi.encodePacked(FEED_IN, RETAIL));
        }
        vm.prank(tariffOracle);
        market.postTariffs(COMMUNITY, START + 86_400, packed);
        snapshot("post 96 tariffs");
    }

    /* REGISTRATION */

    function test_Register() public {
        registerUpTo(2);
        vm.startPrank(registrar);
        registry.registerParticipant(stranger, keccak256("credential"), 1);
        snapshot("register a participant");
        registry.registerGateway(stranger, keccak256("key"), START, START + 1e8);
        registry.registerGateway(stranger, keccak256("key"), START, START + 1e8);
        snapshot("register a gateway");
        registry.registerDevice(COMMUNITY, 2, 1, keccak256("meter"), START);
        registry.registerDevice(COMMUNITY, 2, 1, keccak256("meter"), START);
        snapshot("register a device");
    }

    /* SETTLEMENT: wallets that hold tokens already */

    function test_Settle20() public {
        measureSettlements(20);
    }

    function test_Settle100() public {
        measureSettlements(100);
    }

    function measureSettlements(uint32 participants) private {
        registerUpTo(participants + 1);
        for (uint32 account = 1; account <= participants + 1; ++account) {
            deposit(account == GRID ? gridWallet : walletOf(account), 1e13);
        }
        uint32 gateway = registerGateway(GATEWAY_SECRET, 2);
        settleInterval(0, gateway, participants, true);
        settleInterval(1, gateway, participants, true);
        snapshotSettlement(participants, "money and energy tokens");
        settleInterval(2, gateway, participants, false);
        snapshotSettlement(participants, "money");
    }

    function test_SettleAllocated20() public {
        measureAllocatedSettlements(20);
    }

    function test_SettleAllocated100() public {
        measureAllocatedSettlements(100);
    }

    function measureAllocatedSettlements(uint32 participants) private {
        registerUpTo(participants + 1);
        for (uint32 account = 1; account <= participants + 1; ++account) {
            deposit(account == GRID ? gridWallet : walletOf(account), 1e13);
        }
        interval = otherCommunity(COMMUNITY + 1, PAY_AS_BID, 500);
        uint32 gateway = registerGateway(GATEWAY_SECRET, 2);
        vm.prank(registrar);
        registry.registerDevice(COMMUNITY + 1, 2, gateway, keccak256("meter"), 0);
        settleAllocated(0, gateway, participants, 800);
        settleAllocated(1, gateway, participants, 800);
        snapshotSettlement(participants, "allocation, money and energy tokens");
        settleAllocated(2, gateway, participants, 0);
        snapshotSettlement(participants, "allocation, money");
    }

    /// @dev Everybody trades 700 Wh, half of them with the other half; sellers export so much, and everybody has a residual.
    function settleAllocated(uint40 step, uint32 gateway, uint32 participants, uint32 exported) private {
        IntervalId which = IntervalLib.pack(COMMUNITY + 1, START + step * DURATION, DURATION);
        postTariff(which, FEED_IN, RETAIL);
        bytes memory allocation = clearInPairs(which, participants);
        bytes memory positions;
        uint32 certificates = exported == 0 ? 0 : 700;
        for (uint32 account = 2; account <= participants + 1; ++account) {
            positions = account % 2 == 0
                ? bytes.concat(positions, pack(account, 700, 0, 750, 0, certificates))
                : bytes.concat(positions, pack(account, 0, 700, 0, exported, 0));
        }
        int256 residuals = RETAIL * 50 + (exported == 0 ? int256(RETAIL) * 700 : -int256(FEED_IN) * 100);
        (uint64 imported, uint64 exportedByAll) = meteredIn(positions);
        attest(GATEWAY_SECRET, attestation(which, gateway, step + 1, imported, exportedByAll));
        sendAllocated(which, positions, allocation, residuals * int256(uint256(participants / 2)));
    }

    function sendAllocated(IntervalId which, bytes memory positions, bytes memory allocation, int256 gridPayment)
        private
    {
        (,,,,, bytes32 priceHash) = market.priceRecord(which);
        vm.prank(operator);
        settlement.settleAllocated(which, priceHash, positions, allocation, gridPayment);
    }

    /// @dev Even accounts bid, odd ones offer, each with a limit of its own.
    function clearInPairs(IntervalId which, uint32 participants) private returns (bytes memory allocation) {
        PayAsBidReference.Book memory book;
        (book.feedIn, book.retail, book.k) = (FEED_IN, RETAIL, 500);
        book.orders = new TestOrder[](participants);
        book.digests = new bytes32[](participants);
        for (uint32 i = 0; i < participants; ++i) {
            bool bids = i % 2 == 0;
            int32 limit = bids ? 20_000 + int32(i) : 10_000 + int32(i);
            book.orders[i] = TestOrder(2 + i, bids ? BID : OFFER, 700, limit);
            book.digests[i] = keccak256(abi.encode(which, i));
        }
        vm.warp(which.start() - GATE_LEAD - 1);
        commitBook(which, book, participants);
        vm.warp(which.start());
        PayAsBidReference.Result memory result = PayAsBidReference.clear(book);
        clearPayAsBid(which, toPost(book, result));
        vm.warp(which.end());
        return packRows(result.rows);
    }

    /// @dev Half of the participants buy 700 Wh each from the other half; meters deviate, so everybody has a residual.
    function settleInterval(uint40 step, uint32 gateway, uint32 participants, bool exporting) private {
        IntervalId which = IntervalLib.pack(COMMUNITY, START + step * DURATION, DURATION);
        uint32 traded = exporting ? 700 * (participants / 2) : 0;
        if (step != 0) postTariff(which, FEED_IN, RETAIL);
        if (exporting) {
            vm.warp(GATE - 1);
            TestOrder[] memory orders = new TestOrder[](2);
            orders[0] = TestOrder(2, BID, traded, 20_000);
            orders[1] = TestOrder(3, OFFER, traded, 10_000);
            commit(which, Books.pack(orders));
        }
        vm.warp(which.start());
        clear(which, 15_000, traded);
        vm.warp(which.end());

        bytes memory positions;
        int256 gridPayment = 0;
        for (uint32 account = 2; account <= participants + 1; ++account) {
            if (!exporting) {
                positions = bytes.concat(positions, pack(account, 0, 0, 500 + account, 0, 0));
                gridPayment += RETAIL * int32(500 + account);
            } else if (account % 2 == 0) {
                positions = bytes.concat(positions, pack(account, 700, 0, 750, 0, 700));
                gridPayment += int256(15_000) * 700 + RETAIL * 50;
            } else {
                positions = bytes.concat(positions, pack(account, 0, 700, 0, 800, 0));
                gridPayment -= int256(15_000) * 700 + FEED_IN * 100;
            }
        }
        (uint64 imported, uint64 exported) = meteredIn(positions);
        attest(GATEWAY_SECRET, attestation(which, gateway, step + 1, imported, exported));
        (,,,,, bytes32 priceHash) = market.priceRecord(which);
        vm.prank(operator);
        settlement.settle(which, priceHash, positions, gridPayment);
    }

    function meteredIn(bytes memory positions) private pure returns (uint64 imported, uint64 exported) {
        for (uint256 i = 0; i < positions.length; i += 24) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(positions, 32), i))
            }
            imported += uint32(word >> 128);
            exported += uint32(word >> 96);
        }
    }

    function pack(uint32 account, uint32 bought, uint32 sold, uint32 imported, uint32 exported, uint32 certificates)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(account, bought, sold, imported, exported, certificates);
    }

    function snapshotSettlement(uint32 participants, string memory moved) private {
        string memory name = string.concat("settle ", text(participants), " participants, ", moved);
        snapshotPer(name, "a participant", participants);
    }
}
