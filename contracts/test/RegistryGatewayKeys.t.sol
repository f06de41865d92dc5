// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalLib} from "../src/interval/IntervalLib.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Gateway keys that follow one another. Gateway 1 reads a device and is valid for a year around `START`.
contract RegistryGatewayKeysTest is CommunityTest {
    uint256 private constant NEW_SECRET = 0xB0B;
    uint64 private constant FIRST_FROM = START - 1e7;
    uint64 private constant FIRST_UNTIL = START + 2e7;
    uint64 private constant CHANGE = START + 3_600;
    uint64 private constant NEW_UNTIL = START + 3e7;

    address private immutable oldKey = vm.addr(GATEWAY_SECRET);
    address private immutable newKey = vm.addr(NEW_SECRET);

    function setUp() public override {
        super.setUp();
        registerGateway(GATEWAY_SECRET, GRID);
        vm.warp(START);
    }

    /* ROTATION */

    function test_NewKeysFromASecondOnAndOldOnesUntilThen() public {
        vm.prank(registrar);
        expectEvent(address(registry));
        emit IRegistry.GatewayKeysRotated(1, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
        registry.rotateGatewayKeys(1, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);

        checkKeys(FIRST_FROM, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, CHANGE);
        checkKeys(CHANGE - 1, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, CHANGE);
        checkKeys(CHANGE, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
        checkKeys(NEW_UNTIL - 1, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
        checkNone(FIRST_FROM - 1);
        checkNone(NEW_UNTIL);
        (address latest,,,) = registry.gateway(1);
        vm.assertEq(latest, newKey, "latest");
        vm.assertEq(registry.gatewayCount(), 1, "no further gateway");
    }

    function test_AttestationKeyIsThatOfTheInterval() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        vm.assertEq(registry.attestationKey(1, COMMUNITY, CHANGE - 900, CHANGE), oldKey, "last interval of the old");
        vm.assertEq(registry.attestationKey(1, COMMUNITY, CHANGE, CHANGE + 900), newKey, "first interval of the new");
        expectInvalid(CHANGE);
        registry.attestationKey(1, COMMUNITY, CHANGE - 900, CHANGE + 1);
        expectInvalid(FIRST_FROM - 1);
        registry.attestationKey(1, COMMUNITY, FIRST_FROM - 1, FIRST_FROM + 899);
        expectInvalid(NEW_UNTIL);
        registry.attestationKey(1, COMMUNITY, NEW_UNTIL - 900, NEW_UNTIL + 1);
    }

    /// @notice Statements about the time before the change are signed by the old key, also when they come after it.
    function test_MeteringAcceptsTheOldKeyForOldIntervalsOnly() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        vm.warp(CHANGE + 7_200);
        attest(GATEWAY_SECRET, attestation(interval, 1, 1, 100, 0));
        IMetering.Attestation memory later =
            attestation(IntervalLib.pack(COMMUNITY, uint40(CHANGE), DURATION), 1, 2, 100, 0);
        (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(GATEWAY_SECRET, later);
        vm.expectRevert(abi.encodeWithSelector(IMetering.InvalidAttestationSignature.selector, 1, newKey, oldKey));
        metering.attest(statements, signatures);
        attest(NEW_SECRET, later);
        vm.assertEq(metering.lastSequence(1), 2, "sequence goes on");
    }

    function test_ARenewalAfterTheEndLeavesAGap() public {
        vm.warp(FIRST_UNTIL + 10_000);
        uint64 from = (FIRST_UNTIL / 3_600 + 10) * 3_600;
        rotate(NEW_SECRET, from, from + 100);
        checkKeys(FIRST_UNTIL - 1, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, FIRST_UNTIL);
        checkNone(FIRST_UNTIL);
        checkNone(from - 1);
        checkKeys(from, newKey, edKey(NEW_SECRET), from, from + 100);
    }

    function test_APlanIsReplacedByTheNextOne() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        rotate(NEW_SECRET + 1, CHANGE + 7_200, NEW_UNTIL);
        checkKeys(CHANGE, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, CHANGE + 7_200);
        rotate(NEW_SECRET + 2, START, NEW_UNTIL);
        checkKeys(START - 1, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, START);
        checkKeys(CHANGE + 7_200, vm.addr(NEW_SECRET + 2), edKey(NEW_SECRET + 2), START, NEW_UNTIL);
    }

    function test_RefusesChangesInThePastOrWithinAnHour() public {
        uint64[3] memory wrong = [START - 3_600, CHANGE + 900, uint64(2 ** 48) / 3_600 * 3_600 + 3_600];
        vm.startPrank(registrar);
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidChangeTime.selector, wrong[i]));
            registry.rotateGatewayKeys(1, newKey, edKey(NEW_SECRET), wrong[i], type(uint48).max);
        }
    }

    function test_RefusesWhatAreNoKeysOrNoGateway() public {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownGateway.selector, 2));
        registry.rotateGatewayKeys(2, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidGatewayKeys.selector, address(0), edKey(NEW_SECRET)));
        registry.rotateGatewayKeys(1, address(0), edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidGatewayKeys.selector, newKey, bytes32(0)));
        registry.rotateGatewayKeys(1, newKey, 0, CHANGE, NEW_UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidValidity.selector, CHANGE, CHANGE));
        registry.rotateGatewayKeys(1, newKey, edKey(NEW_SECRET), CHANGE, CHANGE);
    }

    function test_OnlyTheRegistrarRotates() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(oldKey);
        expectUnauthorized(oldKey, role);
        registry.rotateGatewayKeys(1, newKey, edKey(NEW_SECRET), CHANGE, NEW_UNTIL);
    }

    /* REVOCATION */

    function test_RevocationReachesFormerKeys() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        vm.warp(CHANGE + 10);
        revoke(START + 1_800);
        checkKeys(START + 1_799, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, START + 1_800);
        checkNone(START + 1_800);
        checkNone(CHANGE);
    }

    function test_RevocationOfAPlanLeavesTheKeysBeforeIt() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        revoke(CHANGE);
        checkKeys(CHANGE - 1, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, CHANGE);
        checkNone(CHANGE);
    }

    function test_KeysCanFollowARevocation() public {
        rotate(NEW_SECRET, CHANGE, NEW_UNTIL);
        revoke(START);
        rotate(NEW_SECRET + 1, CHANGE + 3_600, NEW_UNTIL);
        checkKeys(START - 1, oldKey, edKey(GATEWAY_SECRET), FIRST_FROM, START);
        checkNone(START);
        checkNone(CHANGE);
        checkKeys(CHANGE + 3_600, vm.addr(NEW_SECRET + 1), edKey(NEW_SECRET + 1), CHANGE + 3_600, NEW_UNTIL);
    }

    /* AGAINST A PLAIN MODEL */

    struct Step {
        uint8 wait;
        uint8 ahead;
        uint8 length;
        bool revokes;
        uint16 back;
    }

    /// @dev Which key is valid in each hour, written down hour by hour. Key 0 is none.
    mapping(uint256 hour => uint256 secret) private model;

    function testFuzz_KeysAtEveryHour(Step[10] memory steps) public {
        uint256 firstHour = START / 3_600;
        uint256 lastHour = firstHour + 10 * 8 + 20;
        for (uint256 hour = firstHour; hour <= lastHour; ++hour) {
            model[hour] = GATEWAY_SECRET;
        }
        uint256 planned = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            vm.warp(block.timestamp + uint256(steps[i].wait % 8) * 3_600);
            uint256 hour = block.timestamp / 3_600;
            if (steps[i].revokes) {
                uint256 from = hour - (steps[i].back % 5 > hour - firstHour ? 0 : steps[i].back % 5);
                (,,, uint64 until) = registry.gateway(1);
                if (from * 3_600 >= until) continue;
                revoke(uint64(from * 3_600));
                for (uint256 later = from; later <= lastHour; ++later) {
                    model[later] = 0;
                }
            } else if (planned <= block.timestamp) {
                uint256 from = hour + steps[i].ahead % 8;
                uint256 until = from + 1 + steps[i].length % 40;
                rotate(NEW_SECRET + i, uint64(from * 3_600), uint64(until * 3_600));
                for (uint256 later = from; later <= lastHour; ++later) {
                    model[later] = later < until ? NEW_SECRET + i : 0;
                }
                planned = from * 3_600;
            }
        }
        for (uint256 hour = firstHour; hour <= lastHour; ++hour) {
            checkHour(hour);
        }
    }

    function checkHour(uint256 hour) private {
        uint64 start = uint64(hour * 3_600);
        address expected = model[hour] == 0 ? address(0) : vm.addr(model[hour]);
        (address key,,,) = registry.gatewayKeysAt(1, start + 1_234);
        vm.assertEq(key, expected, "key of the hour");
        if (expected == address(0)) expectInvalid(start);
        key = registry.attestationKey(1, COMMUNITY, start, start + 3_600);
        if (expected != address(0)) vm.assertEq(key, expected, "key of the hour's interval");
    }

    /* HELPERS */

    function rotate(uint256 secret, uint64 from, uint64 until) private {
        vm.prank(registrar);
        registry.rotateGatewayKeys(1, vm.addr(secret), edKey(secret), from, until);
    }

    function revoke(uint64 until) private {
        vm.prank(registrar);
        registry.revokeGateway(1, until);
    }

    function edKey(uint256 secret) private pure returns (bytes32) {
        return keccak256(abi.encode(secret));
    }

    function expectInvalid(uint64 time) private {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, 1, time));
    }

    function checkKeys(uint64 time, address key, bytes32 ed25519Key, uint64 from, uint64 until) private view {
        (address gotKey, bytes32 gotEd25519, uint64 gotFrom, uint64 gotUntil) = registry.gatewayKeysAt(1, time);
        vm.assertEq(gotKey, key, "EVM key");
        vm.assertEq(gotEd25519, ed25519Key, "Ed25519 key");
        vm.assertEq(gotFrom, from, "valid from");
        vm.assertEq(gotUntil, until, "valid until");
        vm.assertEq(registry.gatewayKeyAt(1, time), key, "key");
    }

    function checkNone(uint64 time) private {
        (address key, bytes32 ed25519Key, uint64 from, uint64 until) = registry.gatewayKeysAt(1, time);
        vm.assertTrue(key == address(0) && ed25519Key == 0 && from == 0 && until == 0, "no keys");
        expectInvalid(time);
        registry.gatewayKeyAt(1, time);
    }
}
