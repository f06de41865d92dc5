// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsumptionEscrow} from "../../src/delivery/IConsumptionEscrow.sol";
import {IDeliveryRecord} from "../../src/delivery/IDeliveryRecord.sol";
import {ISaleEscrow} from "../../src/delivery/ISaleEscrow.sol";
import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {IMarket} from "../../src/market/IMarket.sol";
import {DeliveryTest} from "./DeliveryTest.sol";
import {Random} from "./Random.sol";
import {vm} from "./Vm.sol";

/// @notice Lives through random histories of stored energy: every step that is possible at a time, honest or not, by
/// whoever may take it. Keeps its own books of what was given out and what ended.
contract StoredEnergyWorld is DeliveryTest {
    uint32 public constant HOLDERS = 4;
    uint256 private constant DEPOSIT = 1e13;

    /// @dev Wh of claims on `BATTERY` and on `OTHER_BATTERY`, and 10^-8 EUR.
    struct Belongings {
        uint256[2] claims;
        uint256 money;
    }

    mapping(uint32 battery => uint256) public minted;
    mapping(uint32 battery => uint256) public burned;
    uint256 public deposited;
    uint32 private sessions;

    function setUp() public override {
        super.setUp();
        vm.warp(START);
        for (uint32 i = 0; i < HOLDERS; ++i) {
            approveAll(holder(i));
            deposit(holder(i), DEPOSIT);
            deposited += DEPOSIT;
        }
        sales.setFee(50, LAST_ACCOUNT);
        deliver(1);
        deliver(2);
    }

    function holder(uint256 which) public pure returns (address) {
        return walletOf(ANN + uint32(which % HOLDERS));
    }

    /* S1 */

    /// @notice A session of an interval that is over, recorded; and then once more, which must fail.
    function deliver(uint256 seed) public {
        Random memory random = Random(seed);
        IDeliveryRecord.Session memory which = nextUnrecorded(random.oneIn(2) ? BATTERY : OTHER_BATTERY);
        uint32 delivered = uint32(random.upTo(20_000));
        uint32 received = uint32(random.upTo(delivered));
        uint32 usable = uint32(random.upTo(received));
        uint32[] memory accounts = random.oneIn(2) ? list(ANN, BOB, CAT) : list(ANN + uint32(random.upTo(HOLDERS - 1)));
        uint32 round = 0;
        if (random.oneIn(4)) {
            confirmReceived(which, 0, delivered, delivered);
            vm.prank(validator);
            deliveries.reject(which);
            round = 1;
        }
        confirmDelivered(which, round, delivered, accounts);
        confirmReceived(which, round, received, usable);
        bytes memory valid =
            sign(VALIDATOR_SECRET, validationDigest(which, round, delivered, received, usable, accounts));
        deliveries.record(which, accounts, valid);
        minted[which.battery] += usable;
        try deliveries.record(which, accounts, valid) {
            vm.assertTrue(false, "a session was recorded twice");
        } catch {}
    }

    /// @dev Intervals of the past, one after the other.
    function nextUnrecorded(uint32 battery) private returns (IDeliveryRecord.Session memory) {
        ++sessions;
        IntervalId past = IntervalLib.pack(COMMUNITY, START - 900 * uint40(sessions), DURATION);
        return IDeliveryRecord.Session(PV, battery, past);
    }

    /* S2 */

    function request(uint256 seed) external {
        Random memory random = Random(seed);
        address consumer = holder(random.upTo(HOLDERS - 1));
        uint32 battery = random.oneIn(2) ? BATTERY : OTHER_BATTERY;
        uint256 held = claims.balanceOf(consumer, battery);
        if (held == 0) return;
        uint32 amount = uint32(1 + random.upTo(held - 1));
        vm.prank(consumer);
        consumption.request(battery, DWELLING, amount, uint40(block.timestamp + 1 + random.upTo(7_200)));
    }

    /// @notice Some step of some request, if there is one to take.
    function advanceRequest(uint256 seed) external {
        Random memory random = Random(seed);
        uint256 count = consumption.requestCount();
        if (count == 0) return;
        uint256 id = 1 + random.upTo(count - 1);
        IConsumptionEscrow.Request memory entry = consumption.requests(id);
        bool requested = entry.status == IConsumptionEscrow.RequestStatus.Requested;
        if (!requested && entry.status != IConsumptionEscrow.RequestStatus.Approved) return;
        if (block.timestamp >= entry.until + 1 days && random.oneIn(2)) consumption.expire(id);
        else if (requested) startOrEnd(id, entry, random);
        else supply(id, entry, random);
    }

    function startOrEnd(uint256 id, IConsumptionEscrow.Request memory entry, Random memory random) private {
        if (random.oneIn(4)) {
            vm.prank(walletOf(entry.account));
            consumption.cancel(id);
        } else if (block.timestamp < entry.until) {
            consumption.approve(id, approvalSignature(id));
        }
    }

    function supply(uint256 id, IConsumptionEscrow.Request memory entry, Random memory random) private {
        if (!entry.supplyConfirmed) {
            uint32 supplied = uint32(random.upTo(entry.amount + 1));
            bytes memory signature = sign(secretOf(entry.battery), suppliedDigest(id, entry.battery, supplied));
            consumption.confirmSupplied(id, supplied, signature);
        } else if (!entry.receptionConfirmed) {
            confirmSupplyReceived(id, uint32(random.upTo(entry.supplied)));
        } else if (entry.supplied > entry.amount || random.oneIn(5)) {
            vm.prank(validator);
            consumption.reject(id);
        } else {
            vm.prank(validator);
            consumption.settle(id, "");
            burned[entry.battery] += entry.supplied;
        }
    }

    /* S3 */

    function offer(uint256 seed) external {
        Random memory random = Random(seed);
        address seller = holder(random.upTo(HOLDERS - 1));
        uint32 battery = random.oneIn(2) ? BATTERY : OTHER_BATTERY;
        uint256 held = claims.balanceOf(seller, battery);
        if (held == 0) return;
        uint32 quantity = uint32(1 + random.upTo(held - 1));
        uint32 minimum = uint32(1 + random.upTo((quantity - 1) / 3));
        offerAt(seller, battery, quantity, minimum, random);
    }

    function offerAt(address seller, uint32 battery, uint32 quantity, uint32 minimum, Random memory random) private {
        uint32 low = uint32(50 + random.upTo(15_000));
        uint32 high = uint32(low + random.upTo(40_000));
        uint40 expiry = uint40(block.timestamp + 1 + random.upTo(200_000));
        vm.prank(seller);
        sales.offer(battery, quantity, minimum, low, high, expiry);
    }

    function order(uint256 seed) external {
        Random memory random = Random(seed);
        address buyer = holder(random.upTo(HOLDERS - 1));
        uint32 battery = random.oneIn(2) ? BATTERY : OTHER_BATTERY;
        uint32 quantity = uint32(1 + random.upTo(10_000));
        uint32 limit = uint32(random.upTo(40_000));
        if (currency.balanceOf(buyer) < uint256(quantity) * limit) return;
        vm.prank(buyer);
        sales.order(battery, quantity, limit, uint40(block.timestamp + 1 + random.upTo(200_000)));
    }

    /// @notice Matches the first pair that the contract takes.
    function matchSome(uint256 seed) external {
        IntervalId running = runningInterval(Random(seed));
        bytes32 priceHash = priceHashOf(running);
        for (uint32 offer_ = 1; offer_ <= sales.offerCount(); ++offer_) {
            for (uint32 order_ = 1; order_ <= sales.orderCount(); ++order_) {
                try sales.matchOrder(offer_, order_, running, priceHash) {
                    return;
                } catch {}
            }
        }
    }

    function runningInterval(Random memory random) private returns (IntervalId running) {
        uint256 now_ = block.timestamp;
        running = IntervalLib.pack(COMMUNITY, uint40(now_ - now_ % DURATION), DURATION);
        (IMarket.ClearingStatus status,,,,,) = market.priceRecord(running);
        if (status != IMarket.ClearingStatus.Open) return running;
        clearAt(running, int32(random.between(5_000, 30_000)));
        vm.warp(now_);
    }

    /// @notice Some step of some deal, if there is one to take.
    function advanceDeal(uint256 seed) external {
        Random memory random = Random(seed);
        uint32 count = sales.dealCount();
        if (count == 0) return;
        uint32 id = uint32(1 + random.upTo(count - 1));
        ISaleEscrow.Deal memory deal = sales.deals(id);
        if (deal.status != ISaleEscrow.DealStatus.Matched) return;
        if (block.timestamp >= deal.matchedAt + 1 days && random.oneIn(2)) sales.expire(id);
        else transfer(id, deal, random);
    }

    function transfer(uint32 id, ISaleEscrow.Deal memory deal, Random memory random) private {
        uint32 from = sales.offers(deal.offer).battery;
        uint32 to = sales.orders(deal.order).battery;
        if (!deal.sentConfirmed) {
            uint32 sent = random.oneIn(3) ? uint32(random.upTo(deal.quantity + 1)) : deal.quantity;
            sales.confirmSent(id, sent, sign(secretOf(from), sentDigest(id, from, sent)));
        } else if (!deal.receivedConfirmed) {
            uint32 usable = uint32(random.upTo(deal.sent));
            sales.confirmReceived(id, usable, sign(secretOf(to), saleReceivedDigest(id, to, usable)));
        } else if (deal.sent > deal.quantity || random.oneIn(5)) {
            vm.prank(validator);
            sales.reject(id);
        } else {
            vm.prank(validator);
            sales.settle(id, "");
            burned[from] += deal.sent;
            minted[to] += deal.usable;
        }
    }

    function closeOffer(uint256 which) external {
        uint32 count = sales.offerCount();
        if (count == 0) return;
        uint32 id = uint32(1 + which % count);
        ISaleEscrow.Offer memory offered = sales.offers(id);
        if (!offered.open) return;
        vm.prank(walletOf(offered.account));
        sales.closeOffer(id);
    }

    function closeOrder(uint256 which) external {
        uint32 count = sales.orderCount();
        if (count == 0) return;
        uint32 id = uint32(1 + which % count);
        ISaleEscrow.Order memory ordered = sales.orders(id);
        if (!ordered.open) return;
        vm.prank(walletOf(ordered.account));
        sales.closeOrder(id);
    }

    /* TIME AND TRANSFERS */

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 30_000);
    }

    function passOn(uint256 from, uint256 to, uint256 amount) external {
        address sender = holder(from);
        uint256 part = amount % (claims.balanceOf(sender, BATTERY) + 1);
        vm.prank(sender);
        claims.safeTransferFrom(sender, holder(to), BATTERY, part, "");
    }

    /* THE WAY OUT */

    /// @notice Everybody leaves, without validator, gateway or role, and while all is paused, and comes away with what it
    /// held and what the escrows held for it, no more and no less. Taken back afterwards.
    /// @return claimsLeft Wh that remain in the escrows.
    /// @return moneyLeft 10^-8 EUR that remain.
    function everybodyLeaves() external returns (uint256 claimsLeft, uint256 moneyLeft) {
        uint256 state = vm.snapshotState();
        claims.revokeRole(claims.ISSUER_ROLE(), address(sales));
        vm.startPrank(pauser);
        consumption.pause();
        sales.pause();
        vm.stopPrank();
        vm.warp(block.timestamp + 3 days);
        Belongings[] memory due = belongingsOfAll();
        leaveConsumption();
        leaveSales();
        for (uint256 i = 0; i < HOLDERS; ++i) {
            Belongings memory found = heldBy(ANN + uint32(i));
            vm.assertEq(found.claims[0], due[i].claims[0], "claims on the battery");
            vm.assertEq(found.claims[1], due[i].claims[1], "claims on the other");
            vm.assertEq(found.money, due[i].money, "money");
        }
        (claimsLeft, moneyLeft) = (inEscrows(BATTERY) + inEscrows(OTHER_BATTERY), currency.balanceOf(address(sales)));
        vm.revertToState(state);
    }

    function leaveConsumption() private {
        for (uint256 id = 1; id <= consumption.requestCount(); ++id) {
            IConsumptionEscrow.RequestStatus status = consumption.requests(id).status;
            if (uint256(status) == 1 || uint256(status) == 2) consumption.expire(id);
        }
    }

    function leaveSales() private {
        for (uint32 id = 1; id <= sales.dealCount(); ++id) {
            if (sales.deals(id).status == ISaleEscrow.DealStatus.Matched) sales.expire(id);
        }
        for (uint32 id = 1; id <= sales.offerCount(); ++id) {
            ISaleEscrow.Offer memory offered = sales.offers(id);
            if (!offered.open) continue;
            vm.prank(walletOf(offered.account));
            sales.closeOffer(id);
        }
        for (uint32 id = 1; id <= sales.orderCount(); ++id) {
            ISaleEscrow.Order memory ordered = sales.orders(id);
            if (!ordered.open) continue;
            vm.prank(walletOf(ordered.account));
            sales.closeOrder(id);
        }
    }

    /* WHAT BELONGS TO WHOM */

    function belongingsOfAll() private view returns (Belongings[] memory all) {
        all = new Belongings[](HOLDERS);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            all[i] = heldBy(ANN + uint32(i));
        }
        addRequests(all);
        addOffersAndOrders(all);
        addDeals(all);
    }

    function heldBy(uint32 account) private view returns (Belongings memory held) {
        address wallet = walletOf(account);
        held.claims[0] = claims.balanceOf(wallet, BATTERY);
        held.claims[1] = claims.balanceOf(wallet, OTHER_BATTERY);
        held.money = currency.balanceOf(wallet);
    }

    function addRequests(Belongings[] memory all) private view {
        for (uint256 id = 1; id <= consumption.requestCount(); ++id) {
            IConsumptionEscrow.Request memory entry = consumption.requests(id);
            if (uint256(entry.status) == 1 || uint256(entry.status) == 2) {
                all[entry.account - ANN].claims[entry.battery - BATTERY] += entry.amount;
            }
        }
    }

    function addOffersAndOrders(Belongings[] memory all) private view {
        for (uint32 id = 1; id <= sales.offerCount(); ++id) {
            ISaleEscrow.Offer memory offered = sales.offers(id);
            all[offered.account - ANN].claims[offered.battery - BATTERY] += offered.remaining;
        }
        for (uint32 id = 1; id <= sales.orderCount(); ++id) {
            ISaleEscrow.Order memory ordered = sales.orders(id);
            all[ordered.account - ANN].money += uint256(ordered.remaining) * ordered.maxPrice;
        }
    }

    function addDeals(Belongings[] memory all) private view {
        for (uint32 id = 1; id <= sales.dealCount(); ++id) {
            ISaleEscrow.Deal memory deal = sales.deals(id);
            if (deal.status != ISaleEscrow.DealStatus.Matched) continue;
            ISaleEscrow.Offer memory offered = sales.offers(deal.offer);
            ISaleEscrow.Order memory ordered = sales.orders(deal.order);
            all[offered.account - ANN].claims[offered.battery - BATTERY] += deal.quantity;
            all[ordered.account - ANN].money += uint256(deal.quantity) * ordered.maxPrice;
        }
    }

    /* SUMS */

    function requestsAt(IConsumptionEscrow.RequestStatus status) external view returns (uint256 count) {
        for (uint256 id = 1; id <= consumption.requestCount(); ++id) {
            if (consumption.requests(id).status == status) ++count;
        }
    }

    function dealsAt(ISaleEscrow.DealStatus status) external view returns (uint256 count) {
        for (uint32 id = 1; id <= sales.dealCount(); ++id) {
            if (sales.deals(id).status == status) ++count;
        }
    }

    function inEscrows(uint32 battery) public view returns (uint256) {
        return claims.balanceOf(address(consumption), battery) + claims.balanceOf(address(sales), battery);
    }

    function supplyOf(uint32 battery) external view returns (uint256) {
        return claims.supplyOf(battery);
    }

    function claimsOfAll(uint32 battery) external view returns (uint256 sum) {
        sum = inEscrows(battery);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            sum += claims.balanceOf(holder(i), battery);
        }
    }

    function requestedFrom(uint32 battery) external view returns (uint256 sum, uint256 held) {
        for (uint256 id = 1; id <= consumption.requestCount(); ++id) {
            IConsumptionEscrow.Request memory entry = consumption.requests(id);
            bool pending = uint256(entry.status) == 1 || uint256(entry.status) == 2;
            if (pending && entry.battery == battery) sum += entry.amount;
        }
        held = claims.balanceOf(address(consumption), battery);
    }

    function forSaleFrom(uint32 battery) external view returns (uint256 sum, uint256 held) {
        for (uint32 id = 1; id <= sales.offerCount(); ++id) {
            ISaleEscrow.Offer memory offered = sales.offers(id);
            if (offered.battery == battery) sum += offered.remaining;
            vm.assertTrue(offered.open || offered.remaining == 0, "a closed offer holds claims");
        }
        for (uint32 id = 1; id <= sales.dealCount(); ++id) {
            ISaleEscrow.Deal memory deal = sales.deals(id);
            bool pending = deal.status == ISaleEscrow.DealStatus.Matched;
            if (pending && sales.offers(deal.offer).battery == battery) sum += deal.quantity;
        }
        held = claims.balanceOf(address(sales), battery);
    }

    function reserved() external view returns (uint256 sum, uint256 booked, uint256 held) {
        for (uint32 id = 1; id <= sales.orderCount(); ++id) {
            ISaleEscrow.Order memory ordered = sales.orders(id);
            sum += uint256(ordered.remaining) * ordered.maxPrice;
            vm.assertTrue(ordered.open || ordered.remaining == 0, "a closed order holds money");
        }
        for (uint32 id = 1; id <= sales.dealCount(); ++id) {
            ISaleEscrow.Deal memory deal = sales.deals(id);
            if (deal.status != ISaleEscrow.DealStatus.Matched) continue;
            sum += uint256(deal.quantity) * sales.orders(deal.order).maxPrice;
        }
        booked = sales.escrowedMoney();
        held = currency.balanceOf(address(sales));
    }

    function moneyOfAll() external view returns (uint256 sum) {
        sum = currency.balanceOf(address(sales)) + currency.balanceOf(walletOf(LAST_ACCOUNT));
        for (uint256 i = 0; i < HOLDERS; ++i) {
            sum += currency.balanceOf(holder(i));
        }
    }
}
