// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Auctioneer} from "./base/Auctioneer.sol";

/// @notice What must hold after any history of books and of results that anybody posts for them.
contract EquilibriumInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Auctioneer private auctioneer;

    function setUp() public {
        auctioneer = new Auctioneer();
        auctioneer.setUp();
        auctioneer.openABook(0);
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(auctioneer);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = Auctioneer.openABook.selector;
        // Twice, so that most books are cleared.
        selectors[1] = Auctioneer.postAResult.selector;
        selectors[2] = Auctioneer.postAResult.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(auctioneer), selectors);
    }

    function invariant_TheRecordedPriceIsAnEquilibriumOfTheCommittedBook() public view {
        auctioneer.checkRecords();
    }
}
