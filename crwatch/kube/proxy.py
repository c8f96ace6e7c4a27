"""Which proxy the environment names for a server: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, by Go's rules as kubectl."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult

_PORTS: Final = {"http": 80, "https": 443}


def proxy_of(url: SplitResult, environment: Mapping[str, str]) -> str:
    """Return the proxy that the environment names for `url`, or an empty text. The rules are Go's, as kubectl's."""
    names = (f"{url.scheme}_proxy".upper(), f"{url.scheme}_proxy")
    proxy = next((environment[name] for name in names if environment.get(name)), "")
    without = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    host = url.hostname or ""
    if not proxy or _is_local(host):
        return ""
    if any(_exempts(entry.strip().lower(), host.lower(), _port(url)) for entry in without.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_local(host: str) -> bool:
    address = _ip(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _exempts(entry: str, host: str, port: int) -> bool:
    """Tell whether one entry of NO_PROXY means the host: `*`, an address, a network, a domain; with a port or not."""
    if entry == "*":
        return True
    name, colon, its_port = entry.rpartition(":")
    if colon and its_port.isdecimal() and _ip(entry) is None:
        if int(its_port) != port:
            return False
        entry = name.strip("[]")
    address = _ip(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    domain = entry.removeprefix("*").removeprefix(".")
    return bool(domain) and ((host == domain and entry == domain) or host.endswith(f".{domain}"))


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _port(url: SplitResult) -> int:
    return url.port or _PORTS[url.scheme]
