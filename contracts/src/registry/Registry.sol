// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {GatewayKeysLib} from "./GatewayKeysLib.sol";
import {HistoryLib} from "./HistoryLib.sol";
import {IRegistry} from "./IRegistry.sol";
import {WalletRotationLib} from "./WalletRotationLib.sol";

/// @title Registry
/// @notice See `IRegistry`.
contract Registry is IRegistry, EIP712, EmergencyPause {
    using GatewayKeysLib for GatewayKeysLib.Keys;
    using HistoryLib for HistoryLib.Entry[];

    /// @notice May register, change and revoke.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");

    uint8 private constant LAST_ROLE = 6;
    uint8 private constant LAST_RELATION = 3;
    uint16 private constant MAX_RELATIONS = 100;

    struct Participant {
        address wallet;
        uint8 role;
        bool active;
        uint48 registeredAt;
        bytes32 credentialHash;
    }

    /// @dev `until` is 0 while the wallet stands for the account.
    struct WalletRecord {
        uint32 account;
        uint48 since;
        uint48 until;
    }

    /// @dev Everything but `descriptionHash` shares one slot. `decommissionedFrom` is 0 for a device in service.
    struct Device {
        uint32 community;
        uint32 account;
        uint32 gateway;
        uint48 validFrom;
        uint48 decommissionedFrom;
        uint16 relations;
        bytes32 descriptionHash;
    }

    /// @dev What a gateway reads in a community: how many devices, and until when those that it has lost.
    struct Reach {
        uint32 devices;
        uint48 until;
    }

    /// @inheritdoc IRegistry
    uint32 public participantCount;

    /// @inheritdoc IRegistry
    uint32 public gatewayCount;

    /// @inheritdoc IRegistry
    uint32 public deviceCount;

    /// @inheritdoc IRegistry
    mapping(uint32 account => address wallet) public proposedWallet;

    mapping(uint32 account => Participant) private _participants;
    mapping(uint32 gateway => GatewayKeysLib.Keys) private _gateways;
    mapping(uint32 device => Device) private _devices;
    mapping(address wallet => WalletRecord) private _walletRecords;
    mapping(uint32 gateway => mapping(uint32 community => Reach)) private _reach;
    mapping(uint32 device => mapping(uint32 account => mapping(uint8 relation => bool))) private _relations;

    /// @dev Histories begin with the first change: until then what was registered holds from the registration on.
    mapping(uint32 account => HistoryLib.Entry[]) private _wallets;
    mapping(uint32 account => HistoryLib.Entry[]) private _credentials;
    mapping(uint32 device => HistoryLib.Entry[]) private _gatewaysOf;
    mapping(uint32 device => HistoryLib.Entry[]) private _deviceKeys;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) EIP712("Commonwatt Registry", "1") EmergencyPause(admin) {}

    /* PARTICIPANTS */

    /// @inheritdoc IRegistry
    function registerParticipant(address wallet, bytes32 credentialHash, uint8 role)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
        returns (uint32 account)
    {
        _requireFresh(wallet);
        if (role == 0 || role > LAST_ROLE) revert InvalidRole(role);
        account = ++participantCount;
        _walletRecords[wallet] = WalletRecord(account, _now(), 0);
        _participants[account] = Participant(wallet, role, true, _now(), credentialHash);
        emit ParticipantRegistered(account, wallet, credentialHash, role);
    }

    /// @inheritdoc IRegistry
    function setParticipantActive(uint32 account, bool active) external onlyRole(REGISTRAR_ROLE) {
        if (active) _requireNotPaused();
        _requireAccount(account);
        _setActive(account, active);
    }

    /// @inheritdoc IRegistry
    function replaceCredential(uint32 account, bytes32 credentialHash) external onlyRole(REGISTRAR_ROLE) whenNotPaused {
        _requireAccount(account);
        if (credentialHash == 0) revert InvalidCredential();
        _setCredential(account, credentialHash);
        emit CredentialReplaced(account, credentialHash);
    }

    /// @inheritdoc IRegistry
    function revokeCredential(uint32 account) external onlyRole(REGISTRAR_ROLE) {
        _requireAccount(account);
        bytes32 revoked = _participants[account].credentialHash;
        if (revoked == 0) revert NoCredential(account);
        _setCredential(account, 0);
        emit CredentialRevoked(account, revoked, _now());
        _setActive(account, false);
    }

    /* WALLETS */

    /// @inheritdoc IRegistry
    function rotateWallet(uint32 account, address newWallet, uint64 deadline, bytes calldata signature) external {
        _requireAccountsOwn(account);
        if (block.timestamp > deadline) revert WalletConsentExpired(deadline, block.timestamp);
        address oldWallet = _participants[account].wallet;
        bytes32 digest = _hashTypedDataV4(WalletRotationLib.structHash(account, oldWallet, newWallet, deadline));
        (address recovered,,) = ECDSA.tryRecover(digest, signature);
        if (recovered != newWallet) revert InvalidWalletConsent(newWallet, recovered);
        _rotateWallet(account, newWallet);
    }

    /// @inheritdoc IRegistry
    function proposeWallet(uint32 account, address newWallet) external {
        _requireAccountsOwn(account);
        proposedWallet[account] = newWallet;
        emit WalletProposed(account, newWallet);
    }

    /// @inheritdoc IRegistry
    function acceptWallet(uint32 account) external whenNotPaused {
        if (proposedWallet[account] != msg.sender) revert NotProposed(account, msg.sender);
        _rotateWallet(account, msg.sender);
    }

    /* GATEWAYS */

    /// @inheritdoc IRegistry
    function registerGateway(address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
        returns (uint32 gateway_)
    {
        GatewayKeysLib.Period memory keys = _keys(evmKey, ed25519Key, validFrom, validUntil);
        gateway_ = ++gatewayCount;
        _gateways[gateway_].latest = keys;
        emit GatewayRegistered(gateway_, evmKey, ed25519Key, validFrom, validUntil);
    }

    /// @inheritdoc IRegistry
    function rotateGatewayKeys(uint32 gateway_, address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        _requireGateway(gateway_);
        _requireChangeTime(validFrom);
        _gateways[gateway_].rotate(_keys(evmKey, ed25519Key, validFrom, validUntil));
        emit GatewayKeysRotated(gateway_, evmKey, ed25519Key, validFrom, validUntil);
    }

    /// @inheritdoc IRegistry
    function revokeGateway(uint32 gateway_, uint64 validUntil) external onlyRole(REGISTRAR_ROLE) {
        _requireGateway(gateway_);
        uint48 before = _gateways[gateway_].latest.validUntil;
        if (validUntil >= before) revert InvalidRevocation(validUntil, before);
        _gateways[gateway_].revoke(uint48(validUntil));
        emit GatewayRevoked(gateway_, validUntil);
    }

    /* DEVICES */

    /// @inheritdoc IRegistry
    function registerDevice(
        uint32 community,
        uint32 account,
        uint32 gateway_,
        bytes32 descriptionHash,
        uint64 validFrom
    ) external onlyRole(REGISTRAR_ROLE) whenNotPaused returns (uint32 device_) {
        if (community == 0) revert InvalidCommunity(community);
        _requireAccount(account);
        _requireGateway(gateway_);
        if (validFrom > type(uint48).max) revert InvalidValidity(validFrom, type(uint48).max);
        device_ = ++deviceCount;
        ++_reach[gateway_][community].devices;
        _devices[device_] = Device(community, account, gateway_, uint48(validFrom), 0, 0, descriptionHash);
        emit DeviceRegistered(device_, community, account, gateway_, descriptionHash, validFrom);
    }

    /// @inheritdoc IRegistry
    function moveDevice(uint32 device_, uint32 gateway_, uint64 since) external onlyRole(REGISTRAR_ROLE) whenNotPaused {
        Device storage entry = _inService(device_);
        _requireGateway(gateway_);
        _requireChangeTime(since);
        _leaveGateway(device_, entry, uint48(since));
        ++_reach[gateway_][entry.community].devices;
        entry.gateway = gateway_;
        _gatewaysOf[device_].note(uint48(since), bytes32(uint256(gateway_)));
        emit DeviceMoved(device_, gateway_, since);
    }

    /// @inheritdoc IRegistry
    function setDeviceKey(uint32 device_, bytes32 ed25519Key, uint64 since)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        _inService(device_);
        _requireChangeTime(since);
        _deviceKeys[device_].note(uint48(since), ed25519Key);
        emit DeviceKeySet(device_, ed25519Key, since);
    }

    /// @inheritdoc IRegistry
    function decommissionDevice(uint32 device_, uint64 since) external onlyRole(REGISTRAR_ROLE) {
        Device storage entry = _inService(device_);
        _requireChangeTime(since);
        entry.decommissionedFrom = uint48(since);
        _leaveReach(entry.gateway, entry.community, uint48(since));
        emit DeviceDecommissioned(device_, since);
    }

    /// @inheritdoc IRegistry
    function relateDevice(uint32 device_, uint32 account, uint8 relation)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        Device storage entry = _inService(device_);
        _requireAccount(account);
        if (relation == 0 || relation > LAST_RELATION) revert InvalidRelation(relation);
        if (_relations[device_][account][relation]) revert AlreadyRelated(device_, account, relation);
        if (entry.relations == MAX_RELATIONS) revert TooManyRelations(device_, MAX_RELATIONS);
        _relations[device_][account][relation] = true;
        ++entry.relations;
        emit DeviceRelated(device_, account, relation);
    }

    /// @inheritdoc IRegistry
    function unrelateDevice(uint32 device_, uint32 account, uint8 relation) external onlyRole(REGISTRAR_ROLE) {
        if (!_relations[device_][account][relation]) revert NotRelated(device_, account, relation);
        _relations[device_][account][relation] = false;
        --_devices[device_].relations;
        emit DeviceUnrelated(device_, account, relation);
    }

    /* VIEWS ON PARTICIPANTS */

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
    function credentialAt(uint32 account, uint64 time) external view returns (bytes32 credentialHash) {
        Participant storage entry = _participants[account];
        if (_credentials[account].length != 0) return _credentials[account].valueAt(time);
        return time < entry.registeredAt ? bytes32(0) : entry.credentialHash;
    }

    /// @inheritdoc IRegistry
    function walletAt(uint32 account, uint64 time) external view returns (address wallet) {
        Participant storage entry = _participants[account];
        if (_wallets[account].length != 0) return address(uint160(uint256(_wallets[account].valueAt(time))));
        return time < entry.registeredAt ? address(0) : entry.wallet;
    }

    /// @inheritdoc IRegistry
    function walletRecord(address wallet) external view returns (uint32 account, uint64 since, uint64 until) {
        WalletRecord storage entry = _walletRecords[wallet];
        return (entry.account, entry.since, entry.until);
    }

    /// @inheritdoc IRegistry
    function accountOf(address wallet) external view returns (uint32 account) {
        WalletRecord memory entry = _walletRecords[wallet];
        return entry.until == 0 ? entry.account : 0;
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

    /* VIEWS ON GATEWAYS */

    /// @inheritdoc IRegistry
    function gateway(uint32 gateway_)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
    {
        GatewayKeysLib.Period storage keys = _gateways[gateway_].latest;
        return (keys.evmKey, keys.ed25519Key, keys.validFrom, keys.validUntil);
    }

    /// @inheritdoc IRegistry
    function gatewayKeysAt(uint32 gateway_, uint64 time)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
    {
        GatewayKeysLib.Period memory keys = _gateways[gateway_].validAt(time);
        return (keys.evmKey, keys.ed25519Key, keys.validFrom, keys.validUntil);
    }

    /// @inheritdoc IRegistry
    function gatewayKeyAt(uint32 gateway_, uint64 time) external view returns (address evmKey) {
        evmKey = _gateways[gateway_].validAt(time).evmKey;
        if (evmKey == address(0)) revert GatewayNotValid(gateway_, time);
    }

    /// @inheritdoc IRegistry
    function attestationKey(uint32 gateway_, uint32 community, uint64 start, uint64 end)
        external
        view
        returns (address evmKey)
    {
        Reach storage reach = _reach[gateway_][community];
        if (reach.devices == 0 && start >= reach.until) revert GatewayNotInCommunity(gateway_, community);
        // The usual case, without the slot of the key that no contract needs.
        GatewayKeysLib.Period storage latest = _gateways[gateway_].latest;
        if (start >= latest.validFrom && end <= latest.validUntil) return latest.evmKey;
        GatewayKeysLib.Period memory keys = _gateways[gateway_].validAt(start);
        if (keys.evmKey == address(0)) revert GatewayNotValid(gateway_, start);
        if (end > keys.validUntil) revert GatewayNotValid(gateway_, end - 1);
        return keys.evmKey;
    }

    /* VIEWS ON DEVICES */

    /// @inheritdoc IRegistry
    function device(uint32 device_)
        external
        view
        returns (
            uint32 community,
            uint32 account,
            uint32 gateway_,
            uint64 validFrom,
            bytes32 descriptionHash,
            uint64 decommissionedFrom
        )
    {
        Device memory entry = _devices[device_];
        return (
            entry.community,
            entry.account,
            entry.gateway,
            entry.validFrom,
            entry.descriptionHash,
            entry.decommissionedFrom
        );
    }

    /// @inheritdoc IRegistry
    function gatewayOf(uint32 device_, uint64 time) external view returns (uint32 gateway_) {
        Device storage entry = _devices[device_];
        uint48 end = entry.decommissionedFrom;
        if (time < entry.validFrom || (end != 0 && time >= end)) return 0;
        if (_gatewaysOf[device_].length != 0) return uint32(uint256(_gatewaysOf[device_].valueAt(time)));
        return entry.gateway;
    }

    /// @inheritdoc IRegistry
    function deviceKeyAt(uint32 device_, uint64 time) external view returns (bytes32 ed25519Key) {
        return _deviceKeys[device_].valueAt(time);
    }

    /// @inheritdoc IRegistry
    function isRelated(uint32 device_, uint32 account, uint8 relation) external view returns (bool) {
        return _relations[device_][account][relation];
    }

    /// @inheritdoc IRegistry
    function relationCount(uint32 device_) external view returns (uint16) {
        return _devices[device_].relations;
    }

    /// @inheritdoc IRegistry
    function devicesBehind(uint32 gateway_, uint32 community) external view returns (uint32 devices) {
        return _reach[gateway_][community].devices;
    }

    /* INTERNAL: PARTICIPANTS */

    function _setActive(uint32 account, bool active) private {
        _participants[account].active = active;
        emit ParticipantActivitySet(account, active);
    }

    function _setCredential(uint32 account, bytes32 credentialHash) private {
        Participant storage entry = _participants[account];
        HistoryLib.Entry[] storage history = _credentials[account];
        if (history.length == 0) history.note(entry.registeredAt, entry.credentialHash);
        history.note(_now(), credentialHash);
        entry.credentialHash = credentialHash;
    }

    function _rotateWallet(uint32 account, address newWallet) private {
        _requireFresh(newWallet);
        Participant storage entry = _participants[account];
        address oldWallet = entry.wallet;
        HistoryLib.Entry[] storage history = _wallets[account];
        if (history.length == 0) history.note(entry.registeredAt, _word(oldWallet));
        history.note(_now(), _word(newWallet));
        _walletRecords[oldWallet].until = _now();
        _walletRecords[newWallet] = WalletRecord(account, _now(), 0);
        entry.wallet = newWallet;
        delete proposedWallet[account];
        emit WalletRotated(account, oldWallet, newWallet);
    }

    /* INTERNAL: GATEWAYS AND DEVICES */

    function _keys(address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        private
        pure
        returns (GatewayKeysLib.Period memory)
    {
        if (evmKey == address(0) || ed25519Key == 0) revert InvalidGatewayKeys(evmKey, ed25519Key);
        if (validFrom >= validUntil || validUntil > type(uint48).max) revert InvalidValidity(validFrom, validUntil);
        return GatewayKeysLib.Period(evmKey, uint48(validFrom), uint48(validUntil), ed25519Key);
    }

    /// @dev Takes a device from the gateway that reads it until `since`, and from one that was only planned to.
    function _leaveGateway(uint32 device_, Device storage entry, uint48 since) private {
        HistoryLib.Entry[] storage history = _gatewaysOf[device_];
        uint32 leaving = entry.gateway;
        if (history.length == 0) history.note(0, bytes32(uint256(leaving)));
        if (history.dropPlanned()) {
            --_reach[leaving][entry.community].devices;
            _reachUntil(uint32(uint256(history[history.length - 1].value)), entry.community, since);
        } else {
            _leaveReach(leaving, entry.community, since);
        }
    }

    function _leaveReach(uint32 gateway_, uint32 community, uint48 since) private {
        --_reach[gateway_][community].devices;
        _reachUntil(gateway_, community, since);
    }

    /// @dev What a gateway reads until some second it may attest later still.
    function _reachUntil(uint32 gateway_, uint32 community, uint48 since) private {
        Reach storage reach = _reach[gateway_][community];
        if (reach.until < since) reach.until = since;
    }

    /* INTERNAL: REQUIREMENTS */

    /// @dev A wallet stands for one account, ever: whose token balance or signature it is never depends on the time.
    function _requireFresh(address wallet) private view {
        if (wallet == address(0)) revert InvalidWallet();
        uint32 account = _walletRecords[wallet].account;
        if (account != 0) revert WalletAlreadyRegistered(wallet, account);
    }

    function _requireAccountsOwn(uint32 account) private view {
        _requireAccount(account);
        if (_participants[account].wallet == msg.sender) return;
        if (!hasRole(REGISTRAR_ROLE, msg.sender)) revert NotTheAccounts(msg.sender, account);
        _requireNotPaused();
    }

    function _requireAccount(uint32 account) private view {
        if (account == 0 || account > participantCount) revert UnknownAccount(account);
    }

    function _requireGateway(uint32 gateway_) private view {
        if (gateway_ == 0 || gateway_ > gatewayCount) revert UnknownGateway(gateway_);
    }

    function _requireChangeTime(uint64 since) private view {
        if (since % 1 hours != 0 || since < block.timestamp || since > type(uint48).max) {
            revert InvalidChangeTime(since);
        }
    }

    /// @dev The entry of a device that is not, and will not be, out of service.
    function _inService(uint32 device_) private view returns (Device storage entry) {
        entry = _devices[device_];
        if (entry.community == 0) revert UnknownDevice(device_);
        uint48 end = entry.decommissionedFrom;
        if (end != 0) revert DeviceOutOfService(device_, end);
    }

    function _now() private view returns (uint48) {
        return uint48(block.timestamp);
    }

    function _word(address wallet) private pure returns (bytes32) {
        return bytes32(uint256(uint160(wallet)));
    }
}
