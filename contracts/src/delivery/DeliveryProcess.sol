// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {IDeliveryProcess} from "./IDeliveryProcess.sol";

/// @title DeliveryProcess
/// @notice See `IDeliveryProcess`. The only place that asks the registry.
/// @dev The pause is inherited last, so that its flag shares a slot with what a process stores first.
abstract contract DeliveryProcess is IDeliveryProcess, EIP712, Multicall, EmergencyPause {
    /// @notice May confirm that both sides' statements and the meters agree, or that they do not.
    bytes32 public constant VALIDATOR_ROLE = keccak256("VALIDATOR_ROLE");

    IRegistry private immutable _registry;

    constructor(address admin, IRegistry registry) EmergencyPause(admin) {
        _registry = registry;
    }

    /* INTERNAL */

    /// @dev The account of a wallet, 0 where it has none.
    function _accountOf(address wallet) internal view returns (uint32 account) {
        return _registry.accountOf(wallet);
    }

    /// @dev The account of an active participant.
    function _participantOf(address caller) internal view returns (uint32 account) {
        account = _accountOf(caller);
        (,,, bool active) = _registry.participant(account);
        if (!active) revert NotAParticipant(caller);
    }

    /// @dev The wallets of accounts; reverts with the registry's `UnknownAccount`.
    function _walletsOf(uint32[] memory accounts) internal view returns (address[] memory wallets) {
        return _registry.walletsOf(accounts);
    }

    function _walletOf(uint32 account) internal view returns (address) {
        uint32[] memory accounts = new uint32[](1);
        accounts[0] = account;
        return _walletsOf(accounts)[0];
    }

    function _communityOf(uint32 device) internal view returns (uint32 community) {
        (community,,,,,) = _registry.device(device);
        if (community == 0) revert UnknownDevice(device);
    }

    function _requireCommunity(uint32 device, uint32 expected) internal view {
        uint32 community = _communityOf(device);
        if (community != expected) revert WrongCommunity(device, expected, community);
    }

    /// @dev Whether the gateway that reads a device signed a statement about `[start, end)`, with a key valid throughout.
    function _requireGateway(uint32 device, uint64 start, uint64 end, bytes32 digest, bytes calldata signature)
        internal
        view
    {
        address key = _registry.attestationKey(_gatewayOf(device, start), _communityOf(device), start, end);
        _requireSignature(device, key, digest, signature);
    }

    /// @dev The same for what a gateway says now: its key must be valid when the statement arrives.
    function _requireGatewayNow(uint32 device, bytes32 digest, bytes calldata signature) internal view {
        uint64 time = uint64(block.timestamp);
        address key = _registry.gatewayKeyAt(_gatewayOf(device, time), time);
        _requireSignature(device, key, digest, signature);
    }

    function _gatewayOf(uint32 device, uint64 time) private view returns (uint32 gateway) {
        gateway = _registry.gatewayOf(device, time);
        if (gateway == 0) revert DeviceNotValid(device, time);
    }

    /// @dev Whether a validator signed, or sends the transaction where there is no signature.
    function _requireValidator(bytes32 digest, bytes calldata signature) internal view returns (address validator) {
        validator = msg.sender;
        if (signature.length != 0) (validator,,) = ECDSA.tryRecover(digest, signature);
        // A malformed signature recovers 0, which is nobody, even where the role was given to it.
        if (validator == address(0) || !hasRole(VALIDATOR_ROLE, validator)) revert NotAValidator(validator);
    }

    function _requireSignature(uint32 device, address expected, bytes32 digest, bytes calldata signature) private pure {
        (address recovered,,) = ECDSA.tryRecover(digest, signature);
        if (recovered != expected) revert InvalidDeviceSignature(device, expected, recovered);
    }
}
