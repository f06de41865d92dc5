"""Who takes part: the registry's events, its storage, and the credentials."""

from __future__ import annotations

from domain.errors import CommonwattError
from identity.credentials import credential_hash, verify_membership
from identity.did import did_pkh
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.lines.participants import ParticipantLine
from settlement.audit.registry import NO_CREDENTIAL, Device, Gateway, Member


def check_registry(evidence: Evidence) -> None:
    """Compare what the registry stores with what its events say."""
    check = evidence.ledger.check("registry", "stored entries == registry's events")
    _check_members(evidence, check)
    _check_gateways(evidence, check)
    _check_devices(evidence, check)


def check_participants(evidence: Evidence) -> None:
    """Compare the published participants with the registry, and check their credentials."""
    check = evidence.ledger.check("participants", "published == registered")
    credentials = evidence.ledger.check("credentials", "issuer's signature, subject, hash, time")
    published = set()
    for line in evidence.published.participants:
        published.add(line.account)
        member = evidence.registry.members.get(line.account)
        title = f"account {line.account}"
        if member is None:
            check.fail(line.place, title, "a registered account", "none such")
            continue
        check.expect(line.place, f"wallet of {title}", member.wallet, line.wallet)
        check.expect(line.place, f"role of {title}", member.role, line.role)
        _check_credential(evidence, credentials, line, member)
    for account in sorted(evidence.registry.members.keys() - published):
        check.fail(on_chain(), f"account {account}", "a line in participants.jsonl", None)


