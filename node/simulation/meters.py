"""The simulated metering: meters that count the scenario's energy, behind real gateways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from domain.clock import Clock
from domain.interval import Interval
from domain.reading import Metered, Reading
from identity.typed_data import TypedDomain
from node.simulation.founding import MeterGateway
from oracle.batch import SignedBatch
from oracle.gateway import Gateway


class Metering:
    """All gateways of a community, fed with what their meters count."""

    def __init__(
        self,
        gateways: Sequence[MeterGateway],
        domain: TypedDomain,
        clock: Clock,
        folder: Path,
    ) -> None:
        """Open the gateways' stores, one file each, in ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._gateways = [
            (
                Gateway(
                    gateway.number,
                    gateway.signing_key,
                    gateway.evm_key,
                    domain=domain,
                    devices=gateway.devices,
                    store=folder / f"gateway-{gateway.number}.sqlite",
                    clock=clock,
                ),
                gateway.devices,
            )
            for gateway in gateways
        ]

    def read(self, interval: Interval, counted: Mapping[int, Metered]) -> None:
        """Let every meter report an interval.

        Args:
            interval: which interval; it must be over.
            counted: what each device counted.
        """
        for gateway, devices in self._gateways:
            gateway.record(
                *(
                    Reading(interval, device, counted[device].imported, counted[device].exported)
                    for device in devices
                )
            )
            gateway.close(interval)

    def forward(self, receive: Callable[[SignedBatch], object]) -> None:
        """Hand every pending batch over and forget those that were taken."""
        for gateway, _ in self._gateways:
            for batch in gateway.pending():
                receive(batch)
                gateway.acknowledge(batch.attestation.sequence)

    def dispose(self) -> None:
        """Let the stores' files go."""
        for gateway, _ in self._gateways:
            gateway.dispose()
