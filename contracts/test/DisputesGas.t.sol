// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/disputes/IDisputes.sol";
import {BID} from "./base/Books.sol";
import {DisputesTest} from "./base/DisputesTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What challenges and answers cost, as `Gas.t.sol` measures: whole transactions, refunds not deducted. The
/// batch that is answered from holds 100 orders, or as many as the node commits at most, and nine follow it.
/// forge-config: default.isolate = true
/// forge-config: prove.isolate = true
contract DisputesGasTest is DisputesTest {
    /// @dev Geth and its kin take no larger transaction into their pools.
    uint256 private constant LARGEST_TRANSACTION = 131_072;

    /// @dev The most that the node commits at once (`market/operator.py`), so that a duplicate in two full batches can
    /// still be shown.
    uint256 private constant LARGEST_BATCH = 2_000;

    function test_ABatchOfAHundred() public {
        measure(100, "100 orders");
    }

    function test_TheLargestBatch() public {
        measure(LARGEST_BATCH, "2,000 orders");
    }

    function measure(uint256 count, string memory size) private {
        IDisputes.OrderTerms[] memory orders = new IDisputes.OrderTerms[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i] = IDisputes.OrderTerms(2 + uint32(i % 5), BID, 100, FEED_IN, uint128(i));
        }
        commitSigned(orders);
        commitSigned(orders);
        for (uint32 i = 0; i < 8; ++i) {
            commitSigned(IDisputes.OrderTerms(2, BID, 1, FEED_IN, 1_000_000 + i));
        }
        vm.warp(GATE);
        clear(FEED_IN, 0);
        measureUnsigned(orders[0], size);
        measureMissing(orders[0], size);
        measureDuplicate(size);
    }

    function measureUnsigned(IDisputes.OrderTerms memory order, string memory size) private {
        uint256 challenge = challengeUnsigned(0, 0);
        snapshot("challenge an order as unsigned");
        answerUnsigned(challenge, 0, proofOf(order));
        snapshot(string.concat("answer unsigned, batch of ", size));
    }

    function measureMissing(IDisputes.OrderTerms memory order, string memory size) private {
        uint256 challenge = challengeMissing(order);
        snapshot("ask for a missing order");
        disputes.answerMissing(challenge, opening(0), 0);
        snapshot(string.concat("answer missing, batch of ", size));
    }

    function measureDuplicate(string memory size) private {
        uint256 open = challengeUnsigned(0, 0);
        uint256 state = vm.snapshotState();
        (IDisputes.BatchOpening memory first, IDisputes.BatchOpening memory second) = (opening(0), opening(1));
        uint256 length = abi.encodeCall(disputes.proveDuplicate, (interval, first, 0, second, 0)).length;
        vm.assertLe(length, LARGEST_TRANSACTION - 1_024, "fits a transaction");
        disputes.proveDuplicate(interval, first, 0, second, 0);
        snapshot(string.concat("prove a duplicate, batches of ", size));
        vm.revertToState(state);
        vm.warp(block.timestamp + 1 hours);
        disputes.uphold(open);
        snapshot("uphold");
        vm.prank(arbiter);
        disputes.annul(interval, "decision");
        snapshot("decide");
    }

    function snapshot(string memory name) private {
        vm.snapshotValue("DisputesGas", name, vm.lastCallGas().gasTotalUsed);
    }
}
