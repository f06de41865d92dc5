// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderTaker} from "./base/OrderTaker.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold of a book after any history of batches, direct orders, mandates and cancellations.
contract OrdersInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    OrderTaker private taker;

    function setUp() public {
        taker = new OrderTaker();
        taker.setUp();
        taker.commitBatch(keccak256("first"), 7);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(taker);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = OrderTaker.commitBatch.selector;
        selectors[1] = OrderTaker.changeMandate.selector;
        selectors[2] = OrderTaker.submitOne.selector;
        selectors[3] = OrderTaker.cancelOne.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(taker), selectors);
    }

    function invariant_TheBookIsTheChainOfWhatWasAdded() public view {
        (bytes32 commitment, uint32 orders, uint32 batches) = taker.book();
        vm.assertEq(commitment, taker.commitment(), "commitment");
        vm.assertEq(orders, taker.orders(), "orders");
        vm.assertEq(batches, taker.links(), "batches and cancellations");
    }

    function invariant_NobodyExceedsItsLimits() public view {
        for (uint32 account = taker.FIRST(); account <= taker.LAST(); ++account) {
            vm.assertLe(taker.ordersOf(account), taker.orderLimit(), "orders");
            vm.assertLe(taker.energyOf(account), taker.energyLimit(), "energy");
        }
    }

    function invariant_EveryDirectOrderIsRemembered() public view {
        for (uint256 i = 0; i < taker.digestCount(); ++i) {
            vm.assertTrue(taker.isSubmitted(taker.digests(i)), "submitted");
        }
    }
}
