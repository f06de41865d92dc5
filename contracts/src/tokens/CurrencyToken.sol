// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ICurrencyToken} from "./ICurrencyToken.sol";

/// @title CurrencyToken
/// @notice See `ICurrencyToken`.
contract CurrencyToken is ICurrencyToken, ERC20, AccessControl {
    /// @notice May credit deposits.
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    /// @notice May move money among wallets; held by the settlement contract.
    bytes32 public constant SETTLEMENT_ROLE = keccak256("SETTLEMENT_ROLE");

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) ERC20("Commonwatt Euro", "cwEUR") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc ICurrencyToken
    function mint(address to, uint256 amount, bytes32 backing) external onlyRole(MINTER_ROLE) {
        _mint(to, amount);
        emit Minted(to, amount, backing);
    }

    /// @inheritdoc ICurrencyToken
    function settle(address[] calldata wallets, int256[] calldata payments, address grid)
        external
        onlyRole(SETTLEMENT_ROLE)
    {
        if (wallets.length != payments.length) revert PaymentCountMismatch(wallets.length, payments.length);
        for (uint256 i = 0; i < wallets.length; ++i) {
            if (payments[i] > 0) _pay(wallets[i], grid, uint256(payments[i]));
        }
        for (uint256 i = 0; i < wallets.length; ++i) {
            if (payments[i] < 0) _pay(grid, wallets[i], uint256(-payments[i]));
        }
    }

    /// @notice 8: one unit is 10^-8 EUR.
    function decimals() public pure override returns (uint8) {
        return 8;
    }

    /// @dev A transfer that names who lacks what.
    function _pay(address from, address to, uint256 amount) private {
        uint256 balance = balanceOf(from);
        if (balance < amount) revert InsufficientDeposit(from, amount, balance);
        _transfer(from, to, amount);
    }
}
