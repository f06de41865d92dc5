// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IEnergyToken
/// @notice Certificates of local origin, an ERC-20 token with 3 decimals: 1 unit is 1 Wh that an attested meter fed
/// into the grid. The supply is the settled attested export less what holders retired, and more by what accounts owe after
/// corrections, as `ISettlement` says.
interface IEnergyToken is IERC20 {
    /* EVENTS */

    /// @notice A holder used certificates up, as proof of what it consumed.
    event Retired(address indexed holder, uint256 amount);

    /// @notice A correction took certificates back.
    event Revoked(address indexed holder, uint256 amount);

    /* ERRORS */

    /// @notice Every wallet needs its amount.
    error AmountCountMismatch(uint256 wallets, uint256 amounts);

    /* FUNCTIONS */

    /// @notice Issues certificates for exported energy. Only the settlement contract.
    /// @param wallets Holders.
    /// @param amounts Wh, one a holder; 0 issues nothing.
    function issue(address[] calldata wallets, uint256[] calldata amounts) external;

    /// @notice Takes certificates back that a correction says were not due, as far as the holders have them. Only the
    /// settlement contract.
    /// @param wallets Holders.
    /// @param amounts Wh, one a holder; 0 takes nothing.
    /// @return missing Wh, one a holder, that it did not have.
    function revoke(address[] calldata wallets, uint256[] calldata amounts) external returns (uint256[] memory missing);

    /// @notice Uses up `amount` Wh of the caller's certificates.
    function retire(uint256 amount) external;
}
