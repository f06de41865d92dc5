// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";

import {EmergencyPause} from "../../src/governance/EmergencyPause.sol";
import {GovernanceTest} from "./GovernanceTest.sol";
import {vm} from "./Vm.sol";

/// @notice Everybody who holds a role, and one who holds none, tries to gain another after the hand-over to the timelock;
/// and the proposer governs. Keeps a book of who should hold what.
contract Intruder is GovernanceTest {
    struct Proposal {
        address target;
        bytes32 role;
        address account;
        uint256 readyAt;
        bool executed;
    }

    AccessControlDefaultAdminRules[] internal contracts;
    address[] internal actors;
    bytes32[] internal roles;
    Proposal[] internal proposals;
    mapping(address target => mapping(bytes32 role => mapping(address account => bool))) internal holds;

    /// @notice Attempts that succeeded although they must not.
    uint256 public successes;

    function setUp() public override {
        super.setUp();
        handOver();
        contracts = governed();
        actors =
            [registrar, operator, tariffOracle, minter, pauser, proposer, stranger, address(settlement), address(this)];
        string[14] memory names = [
            "REGISTRAR_ROLE",
            "OPERATOR_ROLE",
            "TARIFF_ROLE",
            "ENTRY_ROLE",
            "MINTER_ROLE",
            "SETTLEMENT_ROLE",
            "PAYER_ROLE",
            "PAUSER_ROLE",
            "ESCROW_ROLE",
            "REWARDER_ROLE",
            "VOUCHER_ROLE",
            "RECONCILER_ROLE",
            "AUDITOR_ROLE",
            "ARBITER_ROLE"
        ];
        roles.push(ADMIN_ROLE);
        for (uint256 i = 0; i < names.length; ++i) {
            roles.push(keccak256(bytes(names[i])));
        }
        noteRoles();
    }

    /* ACTIONS */

    /// @notice Somebody asks a contract for more than it may.
    function intrude(uint256 kind, uint256 who, uint256 where, uint256 what, uint256 whom) external {
        address actor = pick(actors, who);
        AccessControlDefaultAdminRules target = contracts[where % contracts.length];
        bytes32 role = roles[what % roles.length];
        address account = pick(actors, whom);
        bytes[9] memory attempts = [
            abi.encodeCall(target.grantRole, (role, account)),
            abi.encodeCall(target.revokeRole, (role, account)),
            abi.encodeCall(target.beginDefaultAdminTransfer, (account)),
            abi.encodeCall(target.acceptDefaultAdminTransfer, ()),
            abi.encodeCall(target.cancelDefaultAdminTransfer, ()),
            abi.encodeCall(target.changeDefaultAdminDelay, (uint48(what))),
            abi.encodeCall(target.rollbackDefaultAdminDelay, ()),
            abi.encodeCall(target.renounceRole, (role, account == actor ? address(timelock) : account)),
            abi.encodeCall(EmergencyPause.unpause, ())
        ];
        attempt(actor, address(target), attempts[kind % attempts.length]);
    }

    /// @notice Somebody asks the timelock for more than it may.
    function intrudeTimelock(uint256 kind, uint256 who, uint256 where, uint256 what) external {
        address actor = pick(actors, who);
        address target = address(contracts[where % contracts.length]);
        bytes memory data = abi.encodeCall(registry.grantRole, (roles[what % roles.length], actor));
        bytes32 salt = keccak256(abi.encode("never scheduled", what));
        uint256 chosen = kind % 4;
        if (chosen == 0) {
            if (actor == proposer) return;
            attempt(actor, address(timelock), abi.encodeCall(timelock.schedule, (target, 0, data, 0, salt, DELAY)));
        }
        if (chosen == 1) {
            attempt(actor, address(timelock), abi.encodeCall(timelock.execute, (target, 0, data, 0, salt)));
        }
        if (chosen == 2) attempt(actor, address(timelock), abi.encodeCall(timelock.updateDelay, (what)));
        if (chosen == 3) {
            bytes32 role = what % 2 == 0 ? timelock.PROPOSER_ROLE() : ADMIN_ROLE;
            attempt(actor, address(timelock), abi.encodeCall(timelock.grantRole, (role, actor)));
        }
    }

    /// @notice The proposer schedules a role for somebody.
    function propose(uint256 where, uint256 what, uint256 whom) external {
        address target = address(contracts[where % contracts.length]);
        bytes32 role = roles[1 + what % (roles.length - 1)];
        Proposal memory proposal = Proposal(target, role, pick(actors, whom), block.timestamp + DELAY, false);
        proposals.push(proposal);
        vm.prank(proposer);
        timelock.schedule(target, 0, grantOf(proposal), 0, bytes32(proposals.length), DELAY);
    }

    /// @notice A stranger executes what was proposed, whose time may have come or not.
    function execute(uint256 which) external {
        if (proposals.length == 0) return;
        uint256 place = which % proposals.length;
        Proposal storage proposal = proposals[place];
        bytes memory data = grantOf(proposal);
        vm.prank(stranger);
        (bool done,) =
            address(timelock).call(abi.encodeCall(timelock.execute, (proposal.target, 0, data, 0, bytes32(place + 1))));
        bool due = block.timestamp >= proposal.readyAt && !proposal.executed;
        if (done != due) ++successes;
        if (!due) return;
        proposal.executed = true;
        holds[proposal.target][proposal.role][proposal.account] = true;
    }

    /// @notice Somebody gives up a role of its own.
    function resign(uint256 who, uint256 where, uint256 what) external {
        address actor = pick(actors, who);
        AccessControlDefaultAdminRules target = contracts[where % contracts.length];
        bytes32 role = roles[what % roles.length];
        vm.prank(actor);
        target.renounceRole(role, actor);
        holds[address(target)][role][actor] = false;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 1 days);
    }

    /* WHAT MUST HOLD */

    function requireRolesAsNoted() external view {
        for (uint256 i = 0; i < contracts.length; ++i) {
            vm.assertEq(contracts[i].defaultAdmin(), address(timelock), "admin");
            for (uint256 j = 0; j < roles.length; ++j) {
                for (uint256 k = 0; k < actors.length; ++k) {
                    bool expected = holds[address(contracts[i])][roles[j]][actors[k]];
                    vm.assertTrue(contracts[i].hasRole(roles[j], actors[k]) == expected, "role as noted");
                }
            }
        }
    }

    function requireTimelockAsSetUp() external view {
        vm.assertEq(timelock.getMinDelay(), DELAY, "delay");
        for (uint256 i = 0; i < actors.length; ++i) {
            vm.assertFalse(timelock.hasRole(ADMIN_ROLE, actors[i]), "administers itself");
            vm.assertTrue(timelock.hasRole(timelock.PROPOSER_ROLE(), actors[i]) == (actors[i] == proposer), "proposer");
        }
    }

    /* HELPERS */

    function noteRoles() private {
        for (uint256 i = 0; i < contracts.length; ++i) {
            for (uint256 j = 0; j < roles.length; ++j) {
                for (uint256 k = 0; k < actors.length; ++k) {
                    bool held = contracts[i].hasRole(roles[j], actors[k]);
                    if (held) holds[address(contracts[i])][roles[j]][actors[k]] = true;
                }
            }
        }
    }

    function attempt(address actor, address target, bytes memory data) private {
        vm.prank(actor);
        (bool done,) = target.call(data);
        if (done) ++successes;
    }

    function grantOf(Proposal memory proposal) private view returns (bytes memory) {
        return abi.encodeCall(registry.grantRole, (proposal.role, proposal.account));
    }

    function pick(address[] storage list, uint256 which) private view returns (address) {
        return list[which % list.length];
    }
}
