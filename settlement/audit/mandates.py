"""Who might order in whose name, and when: the mandates replayed from their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from chain.contracts import Mandate
from chain.events import ContractEvent, MandateGiven, MandateRevoked
from domain.order import Order
from settlement.audit.registry import RegistryHistory


@dataclass(slots=True)
class _Entry:
    """A mandate with the wallet that gave it, and the seconds between which it was in force."""

    wallet: str
    mandate: Mandate
    since: int
    revoked_at: int | None = None

    def holds_at(self, time: int) -> bool:
        """Tell whether it holds at a UTC second, as far as its own time goes."""
        begun = max(self.since, self.mandate.valid_from) <= time < self.mandate.valid_until
        return begun and (self.revoked_at is None or time < self.revoked_at)


class MandateHistory:
    """The mandates that accounts' wallets gave to agents."""

    def __init__(self, events: Iterable[ContractEvent], registry: RegistryHistory) -> None:
        """Replay events.

        Args:
            events: in the sequence of the chain.
            registry: the registry, replayed.
        """
        self._registry = registry
        self._entries: defaultdict[tuple[int, str], list[_Entry]] = defaultdict(list)
        for event in events:
            if isinstance(event, MandateGiven):
                entry = _Entry(event.wallet, event.mandate, event.block_time)
                self._entries[event.account, event.agent].append(entry)
            if isinstance(event, MandateRevoked):
                self._entries[event.account, event.agent][-1].revoked_at = event.block_time

    def permits(self, order: Order, agent: str, time: int) -> bool:
        """Tell whether an agent might place an order at a UTC second.

        A mandate ends when the wallet that gave it stands for the account no more.
        """
        given = [one for one in self._entries[order.account, agent] if one.since <= time]
        member = self._registry.members.get(order.account)
        if not given or member is None:
            return False
        last = given[-1]
        wallet = member.wallets.at(time)
        return last.holds_at(time) and wallet == last.wallet and last.mandate.covers(order)
