// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {ADMIN_TRANSFER_DELAY} from "../governance/AdminDelay.sol";
import {IEnergyToken} from "./IEnergyToken.sol";

/// @title EnergyToken
/// @notice See `IEnergyToken`.
contract EnergyToken is IEnergyToken, ERC20, AccessControlDefaultAdminRules, ERC20Permit {
    /// @notice May issue certificates and take them back; held by the settlement contract.
    bytes32 public constant SETTLEMENT_ROLE = keccak256("SETTLEMENT_ROLE");

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin)
        ERC20("Commonwatt Local Energy", "cwKWH")
        AccessControlDefaultAdminRules(ADMIN_TRANSFER_DELAY, admin)
        ERC20Permit("Commonwatt Local Energy")
    {}

    /// @inheritdoc IEnergyToken
    function issue(address[] calldata wallets, uint256[] calldata amounts) external onlyRole(SETTLEMENT_ROLE) {
        if (wallets.length != amounts.length) revert AmountCountMismatch(wallets.length, amounts.length);
        for (uint256 i = 0; i < wallets.length; ++i) {
            if (amounts[i] != 0) _mint(wallets[i], amounts[i]);
        }
    }

    /// @inheritdoc IEnergyToken
    function revoke(address[] calldata wallets, uint256[] calldata amounts)
        external
        onlyRole(SETTLEMENT_ROLE)
        returns (uint256[] memory missing)
    {
        if (wallets.length != amounts.length) {
            revert AmountCountMismatch(wallets.length, amounts.length);
        }
        missing = new uint256[](wallets.length);
        for (uint256 i = 0; i < wallets.length; ++i) {
            uint256 balance = amounts[i] == 0 ? 0 : balanceOf(wallets[i]);
            uint256 revoked = balance < amounts[i] ? balance : amounts[i];
            missing[i] = amounts[i] - revoked;
            if (revoked == 0) continue;
            _burn(wallets[i], revoked);
            emit Revoked(wallets[i], revoked);
        }
    }

    /// @inheritdoc IEnergyToken
    function retire(uint256 amount) external {
        _burn(msg.sender, amount);
        emit Retired(msg.sender, amount);
    }

    /// @notice 3: one unit is 1 Wh.
    function decimals() public pure override returns (uint8) {
        return 3;
    }

    /// @notice ERC-165: ERC-20 with its names, ERC-2612, AccessControl.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Metadata).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || super.supportsInterface(interfaceId);
    }
}
