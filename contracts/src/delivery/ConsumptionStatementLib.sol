// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ConsumptionStatementLib
/// @notice The EIP-712 struct hashes of what is said about a request.
library ConsumptionStatementLib {
    bytes32 internal constant APPROVAL_TYPEHASH = keccak256("Approval(uint256 request)");
    bytes32 internal constant SUPPLIED_TYPEHASH = keccak256("Supplied(uint256 request,uint32 battery,uint32 supplied)");
    bytes32 internal constant RECEIVED_TYPEHASH =
        keccak256("Received(uint256 request,uint32 dwelling,uint32 received)");
    bytes32 internal constant VALIDATION_TYPEHASH =
        keccak256("Validation(uint256 request,uint32 supplied,uint32 received)");

    function approval(uint256 request) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPROVAL_TYPEHASH, request));
    }

    function supplied(uint256 request, uint32 battery, uint32 energy) internal pure returns (bytes32) {
        return keccak256(abi.encode(SUPPLIED_TYPEHASH, request, battery, energy));
    }

    function received(uint256 request, uint32 dwelling, uint32 energy) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIVED_TYPEHASH, request, dwelling, energy));
    }

    function validation(uint256 request, uint32 supplied_, uint32 received_) internal pure returns (bytes32) {
        return keccak256(abi.encode(VALIDATION_TYPEHASH, request, supplied_, received_));
    }
}
