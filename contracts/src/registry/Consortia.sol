// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {IConsortia} from "./IConsortia.sol";
import {IRegistry} from "./IRegistry.sol";
import {SharesLib} from "./SharesLib.sol";

/// @title Consortia
/// @notice See `IConsortia`.
contract Consortia is IConsortia, EmergencyPause {
    /// @notice May create and change consortia.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");

    /// @notice Members that a consortium can have: so many that every view of it fits into one call.
    uint256 public constant MAX_MEMBERS = 100;

    /// @notice Devices that a consortium can have.
    uint256 public constant MAX_DEVICES = 100;

    /// @dev Places count from 1; 0 is none.
    struct Entry {
        bytes32 agreementHash;
        uint64 totalWeight;
        Member[] members;
        uint32[] devices;
        mapping(uint32 account => uint256 place) memberPlaces;
    }

    /// @dev Where a device is: consortium, and place in its list from 0.
    struct DevicePlace {
        uint32 consortium;
        uint32 index;
    }

    IRegistry private immutable _registry;

    /// @inheritdoc IConsortia
    uint32 public consortiumCount;

    mapping(uint32 consortium => Entry) private _consortia;
    mapping(uint32 device => DevicePlace) private _devicePlaces;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where participants and devices are registered.
    constructor(address admin, IRegistry registry) EmergencyPause(admin) {
        _registry = registry;
    }

    /* CHANGES */

    /// @inheritdoc IConsortia
    function createConsortium(bytes32 agreementHash, Member[] calldata members, uint32[] calldata devices)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
        returns (uint32 consortium_)
    {
        if (members.length == 0) revert LastMember(consortiumCount + 1, 0);
        consortium_ = ++consortiumCount;
        _consortia[consortium_].agreementHash = agreementHash;
        emit ConsortiumCreated(consortium_, agreementHash);
        for (uint256 i = 0; i < members.length; ++i) {
            _addMember(consortium_, members[i].account, members[i].weight);
        }
        for (uint256 i = 0; i < devices.length; ++i) {
            _addDevice(consortium_, devices[i]);
        }
    }

    /// @inheritdoc IConsortia
    function replaceAgreement(uint32 consortium_, bytes32 agreementHash)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        _entryOf(consortium_).agreementHash = agreementHash;
        emit AgreementReplaced(consortium_, agreementHash);
    }

    /// @inheritdoc IConsortia
    function addMember(uint32 consortium_, uint32 account, uint32 weight)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        _addMember(consortium_, account, weight);
    }

    /// @inheritdoc IConsortia
    function setWeight(uint32 consortium_, uint32 account, uint32 weight)
        external
        onlyRole(REGISTRAR_ROLE)
        whenNotPaused
    {
        Entry storage entry = _entryOf(consortium_);
        Member storage member = _memberOf(entry, consortium_, account);
        if (weight == 0) revert InvalidWeight(account);
        entry.totalWeight = entry.totalWeight - member.weight + weight;
        member.weight = weight;
        emit MemberSet(consortium_, account, weight);
    }

    /// @inheritdoc IConsortia
    function removeMember(uint32 consortium_, uint32 account) external {
        Entry storage entry = _entryOf(consortium_);
        if (account == 0 || _registry.accountOf(msg.sender) != account) {
            _checkRole(REGISTRAR_ROLE);
            _requireNotPaused();
        }
        uint32 weight = _memberOf(entry, consortium_, account).weight;
        uint256 last = entry.members.length;
        if (last == 1) revert LastMember(consortium_, account);
        uint256 place = entry.memberPlaces[account];
        Member memory moved = entry.members[last - 1];
        entry.members[place - 1] = moved;
        entry.memberPlaces[moved.account] = place;
        entry.members.pop();
        delete entry.memberPlaces[account];
        entry.totalWeight -= weight;
        emit MemberRemoved(consortium_, account);
    }

    /// @inheritdoc IConsortia
    function addDevice(uint32 consortium_, uint32 device) external onlyRole(REGISTRAR_ROLE) whenNotPaused {
        _addDevice(consortium_, device);
    }

    /// @inheritdoc IConsortia
    function removeDevice(uint32 consortium_, uint32 device) external onlyRole(REGISTRAR_ROLE) whenNotPaused {
        Entry storage entry = _entryOf(consortium_);
        DevicePlace memory place = _devicePlaces[device];
        if (place.consortium != consortium_) revert DeviceNotOfConsortium(consortium_, device);
        uint32 moved = entry.devices[entry.devices.length - 1];
        entry.devices[place.index] = moved;
        _devicePlaces[moved] = place;
        entry.devices.pop();
        delete _devicePlaces[device];
        emit ConsortiumDeviceRemoved(consortium_, device);
    }

    /* VIEWS */

    /// @inheritdoc IConsortia
    function consortium(uint32 consortium_) external view returns (bytes32 agreementHash, uint64 totalWeight) {
        Entry storage entry = _consortia[consortium_];
        return (entry.agreementHash, entry.totalWeight);
    }

    /// @inheritdoc IConsortia
    function membersOf(uint32 consortium_) external view returns (Member[] memory members) {
        return _consortia[consortium_].members;
    }

    /// @inheritdoc IConsortia
    function devicesOf(uint32 consortium_) external view returns (uint32[] memory devices) {
        return _consortia[consortium_].devices;
    }

    /// @inheritdoc IConsortia
    function weightOf(uint32 consortium_, uint32 account) external view returns (uint32 weight) {
        Entry storage entry = _consortia[consortium_];
        uint256 place = entry.memberPlaces[account];
        return place == 0 ? 0 : entry.members[place - 1].weight;
    }

    /// @inheritdoc IConsortia
    function consortiumOf(uint32 device) external view returns (uint32 consortium_) {
        return _devicePlaces[device].consortium;
    }

    /// @inheritdoc IConsortia
    function sharesOf(uint32 consortium_, uint128 amount)
        external
        view
        returns (Member[] memory members, uint256[] memory amounts)
    {
        members = _entryOf(consortium_).members;
        uint32[] memory weights = new uint32[](members.length);
        uint32[] memory accounts = new uint32[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            (accounts[i], weights[i]) = (members[i].account, members[i].weight);
        }
        amounts = SharesLib.shareOut(amount, weights, accounts);
    }

    /* INTERNAL */

    function _addMember(uint32 consortium_, uint32 account, uint32 weight) private {
        Entry storage entry = _entryOf(consortium_);
        if (account == 0 || account > _registry.participantCount()) revert UnknownMember(account);
        if (weight == 0) revert InvalidWeight(account);
        if (entry.memberPlaces[account] != 0) revert AlreadyMember(consortium_, account);
        if (entry.members.length == MAX_MEMBERS) revert TooManyMembers(consortium_, MAX_MEMBERS);
        entry.members.push(Member(account, weight));
        entry.memberPlaces[account] = entry.members.length;
        entry.totalWeight += weight;
        emit MemberSet(consortium_, account, weight);
    }

    function _addDevice(uint32 consortium_, uint32 device) private {
        Entry storage entry = _entryOf(consortium_);
        (uint32 community,,,,, uint64 decommissionedFrom) = _registry.device(device);
        if (community == 0 || decommissionedFrom != 0) revert UnknownConsortiumDevice(device);
        uint32 taken = _devicePlaces[device].consortium;
        if (taken != 0) revert DeviceTaken(device, taken);
        if (entry.devices.length == MAX_DEVICES) revert TooManyDevices(consortium_, MAX_DEVICES);
        _devicePlaces[device] = DevicePlace(consortium_, uint32(entry.devices.length));
        entry.devices.push(device);
        emit ConsortiumDeviceAdded(consortium_, device);
    }

    function _entryOf(uint32 consortium_) private view returns (Entry storage entry) {
        if (consortium_ == 0 || consortium_ > consortiumCount) revert UnknownConsortium(consortium_);
        return _consortia[consortium_];
    }

    function _memberOf(Entry storage entry, uint32 consortium_, uint32 account) private view returns (Member storage) {
        uint256 place = entry.memberPlaces[account];
        if (place == 0) revert NotAMember(consortium_, account);
        return entry.members[place - 1];
    }
}
