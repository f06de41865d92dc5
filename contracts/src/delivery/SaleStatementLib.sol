// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SaleStatementLib
/// @notice The EIP-712 struct hashes of what is said about a deal.
library SaleStatementLib {
    bytes32 internal constant SENT_TYPEHASH = keccak256("Sent(uint32 deal,uint32 battery,uint32 sent)");
    bytes32 internal constant RECEIVED_TYPEHASH = keccak256("Received(uint32 deal,uint32 battery,uint32 usable)");
    bytes32 internal constant VALIDATION_TYPEHASH = keccak256("Validation(uint32 deal,uint32 sent,uint32 usable)");

    function sent(uint32 deal, uint32 battery, uint32 energy) internal pure returns (bytes32) {
        return keccak256(abi.encode(SENT_TYPEHASH, deal, battery, energy));
    }

    function received(uint32 deal, uint32 battery, uint32 energy) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIVED_TYPEHASH, deal, battery, energy));
    }

    function validation(uint32 deal, uint32 sent_, uint32 usable) internal pure returns (bytes32) {
        return keccak256(abi.encode(VALIDATION_TYPEHASH, deal, sent_, usable));
    }
}
