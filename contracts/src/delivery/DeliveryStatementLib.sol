// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeliveryRecord} from "./IDeliveryRecord.sol";

/// @title DeliveryStatementLib
/// @notice The EIP-712 struct hashes of what is said about a session.
library DeliveryStatementLib {
    bytes32 internal constant DELIVERED_TYPEHASH = keccak256(
        "Delivered(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,uint32[] accounts)"
    );
    bytes32 internal constant RECEIVED_TYPEHASH =
        keccak256("Received(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 received,uint32 usable)");
    bytes32 internal constant VALIDATION_TYPEHASH = keccak256(
        "Validation(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,uint32 received,uint32 usable,uint32[] accounts)"
    );

    /// @notice What an array of accounts counts as in a struct: the hash of its elements, 32 bytes each.
    function accountsHash(uint32[] calldata accounts) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(accounts));
    }

    function delivered(IDeliveryRecord.Session calldata session, uint32 round, uint32 energy, bytes32 accountsHash_)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                DELIVERED_TYPEHASH, session.source, session.battery, session.interval, round, energy, accountsHash_
            )
        );
    }

    function received(IDeliveryRecord.Session calldata session, uint32 round, uint32 energy, uint32 usable)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(RECEIVED_TYPEHASH, session.source, session.battery, session.interval, round, energy, usable)
        );
    }

    function validation(IDeliveryRecord.Session calldata session, IDeliveryRecord.Delivery memory said)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                VALIDATION_TYPEHASH,
                session.source,
                session.battery,
                session.interval,
                said.round,
                said.delivered,
                said.received,
                said.usable,
                said.accountsHash
            )
        );
    }
}
