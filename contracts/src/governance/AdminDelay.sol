// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Seconds between the announcement of another admin and its acceptance, the same in every contract: so long the old
// one can take it back, and everybody can see it coming.
uint48 constant ADMIN_TRANSFER_DELAY = 1 days;
