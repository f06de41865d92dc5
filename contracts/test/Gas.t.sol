// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMarket} from "../src/market/IMarket.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {BID, Books, OFFER, TestOrder} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {Random} from "./base/Random.sol";
import {vm} from "./base/Vm.sol";

/// @notice What a step costs, as a whole transaction: every figure includes the 21,000 of a transaction, its calldata
/// (16 gas a byte, 4 a zero byte), cold storage and events; refunds are not deducted. Written to `snapshots/Gas.json`;
/// with `FORGE_SNAPSHOT_CHECK=true` a figure that differs from the committed one fails.
/// @dev Each call is a transaction of its own, as on a chain.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract GasTest is CommunityTest {
    int32 private constant FEED_IN = 8_000;
    int32 private constant RETAIL = 30_000;

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
        vm.prank(walletOf(2));
        market.submitOrder(interval, BID, 500, 20_000, uint128(uint256(keccak256("salt"))));
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

    /* METERING: gateways that have attested before */

    function test_Attest() public {
        uint32[] memory gateways = new uint32[](10);
        for (uint32 i = 0; i < 10; ++i) {
            gateways[i] = registerGateway(GATEWAY_SECRET + i, GRID);
        }
        vm.warp(END + 3 * DURATION);
        sendAttestations(0, gateways, 10, 1, 20);
        sendAttestations(1, gateways, 1, 2, 20);
        snapshot("attest 20 readings of one gateway");
        sendAttestations(2, gateways, 1, 3, 96);
        snapshot("attest 96 readings of one gateway");
        sendAttestations(3, gateways, 10, 4, 96);
        snapshot("attest 96 readings of each of 10 gateways");
    }

    function sendAttestations(uint40 step, uint32[] memory gateways, uint256 count, uint64 sequence, uint32 readings)
        private
    {
        IMetering.Attestation[] memory statements = new IMetering.Attestation[](count);
        bytes[] memory signatures = new bytes[](count);
        IntervalId which = IntervalLib.pack(COMMUNITY, START + step * DURATION, DURATION);
        for (uint256 i = 0; i < count; ++i) {
            statements[i] = attestation(which, gateways[i], sequence, 123_456, 65_432);
            statements[i].count = readings;
            signatures[i] = signature(GATEWAY_SECRET + i, statements[i]);
        }
        metering.attest(statements, signatures);
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
        vm.warp(END + step * DURATION);
        clear(which, 15_000, traded);

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

    /* MEASURING */

    function measureClear(string memory name, TestOrder[] memory orders, uint256 batches) private {
        uint256 state = vm.snapshotState();
        bytes memory packed = Books.pack(orders);
        uint256 size = packed.length / batches;
        for (uint256 i = 0; i < batches; ++i) {
            commit(interval, slice(packed, i * size, size));
        }
        vm.warp(GATE);
        (int32 price, uint64 volume) = solve();
        clear(price, volume);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        vm.revertToState(state);
        snapshotPer(name, "an order", orders.length, used);
    }

    /// @dev The result, found from the refusals: half the range until the price is an equilibrium, then the named volume,
    /// then the named price.
    function solve() private returns (int32 price, uint64 volume) {
        int32 low = FEED_IN;
        int32 high = RETAIL;
        while (true) {
            price = (low + high) / 2;
            (bool accepted, bytes memory reason) = tryClear(price, volume);
            if (accepted) return (price, volume);
            (uint256 first, uint256 second, uint256 third, uint256 fourth) = arguments(reason);
            if (bytes4(reason) == IMarket.VolumeMismatch.selector) {
                volume = uint64(first);
            } else if (bytes4(reason) == IMarket.PriceRuleViolated.selector) {
                return (int32(int256(first)), volume);
            } else if (second > fourth) {
                low = price;
            } else {
                vm.assertTrue(third > fourth, "an equilibrium was called none");
                high = price;
            }
        }
    }

    function tryClear(int32 price, uint64 volume) private returns (bool accepted, bytes memory reason) {
        uint256 state = vm.snapshotState();
        try market.clear(interval, batchesOf[interval], digestsOf[interval], price, volume) {
            accepted = true;
        } catch (bytes memory refusal) {
            reason = refusal;
        }
        vm.revertToState(state);
    }

    function arguments(bytes memory reason) private pure returns (uint256, uint256, uint256, uint256) {
        bytes memory padded = slice(bytes.concat(reason, new bytes(128)), 4, 128);
        return abi.decode(padded, (uint256, uint256, uint256, uint256));
    }

    function commonBook(uint256 count) private pure returns (TestOrder[] memory orders) {
        Random memory random = Random(2025);
        orders = new TestOrder[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i].account = uint32(1 + random.upTo(19_999));
            orders[i].side = i % 2 == 0 ? BID : OFFER;
            orders[i].quantity = uint32(50 + random.upTo(4_950));
            orders[i].price = int32(random.between(FEED_IN, RETAIL));
        }
    }

    function slice(bytes memory data, uint256 from, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[from + i];
        }
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("Gas", name, vm.lastCallGas().gasTotalUsed);
    }

    function snapshotPer(string memory name, string memory unit, uint256 count) private {
        snapshotPer(name, unit, count, vm.lastCallGas().gasTotalUsed);
    }

    function snapshotPer(string memory name, string memory unit, uint256 count, uint256 used) private {
        vm.snapshotValue("Gas", name, used);
        vm.snapshotValue("Gas", string.concat(name, ": ", unit), used / count);
    }

    function text(uint256 number) private pure returns (string memory digits) {
        while (number > 0) {
            digits = string.concat(string(abi.encodePacked(uint8(48 + number % 10))), digits);
            number /= 10;
        }
    }
}
