// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {ADMIN_TRANSFER_DELAY} from "./AdminDelay.sol";

/// @title EmergencyPause
/// @notice A contract with one admin, who is exchanged in two steps, and an emergency pause that a pauser begins and only
/// the admin ends. What a pause stops, and what goes on, stands at the contract's interface.
abstract contract EmergencyPause is AccessControlDefaultAdminRules, Pausable {
    /// @notice May begin a pause.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin) {}

    /// @notice Begins a pause. Only a pauser.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Ends a pause. Only the admin, so that a stolen pauser's key cannot end what another pauser began.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }
}
