// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ISubmittedOrders
/// @notice Which orders their participants put into a book themselves, by transaction: nobody signed those.
interface ISubmittedOrders {
    /// @notice The batch of its interval's book that a submitted order is: the batch's number and 1. 0 where no such order
    /// was submitted.
    /// @param digest EIP-712 digest of the order, which names its interval.
    function submittedAs(bytes32 digest) external view returns (uint32 batchAndOne);
}
