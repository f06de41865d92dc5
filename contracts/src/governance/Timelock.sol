// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock
/// @notice The admin of a market's contracts after the set-up. What a proposer schedules lies open for the delay before
/// anybody can execute it; a proposer can cancel it until then. It administers itself: proposers change, and so does the
/// delay, by what was scheduled.
/// @dev Operations, their numbers and events are OpenZeppelin's `TimelockController`.
contract Timelock is TimelockController {
    /// @notice Seconds that an operation lies open at least, whatever the delay is set to.
    uint256 public constant LEAST_DELAY = 1 days;

    /// @notice Seconds that can be required at most, so that no setting ends governance for good.
    uint256 public constant MOST_DELAY = 30 days;

    /// @notice A delay of seconds within these bounds is needed.
    error InvalidDelay(uint256 delay, uint256 least, uint256 most);

    /// @notice Without a proposer nothing can ever be scheduled.
    error ProposerMissing();

    /// @param delay Seconds between scheduling and execution, `LEAST_DELAY` to `MOST_DELAY`.
    /// @param proposers Who may schedule and cancel.
    constructor(uint256 delay, address[] memory proposers)
        TimelockController(delay, proposers, _anybody(), address(0))
    {
        if (delay < LEAST_DELAY || delay > MOST_DELAY) {
            revert InvalidDelay(delay, LEAST_DELAY, MOST_DELAY);
        }
        if (proposers.length == 0) revert ProposerMissing();
    }

    /// @notice Seconds that an operation must lie open: what `updateDelay` set, within `LEAST_DELAY` and `MOST_DELAY`.
    function getMinDelay() public view override returns (uint256 delay) {
        delay = super.getMinDelay();
        if (delay < LEAST_DELAY) return LEAST_DELAY;
        if (delay > MOST_DELAY) return MOST_DELAY;
    }

    /// @dev Execution is open: what lay open for the delay needs nobody's consent, and nobody can hold it back.
    function _anybody() private pure returns (address[] memory executors) {
        executors = new address[](1);
    }
}
