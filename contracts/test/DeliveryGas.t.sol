// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeliveryRecord} from "../src/delivery/IDeliveryRecord.sol";
import {DeliveryTest} from "./base/DeliveryTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What the processes of stored energy cost, as whole transactions: every figure includes the 21,000 of each
/// transaction, its calldata, cold storage and events; refunds are not deducted. Written to `snapshots/DeliveryGas.json`;
/// with `FORGE_SNAPSHOT_CHECK=true` a figure that differs from the committed one fails.
/// @dev Each call is a transaction of its own, as on a chain. Approvals at the tokens are given once and for all, and not
/// counted. "First" figures are those of escrows, wallets and batteries that never held anything; otherwise all have, and
/// the escrows hold something of others, too, unless said. "Execution" leaves out each transaction's 21,000 and calldata.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract DeliveryGasTest is DeliveryTest {
    uint32 private constant QUANTITY = 2_000;
    uint32 private constant LIMIT = 16_000;

    uint256 private spent;
    uint256 private intrinsic;

    /* S1: 1,100 Wh delivered, 1,000 of them usable: three transactions, or one for all */

    function test_Delivery() public {
        vm.warp(END + DURATION);
        deliver(session(), list(ANN, BOB, CAT));
        snapshot("delivery to 3 accounts, first");
        deliver(nextSession(), list(ANN, BOB, CAT));
        snapshot("delivery to 3 accounts");
    }

    function test_DeliveryInOneTransaction() public {
        vm.warp(END + DURATION);
        store(ann, BATTERY, 1_000);
        bytes[] memory calls = deliveryCalls(session(), list(ANN));
        send(stranger, address(deliveries), abi.encodeCall(deliveries.multicall, (calls)));
        snapshot("delivery to 1 account, in one transaction");
    }

    function deliver(IDeliveryRecord.Session memory which, uint32[] memory accounts) private {
        bytes[] memory calls = deliveryCalls(which, accounts);
        for (uint256 i = 0; i < calls.length; ++i) {
            send(stranger, address(deliveries), calls[i]);
        }
    }

    function deliveryCalls(IDeliveryRecord.Session memory which, uint32[] memory accounts)
        private
        view
        returns (bytes[] memory calls)
    {
        calls = new bytes[](3);
        bytes memory signature = sign(secretOf(PV), deliveredDigest(which, 0, 1_100, accounts));
        calls[0] = abi.encodeCall(deliveries.confirmDelivered, (which, 1_100, accounts, signature));
        signature = sign(secretOf(BATTERY), receivedDigest(which, 0, 1_100, 1_000));
        calls[1] = abi.encodeCall(deliveries.confirmReceived, (which, 1_100, 1_000, signature));
        signature = sign(VALIDATOR_SECRET, validationDigest(which, 0, 1_100, 1_100, 1_000, accounts));
        calls[2] = abi.encodeCall(deliveries.record, (which, accounts, signature));
    }

    /* S2: 1,000 Wh requested, 900 supplied and received; request, approval, both statements with the validator's */

    function test_Consumption() public {
        store(ann, BATTERY, 4_000);
        approveAll(ann);
        consume(1);
        snapshot("consumption, first");
        consume(2);
        snapshot("consumption, nothing else in escrow");
        vm.prank(ann);
        consumption.request(BATTERY, DWELLING, 10, uint40(block.timestamp + 900));
        consume(4);
        snapshot("consumption");
    }

    function consume(uint256 id) private {
        bytes memory call =
            abi.encodeCall(consumption.request, (BATTERY, DWELLING, 1_000, uint40(block.timestamp + 900)));
        send(ann, address(consumption), call);
        send(stranger, address(consumption), abi.encodeCall(consumption.approve, (id, approvalSignature(id))));
        bytes[] memory calls = new bytes[](3);
        bytes memory signature = sign(secretOf(BATTERY), suppliedDigest(id, BATTERY, 900));
        calls[0] = abi.encodeCall(consumption.confirmSupplied, (id, 900, signature));
        signature = sign(secretOf(DWELLING), supplyReceivedDigest(id, DWELLING, 900));
        calls[1] = abi.encodeCall(consumption.confirmReceived, (id, 900, signature));
        signature = sign(VALIDATOR_SECRET, supplyValidationDigest(id, 900, 900));
        calls[2] = abi.encodeCall(consumption.settle, (id, signature));
        send(stranger, address(consumption), abi.encodeCall(consumption.multicall, (calls)));
    }

    /* S3: 2,000 Wh offered, ordered at a higher limit, sold whole, 1,900 usable: offer, order, match, and both statements
       with the validator's */

    function test_SaleAlone() public {
        prepareSale();
        sell();
        snapshot("sale, first");
        sell();
        snapshot("sale, nothing else in escrow");
    }

    function test_Sale() public {
        prepareSale();
        prepareOthers();
        sell();
        snapshotWithExecution("sale");
        openSale();
        closeSaleStepByStep();
        snapshot("sale, each statement a transaction");
        sales.setFee(100, CAT);
        sell();
        snapshot("sale with a fee");
    }

    function test_SaleSteps() public {
        prepareSale();
        prepareOthers();
        placeOffer();
        snapshotWithExecution("sale: offer");
        placeOrder();
        snapshotWithExecution("sale: order");
        placeMatch();
        snapshotWithExecution("sale: match");
        closeSale();
        snapshotWithExecution("sale: both statements and settlement");
    }

    /// @dev What a purchase of offered energy takes: all transactions but the seller's offer.
    function test_Purchase() public {
        prepareSale();
        prepareOthers();
        placeOffer();
        (spent, intrinsic) = (0, 0);
        placeOrder();
        placeMatch();
        closeSale();
        snapshotWithExecution("purchase: order, match, both statements and settlement");
        placeOffer();
        (spent, intrinsic) = (0, 0);
        placeOrder();
        placeMatch();
        closeSaleStepByStep();
        snapshotWithExecution("purchase, each statement a transaction");
        placeOffer();
        (spent, intrinsic) = (0, 0);
        placeOrderWithMatch();
        closeSale();
        snapshotWithExecution("purchase, order and match in one transaction");
    }

    function placeOrderWithMatch() private {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(sales.order, (OTHER_BATTERY, QUANTITY, LIMIT, uint40(END)));
        (uint32 offer, uint32 order) = (sales.offerCount(), sales.orderCount() + 1);
        calls[1] = abi.encodeCall(sales.matchOrder, (offer, order, interval, priceHashOf(interval)));
        send(bob, address(sales), abi.encodeCall(sales.multicall, (calls)));
    }

    function prepareSale() private {
        store(ann, BATTERY, 20_000);
        store(cat, BATTERY, 100);
        deposit(bob, 1e12);
        deposit(cat, 1e12);
        approveAll(ann);
        approveAll(bob);
        approveAll(cat);
        clearAndBegin();
    }

    /// @dev A sale, and then an offer and an order of somebody else that stay open.
    function prepareOthers() private {
        sell();
        vm.prank(cat);
        sales.offer(BATTERY, 100, 1, 20_000, 20_000, uint40(END));
        vm.prank(cat);
        sales.order(OTHER_BATTERY, 100, 1, uint40(END));
        (spent, intrinsic) = (0, 0);
    }

    function sell() private {
        openSale();
        closeSale();
    }

    function openSale() private {
        placeOffer();
        placeOrder();
        placeMatch();
    }

    function placeOffer() private {
        bytes memory call = abi.encodeCall(sales.offer, (BATTERY, QUANTITY, 500, 10_000, 20_000, uint40(END)));
        send(ann, address(sales), call);
    }

    function placeOrder() private {
        send(bob, address(sales), abi.encodeCall(sales.order, (OTHER_BATTERY, QUANTITY, LIMIT, uint40(END))));
    }

    function placeMatch() private {
        (uint32 offer, uint32 order) = (sales.offerCount(), sales.orderCount());
        bytes memory call = abi.encodeCall(sales.matchOrder, (offer, order, interval, priceHashOf(interval)));
        send(stranger, address(sales), call);
    }

    function closeSale() private {
        send(stranger, address(sales), abi.encodeCall(sales.multicall, (statements())));
    }

    function closeSaleStepByStep() private {
        bytes[] memory calls = statements();
        for (uint256 i = 0; i < calls.length; ++i) {
            send(stranger, address(sales), calls[i]);
        }
    }

    function statements() private view returns (bytes[] memory calls) {
        uint32 id = sales.dealCount();
        calls = new bytes[](3);
        bytes memory signature = sign(secretOf(BATTERY), sentDigest(id, BATTERY, QUANTITY));
        calls[0] = abi.encodeCall(sales.confirmSent, (id, QUANTITY, signature));
        signature = sign(secretOf(OTHER_BATTERY), saleReceivedDigest(id, OTHER_BATTERY, 1_900));
        calls[1] = abi.encodeCall(sales.confirmReceived, (id, 1_900, signature));
        signature = sign(VALIDATOR_SECRET, saleValidationDigest(id, QUANTITY, 1_900));
        calls[2] = abi.encodeCall(sales.settle, (id, signature));
    }

    /* MEASURING */

    /// @dev One transaction; adds its gas up.
    function send(address from, address to, bytes memory call) private {
        vm.prank(from);
        (bool accepted,) = to.call(call);
        spent += vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(accepted, "refused");
        intrinsic += 21_000;
        for (uint256 i = 0; i < call.length; ++i) {
            intrinsic += call[i] == 0 ? 4 : 16;
        }
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("DeliveryGas", name, spent);
        (spent, intrinsic) = (0, 0);
    }

    function snapshotWithExecution(string memory name) private {
        vm.snapshotValue("DeliveryGas", string.concat(name, ", execution"), spent - intrinsic);
        snapshot(name);
    }
}
