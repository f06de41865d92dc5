// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IStoredEnergyToken} from "../src/delivery/IStoredEnergyToken.sol";
import {DeliveryTest} from "./base/DeliveryTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Claims on stored energy. The test itself takes the issuer's and an escrow's place.
contract StoredEnergyTokenTest is DeliveryTest {
    bytes32 private constant PROCESS = keccak256("statements");

    function setUp() public override {
        super.setUp();
        claims.grantRole(claims.ISSUER_ROLE(), address(this));
        claims.grantRole(claims.ESCROW_ROLE(), address(this));
    }

    function test_DescribesItself() public view {
        vm.assertEq(claims.name(), "Commonwatt Stored Energy", "name");
        vm.assertEq(claims.symbol(), "cwSTO", "symbol");
        vm.assertEq(claims.decimals(), 3, "decimals");
        vm.assertTrue(claims.supportsInterface(type(IERC1155).interfaceId), "ERC-1155");
        vm.assertTrue(claims.supportsInterface(0x7965db0b), "IAccessControl");
        vm.assertFalse(claims.supportsInterface(0xffffffff), "anything");
    }

    /* MINT */

    function test_MintsClaimsOnOneBattery() public {
        expectEvent(address(claims));
        emit IERC1155.TransferSingle(address(this), address(0), ann, BATTERY, 500);
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsMinted(BATTERY, ann, 500, PROCESS);
        claims.mint(ann, BATTERY, 500, PROCESS);
        claims.mint(bob, BATTERY, 20, PROCESS);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 500, "balance");
        vm.assertEq(claims.balanceOf(ann, OTHER_BATTERY), 0, "another battery");
        vm.assertEq(claims.supplyOf(BATTERY), 520, "supply");
        vm.assertEq(claims.supplyOf(OTHER_BATTERY), 0, "supply of another battery");
    }

    function test_MintsToAContractThatKnowsNothingOfTokens() public {
        claims.mint(address(market), BATTERY, 5, PROCESS);
        vm.assertEq(claims.balanceOf(address(market), BATTERY), 5, "balance");
    }

    function test_MintsToSomebody() public {
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        claims.mint(address(0), BATTERY, 5, PROCESS);
    }

    function test_OnlyAnIssuerMints() public {
        bytes32 role = claims.ISSUER_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        claims.mint(stranger, BATTERY, 5, PROCESS);
    }

    /* BURN */

    function test_BurnsTheEscrowsOwn() public {
        bytes32[] memory process = new bytes32[](2);
        (process[0], process[1]) = (PROCESS, keccak256("another"));
        claims.mint(address(this), BATTERY, 500, PROCESS);
        expectEvent(address(claims));
        emit IERC1155.TransferSingle(address(this), address(this), address(0), BATTERY, 200);
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsBurned(BATTERY, address(this), 200, process);
        claims.burn(BATTERY, 200, process);
        vm.assertEq(claims.balanceOf(address(this), BATTERY), 300, "balance");
        vm.assertEq(claims.supplyOf(BATTERY), 300, "supply");
    }

    function test_BurnsNoMoreThanThereIs() public {
        claims.mint(ann, BATTERY, 500, PROCESS);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, address(this), 0, 1, BATTERY)
        );
        claims.burn(BATTERY, 1, new bytes32[](0));
    }

    function test_OnlyAnEscrowBurns() public {
        claims.mint(stranger, BATTERY, 5, PROCESS);
        bytes32 role = claims.ESCROW_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        claims.burn(BATTERY, 5, new bytes32[](0));
    }

    /* MOVING */

    function test_AnEscrowMovesWhatItWasApprovedFor() public {
        claims.mint(ann, BATTERY, 500, PROCESS);
        vm.prank(ann);
        claims.setApprovalForAll(address(this), true);
        claims.escrowTransfer(ann, address(this), BATTERY, 300);
        claims.escrowTransfer(address(this), bob, BATTERY, 100);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 200, "from");
        vm.assertEq(claims.balanceOf(address(this), BATTERY), 200, "escrow");
        vm.assertEq(claims.balanceOf(bob, BATTERY), 100, "to");
    }

    function test_AnEscrowHasNoPowerOverOthers() public {
        claims.mint(ann, BATTERY, 500, PROCESS);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, address(this), ann)
        );
        claims.escrowTransfer(ann, address(this), BATTERY, 1);
    }

    function test_AnEscrowMovesToSomebody() public {
        claims.mint(address(this), BATTERY, 5, PROCESS);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        claims.escrowTransfer(address(this), address(0), BATTERY, 5);
    }

    function test_OnlyAnEscrowMovesWithoutAsking() public {
        claims.mint(stranger, BATTERY, 5, PROCESS);
        bytes32 role = claims.ESCROW_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        claims.escrowTransfer(stranger, address(sales), BATTERY, 5);
    }

    function test_HoldersPassClaimsOn() public {
        claims.mint(ann, BATTERY, 500, PROCESS);
        vm.prank(ann);
        claims.safeTransferFrom(ann, bob, BATTERY, 200, "");
        vm.assertEq(claims.balanceOf(bob, BATTERY), 200, "to");
        vm.assertEq(claims.supplyOf(BATTERY), 500, "supply");
    }

    /// @notice Nothing reaches an escrow but by its own processes, so that nothing lies there for nobody.
    function test_NobodySendsClaimsToAnEscrowByMistake() public {
        claims.mint(ann, BATTERY, 500, PROCESS);
        address[2] memory escrows = [address(consumption), address(sales)];
        for (uint256 i = 0; i < escrows.length; ++i) {
            vm.prank(ann);
            vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, escrows[i]));
            claims.safeTransferFrom(ann, escrows[i], BATTERY, 200, "");
        }
    }

    /* ROLES */

    function test_AnEscrowIsNeverLockedOut() public {
        bytes32 role = claims.ESCROW_ROLE();
        vm.expectRevert(abi.encodeWithSelector(IStoredEnergyToken.EscrowIsForGood.selector, address(sales)));
        claims.revokeRole(role, address(sales));
        vm.expectRevert(abi.encodeWithSelector(IStoredEnergyToken.EscrowIsForGood.selector, address(this)));
        claims.renounceRole(role, address(this));
        vm.assertTrue(claims.hasRole(role, address(sales)), "role");
    }

    function test_AnIssuerCanBeStopped() public {
        bytes32 role = claims.ISSUER_ROLE();
        claims.revokeRole(role, address(sales));
        vm.assertFalse(claims.hasRole(role, address(sales)), "role");
    }
}
