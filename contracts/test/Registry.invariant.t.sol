// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RegistryClerk} from "./base/RegistryClerk.sol";

/// @notice What must hold after any history of registrations and changes.
contract RegistryInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    RegistryClerk private clerk;

    function setUp() public {
        clerk = new RegistryClerk();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(clerk);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](13);
        selectors[0] = RegistryClerk.registerParticipant.selector;
        selectors[1] = RegistryClerk.registerGateway.selector;
        selectors[2] = RegistryClerk.registerDevice.selector;
        selectors[3] = RegistryClerk.rotateWallet.selector;
        selectors[4] = RegistryClerk.setCredential.selector;
        selectors[5] = RegistryClerk.rotateGatewayKeys.selector;
        selectors[6] = RegistryClerk.moveDevice.selector;
        selectors[7] = RegistryClerk.setDeviceKey.selector;
        selectors[8] = RegistryClerk.decommissionDevice.selector;
        selectors[9] = RegistryClerk.relate.selector;
        // Thrice, so that the past is asked for often enough to catch a change.
        selectors[10] = RegistryClerk.note.selector;
        selectors[11] = RegistryClerk.note.selector;
        selectors[12] = RegistryClerk.note.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(clerk), selectors);
    }

    function invariant_ThePastStays() public view {
        clerk.checkNotes();
    }

    function invariant_AWalletStandsForOneAccount() public view {
        clerk.checkWallets();
    }

    function invariant_CountsAreRightAndNumbersNeverGivenAgain() public view {
        clerk.checkCounts();
    }
}
