// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IRewardPoints} from "../src/tokens/IRewardPoints.sol";
import {RewardPoints} from "../src/tokens/RewardPoints.sol";
import {MoneyTest} from "./base/MoneyTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What wallets rely on: ERC-2612 permits of both tokens, written from the standard, and ERC-165.
contract TokenStandardsTest is MoneyTest {
    uint256 private constant SECRET = 0xB0B;

    address private immutable holder = vm.addr(SECRET);

    function test_PermitsMoney() public {
        permits(currency, "Commonwatt Euro");
    }

    function test_PermitsEnergy() public {
        permits(energy, "Commonwatt Local Energy");
    }

    function test_APermitIsGoodOnce() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(currency, "Commonwatt Euro", 70, 0, GATE);
        currency.permit(holder, bob, 70, GATE, v, r, s);
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        currency.permit(holder, bob, 70, GATE, v, r, s);
    }

    function test_RefusesAPermitForAnotherToken() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(currency, "Commonwatt Euro", 70, 0, GATE);
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        energy.permit(holder, bob, 70, GATE, v, r, s);
    }

    function test_RefusesAnExpiredPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(currency, "Commonwatt Euro", 70, 0, GATE);
        vm.warp(GATE + 1);
        vm.expectRevert(abi.encodeWithSignature("ERC2612ExpiredSignature(uint256)", GATE));
        currency.permit(holder, bob, 70, GATE, v, r, s);
    }

    function testFuzz_RefusesAChangedPermit(uint256 value) public {
        vm.assume(value != 70);
        (uint8 v, bytes32 r, bytes32 s) = sign(currency, "Commonwatt Euro", 70, 0, GATE);
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        currency.permit(holder, bob, value, GATE, v, r, s);
    }

    function test_SaysWhatItIs() public {
        RewardPoints points = new RewardPoints(address(this));
        bytes4[3] memory ofAll = [type(IERC165).interfaceId, type(IERC20).interfaceId, type(IERC20Metadata).interfaceId];
        IERC165[3] memory tokens = [IERC165(address(currency)), IERC165(address(energy)), IERC165(address(points))];
        for (uint256 i = 0; i < tokens.length; ++i) {
            for (uint256 j = 0; j < ofAll.length; ++j) {
                vm.assertTrue(tokens[i].supportsInterface(ofAll[j]), "of all");
            }
            vm.assertTrue(tokens[i].supportsInterface(type(IAccessControl).interfaceId), "roles");
            vm.assertFalse(tokens[i].supportsInterface(0xffffffff), "what nothing supports");
        }
        bytes4 permit = type(IERC20Permit).interfaceId;
        vm.assertTrue(currency.supportsInterface(permit), "permit of money");
        vm.assertTrue(energy.supportsInterface(permit), "permit of energy");
        vm.assertFalse(points.supportsInterface(permit), "no permit of points");
        vm.assertTrue(points.supportsInterface(type(IRewardPoints).interfaceId), "points");
    }

    /* HELPERS */

    function permits(ERC20Permit token, string memory name) private {
        (uint8 v, bytes32 r, bytes32 s) = sign(token, name, 70, 0, GATE);
        expectEvent(address(token));
        emit IERC20.Approval(holder, bob, 70);
        token.permit(holder, bob, 70, GATE, v, r, s);
        vm.assertEq(token.allowance(holder, bob), 70, "allowance");
        vm.assertEq(token.nonces(holder), 1, "nonce");
    }

    function sign(ERC20Permit token, string memory name, uint256 value, uint256 nonce, uint256 deadline)
        private
        view
        returns (uint8, bytes32, bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                address(token)
            )
        );
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structure = keccak256(abi.encode(typeHash, holder, bob, value, nonce, deadline));
        return vm.sign(SECRET, keccak256(abi.encodePacked("\x19\x01", domain, structure)));
    }
}
