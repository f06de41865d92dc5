// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

/// @title IStoredEnergyToken
/// @notice Claims on usable energy in named batteries, an ERC-1155 token: the id is the battery's device number, and
/// 1 unit is 1 Wh (3 decimals of a kWh). Claims on different batteries are different tokens.
/// @dev The supply of a battery is the usable energy confirmed into it, less what was consumed or sent on from it.
interface IStoredEnergyToken is IERC1155 {
    /* EVENTS */

    /// @notice Energy was confirmed usable in a battery, and somebody received the claim on it.
    /// @param process Hash of the validated statements behind it.
    event ClaimsMinted(uint32 indexed battery, address indexed holder, uint256 amount, bytes32 indexed process);

    /// @notice Claims ended, since their energy left the battery.
    /// @param process Hashes of all steps that led to it.
    event ClaimsBurned(uint32 indexed battery, address indexed holder, uint256 amount, bytes32[] process);

    /* ERRORS */

    /// @notice An escrow holds claims of others; it cannot be locked out from returning them.
    error EscrowIsForGood(address escrow);

    /* FUNCTIONS */

    /// @notice Gives out `amount` Wh of claims. Only an issuer.
    /// @dev Neither this nor `escrowTransfer` asks a contract that receives: no recipient can hold up what concerns
    /// others, and no foreign code runs within a process.
    function mint(address to, uint32 battery, uint256 amount, bytes32 process) external;

    /// @notice Ends `amount` Wh of the caller's claims. Only an escrow.
    function burn(uint32 battery, uint256 amount, bytes32[] calldata process) external;

    /// @notice Moves claims that the caller holds, or whose holder approved the caller. Only an escrow.
    function escrowTransfer(address from, address to, uint32 battery, uint256 amount) external;

    /// @notice Wh of all claims on a battery.
    function supplyOf(uint32 battery) external view returns (uint256);

    /// @notice "Commonwatt Stored Energy".
    function name() external view returns (string memory);

    /// @notice "cwSTO".
    function symbol() external view returns (string memory);

    /// @notice 3: one unit is 1 Wh.
    function decimals() external view returns (uint8);
}