def _check_members(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    members = evidence.registry.members
    count = ask(check, on_chain(), "number of participants", registry.participant_count)
    check.expect(on_chain(), "stored number of participants", len(members), count)
    for account, member in members.items():
        title = f"account {account}"
        stored = ask(check, on_chain(), title, registry.participant, account)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        place = on_chain()
        check.expect(place, f"stored wallet of {title}", member.wallet, stored.wallet)
        check.expect(
            place,
            f"stored credential hash of {title}",
            member.credential_hash,
            stored.credential_hash,
        )
        check.expect(place, f"stored role of {title}", member.role, int(stored.role))
        active = evidence.registry.is_active(account)
        check.expect(place, f"stored activity of {title}", active, stored.active)
        _check_member_history(evidence, check, account, member)


def _check_member_history(evidence: Evidence, check: Check, account: int, member: Member) -> None:
    """Compare what the registry says of the past, for an account whose entries have changed."""
    registry, place = evidence.contracts.registry, on_chain()
    if len(member.all_wallets) > 1:
        for since, _ in member.wallets:
            item = f"stored wallet of account {account} at {since}"
            stored = ask(check, place, item, registry.wallet_at, account, since)
            check.expect(place, item, member.wallets.at(since), stored)
    if len(list(member.credentials)) > 1:
        for since, _ in member.credentials:
            item = f"stored credential of account {account} at {since}"
            credential = ask(check, place, item, registry.credential_at, account, since)
            expected = member.credentials.at(since)
            check.expect(place, item, expected, credential or NO_CREDENTIAL)


def _check_gateways(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    gateways = evidence.registry.gateways
    count = ask(check, on_chain(), "number of gateways", registry.gateway_count)
    check.expect(on_chain(), "stored number of gateways", len(gateways), count)
    for number, gateway in gateways.items():
        title, keys = f"gateway {number}", gateway.latest
        stored = ask(check, on_chain(), title, registry.gateway, number)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        place = on_chain()
        check.expect(place, f"stored EVM key of {title}", keys.evm_key, stored.evm_key)
        check.expect(place, f"stored Ed25519 key of {title}", keys.ed25519_key, stored.ed25519_key)
        check.expect(
            place,
            f"stored validity of {title}",
            (keys.valid_from, keys.valid_until),
            (stored.valid_from, stored.valid_until),
        )
        _check_former_keys(evidence, check, number, gateway)


def _check_former_keys(evidence: Evidence, check: Check, number: int, gateway: Gateway) -> None:
    for keys in gateway.periods[:-1]:
        item = f"stored keys of gateway {number} at {keys.valid_from}"
        registry = evidence.contracts.registry
        stored = ask(check, on_chain(), item, registry.gateway_keys_at, number, keys.valid_from)
        kept = stored and (
            stored.evm_key,
            stored.ed25519_key,
            stored.valid_from,
            stored.valid_until,
        )
        expected = (keys.evm_key, keys.ed25519_key, keys.valid_from, keys.valid_until)
        check.expect(on_chain(), item, expected, kept)


def _check_devices(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    devices = evidence.registry.devices
    count = ask(check, on_chain(), "number of devices", registry.device_count)
    check.expect(on_chain(), "stored number of devices", len(devices), count)
    for number, device in devices.items():
        title = f"device {number}"
        stored = ask(check, on_chain(), title, registry.device, number)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        kept = (stored.community, stored.account, stored.gateway, stored.valid_from)
        expected = (device.community, device.account, device.gateway, device.valid_from)
        check.expect(
            on_chain(), f"stored {title} (community, account, gateway, since)", expected, kept
        )
        item = f"stored description hash of {title}"
        check.expect(on_chain(), item, device.description_hash, stored.description_hash)
        item = f"stored end of {title}"
        check.expect(on_chain(), item, device.decommissioned_from, stored.decommissioned_from)
        _check_device_history(evidence, check, number, device)


def _check_device_history(evidence: Evidence, check: Check, number: int, device: Device) -> None:
    registry, place = evidence.contracts.registry, on_chain()
    moves = [since for since, _ in device.gateways][1:]
    for since in moves:
        item = f"stored gateway of device {number} at {since}"
        stored = ask(check, place, item, registry.gateway_of, number, since)
        expected = device.gateway_at(since) if device.counts_at(since) else None
        check.expect(place, item, expected, stored)
    for since, _ in device.keys:
        item = f"stored key of device {number} at {since}"
        key = ask(check, place, item, registry.device_key_at, number, since)
        check.expect(place, item, device.key_at(since), key)


def _check_credential(
    evidence: Evidence, check: Check, line: ParticipantLine, member: Member
) -> None:
    title = f"account {line.account}"
    item = f"credential hash of {title}"
    if line.credential is None:
        check.expect(line.place, item, NO_CREDENTIAL, member.credential_hash)
        return
    registered, since, revoked = member.last_credential()
    check.expect(line.place, item, registered, credential_hash(line.credential))
    manifest = evidence.manifest
    begin, end = _time_of_credential(evidence, member, since, revoked)
    try:
        membership = verify_membership(line.credential, manifest.issuer, begin)
        verify_membership(line.credential, manifest.issuer, end)
    except CommonwattError as error:
        check.fail(line.place, f"credential of {title}", "a valid membership", error)
        return
    # A credential is issued to the wallet of its time; a later exchange does not undo it.
    subjects = [did_pkh(manifest.chain.chain_id, wallet) for wallet in member.all_wallets]
    subject = membership.subject if membership.subject in subjects else subjects[-1]
    check.expect(line.place, f"subject of {title}'s credential", subject, membership.subject)
    check.expect(
        line.place,
        f"community of {title}'s credential",
        manifest.community,
        membership.community,
    )


def _time_of_credential(
    evidence: Evidence, member: Member, since: int, revoked: int | None
) -> tuple[int, int]:
    """Return the first and the last second of the run in which a credential has to be valid.

    One that replaced another counts from then on, one that was revoked until then.
    """
    first, *_, last = evidence.calendar.values()
    is_first = next(iter(member.credentials))[0] == since
    begin = first.start if is_first else max(first.start, since)
    end = last.end - 1 if revoked is None else min(last.end, revoked) - 1
    return begin, max(begin, end)
