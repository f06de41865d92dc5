// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "./ISettlement.sol";

/// @title CertificateDebtLib
/// @notice Certificates that a correction took back and the account no longer had. They are kept from what the account
/// is issued next, so that nobody's settlement waits for them.
library CertificateDebtLib {
    /// @param owed Wh that each account owes.
    /// @param total Wh that all accounts owe: as long as it is 0, no account is looked up.
    struct Debts {
        mapping(uint32 account => uint256) owed;
        uint256 total;
    }

    /// @notice Adds to what accounts owe.
    /// @param missing Wh, one an account.
    function owe(Debts storage debts, uint32[] memory accounts, uint256[] memory missing) internal {
        uint256 added = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (missing[i] == 0) continue;
            uint256 debt = debts.owed[accounts[i]] + missing[i];
            debts.owed[accounts[i]] = debt;
            added += missing[i];
            emit ISettlement.CertificatesOwed(accounts[i], missing[i], debt);
        }
        debts.total += added;
    }

    /// @notice Keeps what accounts owe from what they would be issued, which it changes.
    /// @param issued Wh, one an account.
    function withhold(Debts storage debts, uint32[] memory accounts, uint256[] memory issued) internal {
        uint256 total = debts.total;
        if (total == 0) return;
        uint256 left = total;
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 debt = issued[i] == 0 ? 0 : debts.owed[accounts[i]];
            if (debt == 0) continue;
            uint256 withheld = debt < issued[i] ? debt : issued[i];
            issued[i] -= withheld;
            debts.owed[accounts[i]] = debt - withheld;
            left -= withheld;
            emit ISettlement.CertificatesWithheld(accounts[i], withheld, debt - withheld);
        }
        if (left != total) debts.total = left;
    }
}
