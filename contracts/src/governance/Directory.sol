// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";

import {HistoryLib} from "../registry/HistoryLib.sol";
import {ADMIN_TRANSFER_DELAY} from "./AdminDelay.sol";
import {IDirectory} from "./IDirectory.sol";

/// @title Directory
/// @notice See `IDirectory`.
contract Directory is IDirectory, AccessControlDefaultAdminRules {
    using HistoryLib for HistoryLib.Entry[];

    /// @notice Names that the directory takes: so many that all of them fit into one call.
    uint256 public constant MAX_NAMES = 100;

    /// @notice Versions that a name takes, for the same reason.
    uint256 public constant MAX_VERSIONS = 1000;

    bytes32[] private _names;
    mapping(bytes32 name => HistoryLib.Entry[]) private _history;

    /// @param admin Receives the admin role, which enters contracts.
    constructor(address admin) AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin) {}

    /// @inheritdoc IDirectory
    function set(bytes32 name, address deployed) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (name == 0) revert NameMissing();
        if (deployed != address(0) && deployed.code.length == 0) revert NotAContract(deployed);
        if (addressOf(name) == deployed) revert AlreadyCurrent(name, deployed);
        HistoryLib.Entry[] storage history = _history[name];
        if (history.length == MAX_VERSIONS) revert TooManyVersions(name, MAX_VERSIONS);
        if (history.length == 0) _add(name);
        history.note(uint48(block.timestamp), bytes32(uint256(uint160(deployed))));
        emit ContractSet(name, deployed, history.length);
    }

    /// @inheritdoc IDirectory
    function addressOf(bytes32 name) public view returns (address deployed) {
        return addressAt(name, uint64(block.timestamp));
    }

    /// @inheritdoc IDirectory
    function addressAt(bytes32 name, uint64 time) public view returns (address deployed) {
        return _address(_history[name].valueAt(time));
    }

    /// @inheritdoc IDirectory
    function versions(bytes32 name) external view returns (Version[] memory list) {
        HistoryLib.Entry[] storage history = _history[name];
        list = new Version[](history.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = Version(_address(history[i].value), history[i].since);
        }
    }

    /// @inheritdoc IDirectory
    function names() external view returns (bytes32[] memory) {
        return _names;
    }

    /* INTERNAL */

    function _add(bytes32 name) private {
        if (_names.length == MAX_NAMES) revert TooManyNames(MAX_NAMES);
        _names.push(name);
    }

    function _address(bytes32 word) private pure returns (address) {
        return address(uint160(uint256(word)));
    }
}
