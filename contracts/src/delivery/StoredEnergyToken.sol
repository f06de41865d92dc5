// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {ADMIN_TRANSFER_DELAY} from "../governance/AdminDelay.sol";
import {IStoredEnergyToken} from "./IStoredEnergyToken.sol";

/// @title StoredEnergyToken
/// @notice See `IStoredEnergyToken`.
contract StoredEnergyToken is IStoredEnergyToken, ERC1155, AccessControlDefaultAdminRules {
    /// @notice May give out claims; held by the contracts that see energy confirmed into a battery.
    bytes32 public constant ISSUER_ROLE = keccak256("ISSUER_ROLE");

    /// @notice May move claims that it holds or was approved for, and end those that it holds; held by the escrows. Never
    /// taken back, so that no escrow is locked out from returning claims: by itself it gives power over nobody's.
    bytes32 public constant ESCROW_ROLE = keccak256("ESCROW_ROLE");

    /// @inheritdoc IStoredEnergyToken
    string public constant name = "Commonwatt Stored Energy";

    /// @inheritdoc IStoredEnergyToken
    string public constant symbol = "cwSTO";

    /// @inheritdoc IStoredEnergyToken
    uint8 public constant decimals = 3;

    /// @inheritdoc IStoredEnergyToken
    mapping(uint32 battery => uint256) public supplyOf;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) ERC1155("") AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin) {}

    /// @inheritdoc IStoredEnergyToken
    function mint(address to, uint32 battery, uint256 amount, bytes32 process) external onlyRole(ISSUER_ROLE) {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        supplyOf[battery] += amount;
        _move(address(0), to, battery, amount);
        emit ClaimsMinted(battery, to, amount, process);
    }

    /// @inheritdoc IStoredEnergyToken
    function burn(uint32 battery, uint256 amount, bytes32[] calldata process) external onlyRole(ESCROW_ROLE) {
        _move(msg.sender, address(0), battery, amount);
        supplyOf[battery] -= amount;
        emit ClaimsBurned(battery, msg.sender, amount, process);
    }

    /// @inheritdoc IStoredEnergyToken
    function escrowTransfer(address from, address to, uint32 battery, uint256 amount) external onlyRole(ESCROW_ROLE) {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        if (from != msg.sender && !isApprovedForAll(from, msg.sender)) {
            revert ERC1155MissingApprovalForAll(msg.sender, from);
        }
        _move(from, to, battery, amount);
    }

    /// @notice Whether the contract has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC1155, AccessControlDefaultAdminRules, IERC165)
        returns (bool)
    {
        return ERC1155.supportsInterface(interfaceId) || AccessControlDefaultAdminRules.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    /// @dev Moves claims of one battery without asking who receives them.
    function _move(address from, address to, uint32 battery, uint256 amount) private {
        uint256[] memory ids = new uint256[](1);
        uint256[] memory amounts = new uint256[](1);
        ids[0] = battery;
        amounts[0] = amount;
        _update(from, to, ids, amounts);
    }

    function _revokeRole(bytes32 role, address account) internal override returns (bool) {
        if (role == ESCROW_ROLE) revert EscrowIsForGood(account);
        return super._revokeRole(role, account);
    }
}
