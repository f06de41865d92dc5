// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IRegistry} from "./IRegistry.sol";

/// @title Registry
/// @notice See `IRegistry`.
contract Registry is IRegistry, AccessControl {
    /// @notice May register and revoke.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");

    uint8 private constant LAST_ROLE = 3;

    struct Participant {
        address wallet;
        uint8 role;
        bool active;
        bytes32 credentialHash;
    }

    /// @dev The key that signs attestations and the time in which it is valid share one slot.
    struct Gateway {
        address evmKey;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 ed25519Key;
    }

    struct Device {
        uint32 community;
        uint32 account;
        uint32 gateway;
        uint64 validFrom;
        bytes32 descriptionHash;
    }

    /// @inheritdoc IRegistry
    uint32 public participantCount;

    /// @inheritdoc IRegistry
    uint32 public gatewayCount;

    /// @inheritdoc IRegistry
    uint32 public deviceCount;

    /// @inheritdoc IRegistry
    mapping(address wallet => uint32 account) public accountOf;

    /// @inheritdoc IRegistry
    mapping(uint32 gateway => mapping(uint32 community => uint32 devices)) public devicesBehind;

    mapping(uint32 account => Participant) private _participants;
    mapping(uint32 gateway => Gateway) private _gateways;
    mapping(uint32 device => Device) private _devices;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /* REGISTRATION */

    /// @inheritdoc IRegistry
    function registerParticipant(address wallet, bytes32 credentialHash, uint8 role)
        external
        onlyRole(REGISTRAR_ROLE)
        returns (uint32 account)
    {
        if (wallet == address(0)) revert InvalidWallet();
        if (accountOf[wallet] != 0) revert WalletAlreadyRegistered(wallet, accountOf[wallet]);
        if (role == 0 || role > LAST_ROLE) revert InvalidRole(role);
        account = ++participantCount;
        accountOf[wallet] = account;
        _participants[account] = Participant(wallet, role, true, credentialHash);
        emit ParticipantRegistered(account, wallet, credentialHash, role);
    }

    /// @inheritdoc IRegistry
    function setParticipantActive(uint32 account, bool active) external onlyRole(REGISTRAR_ROLE) {
        _requireAccount(account);
        _participants[account].active = active;
        emit ParticipantActivitySet(account, active);
    }

    /// @inheritdoc IRegistry
    function registerGateway(address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(REGISTRAR_ROLE)
        returns (uint32 gateway_)
    {
        if (evmKey == address(0) || ed25519Key == 0) revert InvalidGatewayKeys(evmKey, ed25519Key);
        if (validFrom >= validUntil || validUntil > type(uint48).max) revert InvalidValidity(validFrom, validUntil);
        gateway_ = ++gatewayCount;
        _gateways[gateway_] = Gateway(evmKey, uint48(validFrom), uint48(validUntil), ed25519Key);
        emit GatewayRegistered(gateway_, evmKey, ed25519Key, validFrom, validUntil);
    }

    /// @inheritdoc IRegistry
    function revokeGateway(uint32 gateway_, uint64 validUntil) external onlyRole(REGISTRAR_ROLE) {
        _requireGateway(gateway_);
        Gateway storage entry = _gateways[gateway_];
        if (validUntil >= entry.validUntil) revert InvalidRevocation(validUntil, entry.validUntil);
        entry.validUntil = uint48(validUntil);
        emit GatewayRevoked(gateway_, validUntil);
    }

    /// @inheritdoc IRegistry
    function registerDevice(
        uint32 community,
        uint32 account,
        uint32 gateway_,
        bytes32 descriptionHash,
        uint64 validFrom
    ) external onlyRole(REGISTRAR_ROLE) returns (uint32 device_) {
        if (community == 0) revert InvalidCommunity(community);
        _requireAccount(account);
        _requireGateway(gateway_);
        device_ = ++deviceCount;
        ++devicesBehind[gateway_][community];
        _devices[device_] = Device(community, account, gateway_, validFrom, descriptionHash);
        emit DeviceRegistered(device_, community, account, gateway_, descriptionHash, validFrom);
    }

    /* VIEWS */

    /// @inheritdoc IRegistry
    function participant(uint32 account)
        external
        view
        returns (address wallet, bytes32 credentialHash, uint8 role, bool active)
    {
        Participant storage entry = _participants[account];
        return (entry.wallet, entry.credentialHash, entry.role, entry.active);
    }

    /// @inheritdoc IRegistry
    function walletsOf(uint32[] calldata accounts) external view returns (address[] memory wallets) {
        wallets = new address[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            address wallet = _participants[accounts[i]].wallet;
            if (wallet == address(0)) revert UnknownAccount(accounts[i]);
            wallets[i] = wallet;
        }
    }

    /// @inheritdoc IRegistry
    function gateway(uint32 gateway_)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
    {
        Gateway storage entry = _gateways[gateway_];
        return (entry.evmKey, entry.ed25519Key, entry.validFrom, entry.validUntil);
    }

    /// @inheritdoc IRegistry
    function gatewayKeyAt(uint32 gateway_, uint64 time) external view returns (address evmKey) {
        Gateway storage entry = _gateways[gateway_];
        if (time < entry.validFrom || time >= entry.validUntil) revert GatewayNotValid(gateway_, time);
        return entry.evmKey;
    }

    /// @inheritdoc IRegistry
    function attestationKey(uint32 gateway_, uint32 community, uint64 start, uint64 end)
        external
        view
        returns (address evmKey)
    {
        if (devicesBehind[gateway_][community] == 0) revert GatewayNotInCommunity(gateway_, community);
        Gateway storage entry = _gateways[gateway_];
        if (start < entry.validFrom) revert GatewayNotValid(gateway_, start);
        if (end > entry.validUntil) revert GatewayNotValid(gateway_, end - 1);
        return entry.evmKey;
    }

    /// @inheritdoc IRegistry
    function device(uint32 device_)
        external
        view
        returns (uint32 community, uint32 account, uint32 gateway_, uint64 validFrom, bytes32 descriptionHash)
    {
        Device storage entry = _devices[device_];
        return (entry.community, entry.account, entry.gateway, entry.validFrom, entry.descriptionHash);
    }

    /* INTERNAL */

    function _requireAccount(uint32 account) private view {
        if (account == 0 || account > participantCount) revert UnknownAccount(account);
    }

    function _requireGateway(uint32 gateway_) private view {
        if (gateway_ == 0 || gateway_ > gatewayCount) revert UnknownGateway(gateway_);
    }
}
