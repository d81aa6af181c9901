"""
Leads every connection to a host of AWS to the runner, in the process of a function. Names of AWS are never looked up: each gets an
address on this machine's loopback that only stands for it. Standard library only.
"""
import errno
import json
import os
import socket
import ssl
import sys
import weakref

HTTP_PORTS = (80, 443)

_settings = json.loads(os.environ.get("BROADCAST_LOCAL_AWS") or '{"suffixes":[],"hosts":[]}')
_addresses = {}
_names = {}
_refused = set()

_getaddrinfo = socket.getaddrinfo
_gethostbyname = socket.gethostbyname
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_wrap_socket = ssl.SSLContext.wrap_socket
_wrap_bio = ssl.SSLContext.wrap_bio
_trusting = weakref.WeakSet()


def is_of_aws(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    name = host.lower().rstrip(".")
    return name in _settings["hosts"] or any(name == suffix or name.endswith("." + suffix) for suffix in _settings["suffixes"])


def address_of(host):
    if host not in _addresses:
        number = len(_addresses) + 1
        _addresses[host] = f"127.88.{number >> 8}.{number & 255}"
        _names[_addresses[host]] = host
    return _addresses[host]


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if not is_of_aws(host):
        return _getaddrinfo(host, port, family, type, proto, flags)
    name = host.decode("ascii") if isinstance(host, bytes) else host
    # An address as it stands, so that the port may be the name of a service.
    return _getaddrinfo(address_of(name.lower()), port, 0, type, proto, flags)


def gethostbyname(host):
    return address_of(host.lower()) if is_of_aws(host) else _gethostbyname(host)


def led(address):
    """Where a connection goes that is meant for an address."""
    if not isinstance(address, tuple) or len(address) < 2:
        return address
    host, port = address[:2]
    name = _names.get(host, host)
    if not is_of_aws(name):
        return address
    if port not in HTTP_PORTS:
        message = f"broadcast-local: a connection to {name}:{port} was refused: it is not emulated"
        if message not in _refused:
            print(message, file=sys.stderr)
        _refused.add(message)
        raise ConnectionRefusedError(errno.ECONNREFUSED, message)
    return ("127.0.0.1", _settings["port"])


def connect(self, address):
    return _connect(self, led(address))


def connect_ex(self, address):
    try:
        return _connect_ex(self, led(address))
    except ConnectionRefusedError as error:
        return error.errno


def trust(context):
    """Lets a context trust the runner besides what it trusts already."""
    if context.verify_mode != ssl.CERT_NONE and context not in _trusting:
        context.load_verify_locations(_settings["certificates"])
        _trusting.add(context)


def wrap_socket(self, *args, **kwargs):
    trust(self)
    return _wrap_socket(self, *args, **kwargs)


def wrap_bio(self, *args, **kwargs):
    trust(self)
    return _wrap_bio(self, *args, **kwargs)


if "certificates" in _settings:
    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = gethostbyname
    socket.socket.connect = connect
    socket.socket.connect_ex = connect_ex
    ssl.SSLContext.wrap_socket = wrap_socket
    ssl.SSLContext.wrap_bio = wrap_bio
