// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ICurrencyToken
/// @notice Deposited euros, an ERC-20 token with 8 decimals: 1 unit is 10^-8 EUR, which is exactly 1 Wh at 1 mct/kWh.
interface ICurrencyToken is IERC20 {
    /* EVENTS */

    /// @notice A deposit was credited.
    /// @param backing Reference of the payment that backs it, such as the hash of a bank statement's line.
    event Minted(address indexed to, uint256 amount, bytes32 indexed backing);

    /* ERRORS */

    /// @notice `wallet` owes `needed` units and holds `balance`.
    error InsufficientDeposit(address wallet, uint256 needed, uint256 balance);

    /// @notice Every wallet needs its payment.
    error PaymentCountMismatch(uint256 wallets, uint256 payments);

    /* FUNCTIONS */

    /// @notice Credits a deposit of `amount` units (10^-8 EUR). Only a minter.
    function mint(address to, uint256 amount, bytes32 backing) external;

    /// @notice Settles payments among wallets through the grid's wallet, to the unit. Only the settlement contract.
    /// @dev All debits come before all credits, so that the grid's wallet needs no more than its own net payment.
    /// @param wallets Distinct wallets of participants.
    /// @param payments 10^-8 EUR, one a wallet: positive is paid by the wallet, negative is paid to it.
    /// @param grid Wallet that receives the sum of the payments, or pays it where it is negative.
    function settle(address[] calldata wallets, int256[] calldata payments, address grid) external;
}
