"""What an offer comes from: computer, certificate, author and contact of a firm."""

from __future__ import annotations

from numpy.random import Generator

from caselens.sample import _names
from caselens.sample._city import City


def machine(rng: Generator) -> dict[str, str]:
    """Addresses and serial of one computer."""
    a, b, c = (int(number) for number in rng.integers(1, 255, 3))
    return {
        "device_mac": "-".join(f"{int(byte):02X}" for byte in rng.integers(0, 256, 6)),
        "device_ip": f"10.{a}.{b}.{c}",
        "disk_serial": f"WD{int(rng.integers(10**10)):010d}",
    }


def desk(city: City, rng: Generator, firm: int) -> dict[str, str]:
    """What the bids of ``firm`` come from: its computer, certificate, author and contact, always the same."""
    if firm not in city.desks:
        name = _names.surname(rng) + _names.given_name(rng, female=bool(rng.random() < 0.5))
        city.desks[firm] = {
            **machine(rng),
            "ca_serial": f"CA{int(rng.integers(10**9)):09d}",
            "file_author": name,
            "contact_name": name,
            "contact_phone": _names.phone(rng),
        }
    return city.desks[firm]
