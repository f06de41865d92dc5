// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAgents} from "./IAgents.sol";
import {IRegistry} from "./IRegistry.sol";
import {MandateLib} from "./MandateLib.sol";

/// @title Agents
/// @notice See `IAgents`. Nobody has a role here.
contract Agents is IAgents {
    using MandateLib for MandateLib.Entry;
    using MandateLib for MandateLib.Entry[];
    using MandateLib for IAgents.Mandate;

    uint8 private constant BOTH_SIDES = 3;

    IRegistry private immutable _registry;

    mapping(uint32 account => mapping(address agent => MandateLib.Entry[])) private _mandates;

    /// @param registry Where participants are registered.
    constructor(IRegistry registry) {
        _registry = registry;
    }

    /// @inheritdoc IAgents
    function mandate(address agent, Mandate calldata terms) external {
        uint32 account = _accountOf(msg.sender);
        if (agent == address(0) || agent == msg.sender) revert InvalidAgent(agent);
        if (terms.validFrom >= terms.validUntil || terms.validUntil <= block.timestamp) {
            revert InvalidMandateTime(terms.validFrom, terms.validUntil, block.timestamp);
        }
        if (terms.sides == 0 || terms.sides > BOTH_SIDES) revert InvalidSides(terms.sides);
        if (terms.maxQuantity == 0) revert NoQuantity();
        _mandates[account][agent].push(MandateLib.Entry(msg.sender, uint48(block.timestamp), 0, terms));
        emit MandateGiven(account, agent, msg.sender, terms);
    }

    /// @inheritdoc IAgents
    function revoke(address agent) external {
        uint32 account = _accountOf(msg.sender);
        MandateLib.Entry[] storage entries = _mandates[account][agent];
        uint256 count = entries.length;
        if (count == 0) revert NoMandate(account, agent);
        MandateLib.Entry storage last = entries[count - 1];
        bool over = last.revokedAt != 0 || last.terms.validUntil <= block.timestamp;
        if (over || last.wallet != msg.sender) revert NoMandate(account, agent);
        last.revokedAt = uint48(block.timestamp);
        emit MandateRevoked(account, agent, msg.sender);
    }

    /// @inheritdoc IAgents
    function permits(uint32 account, address agent, uint40 time, uint8 side, uint32 quantity, int32 price)
        external
        view
        returns (bool)
    {
        return mandateAt(account, agent, time).covers(side, quantity, price);
    }

    /// @inheritdoc IAgents
    function mandateAt(uint32 account, address agent, uint40 time) public view returns (Mandate memory) {
        MandateLib.Entry memory entry = _mandates[account][agent].givenBy(time);
        if (entry.holdsAt(time) && _registry.walletAt(account, time) == entry.wallet) return entry.terms;
        return Mandate(0, 0, 0, 0, 0, 0);
    }

    function _accountOf(address wallet) private view returns (uint32 account) {
        account = _registry.accountOf(wallet);
        if (account == 0) revert NotAWallet(wallet);
    }
}
