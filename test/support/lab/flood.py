"""Sends packets that no VRRP router may act upon, from a raw socket.

Arguments: one JSON object, {"family": 4 or 6, "version": 2 or 3, "auth": "", "PASS" or "AH", "vrid": 51, "source": address,
"vip": address, "interval": as on the wire, "password": text, "count": packets, "seed": number, "hex": [payloads sent as they
are, each as [protocol, hex digits]]}. Prints the number of packets sent.

Wrong on purpose, each in its own way: random bytes; every truncation of a good advert of priority 254 and of priority 0; good
ones with bits flipped; good ones with one wrong field and a right checksum. What would by accident be a good packet is left out.
"""

import ipaddress
import json
import random
import socket
import struct
import sys
import time

job = json.loads(sys.argv[1])
rng = random.Random(job["seed"])
V6 = job["family"] == 6
GROUP = "ff02::12" if V6 else "224.0.0.18"
VIP = ipaddress.ip_address(job["vip"]).packed
AH = job["auth"] == "AH"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(length):
    if job["version"] == 2:
        return b""
    ends = ipaddress.ip_address(job["source"]).packed + ipaddress.ip_address(GROUP).packed
    return ends + (struct.pack("!IHBB", length, 0, 0, 112) if V6 else struct.pack("!BBH", 0, 112, length))


def advert(priority=254, version=None, kind=1, count=1, interval=None, auth_type=None, password=None):
    version = job["version"] if version is None else version
    interval = job["interval"] if interval is None else interval
    head = struct.pack("!BBBB", version << 4 | kind, job["vrid"], priority, count)
    if job["version"] == 2:
        types = {"": 0, "PASS": 1, "AH": 2}
        auth_type = types[job["auth"]] if auth_type is None else auth_type
        secret = job["password"] if password is None else password
        data = secret.encode() if job["auth"] == "PASS" else b""
        middle, tail = struct.pack("!BB", auth_type, interval), VIP + data.ljust(8, b"\0")
    else:
        middle, tail = struct.pack("!H", interval), VIP
    body = head + middle + b"\0\0" + tail
    return head + middle + struct.pack("!H", checksum(pseudo(len(body)) + body)) + tail


def is_right(packet):
    return len(packet) >= 8 and checksum(pseudo(len(packet)) + packet) == 0


def wrong_field():
    kinds = [
        lambda: advert(version=rng.choice([0, 1, 4, 7, 15, 5 - job["version"]])),
        lambda: advert(kind=rng.choice([0, 2, 3, 15])),
        lambda: advert(count=rng.randrange(2, 256)),
    ]
    if job["version"] == 2:
        kinds.append(lambda: advert(interval=rng.randrange(job["interval"] + 1, 256)))
        kinds.append(lambda: advert(auth_type=rng.choice([3, 9, 255])))
        if job["auth"] == "PASS":
            kinds.append(lambda: advert(password="wrong%d" % rng.randrange(100)))
    return rng.choice(kinds)()


def payload():
    kind = rng.randrange(3)
    if kind == 0:
        data = bytearray(rng.randbytes(rng.randrange(0, 120)))
        if len(data) > 1 and rng.random() < 0.7:
            data[0] = job["version"] << 4 | 1
            data[1] = job["vrid"]
        return b"" if is_right(bytes(data)) else bytes(data)
    if kind == 1:
        data = bytearray(advert(rng.choice([0, 254])))
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return b"" if is_right(bytes(data)) else bytes(data)
    return wrong_field()


def with_ah(body):
    """An AH header whose ICV is random, or damaged in some other way; sometimes none at all."""
    if not AH or rng.random() < 0.1:
        return body
    spi = rng.choice([ipaddress.ip_address(job["source"]).packed, rng.randbytes(4)])
    length = rng.choice([4, 4, 4, rng.randrange(256)])
    header = struct.pack("!BBH", rng.choice([112, 112, rng.randrange(256)]), length, 0) + spi
    return header + struct.pack("!I", rng.randrange(1 << 32)) + rng.randbytes(12) + body


def opened(protocol):
    one = socket.socket(socket.AF_INET6 if V6 else socket.AF_INET, socket.SOCK_RAW, protocol)
    index = socket.if_nametoindex("eth0")
    if V6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    else:
        request = socket.inet_aton("0.0.0.0") + socket.inet_aton(job["source"]) + struct.pack("@i", index)
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return one


sockets = {}
sent = 0


def send(protocol, data, hops=255):
    global sent
    if protocol not in sockets:
        sockets[protocol] = opened(protocol)
    one = sockets[protocol]
    if V6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        one.sendto(data, (GROUP, 0, 0, socket.if_nametoindex("eth0")))
    else:
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        one.sendto(data, (GROUP, 0))
    sent += 1
    # Some 2,000 a second: the good adverts in between must not be lost in a full socket buffer.
    if sent % 25 == 0:
        time.sleep(0.01)


own = 51 if AH else 112
for protocol, digits in job["hex"]:
    send(protocol, bytes.fromhex(digits))
for priority in (0, 254):
    good = advert(priority)
    for length in range(len(good)):
        send(own, with_ah(good[:length]) if AH else good[:length])
    if not AH:
        for hops in (1, 64, 254):
            send(own, good, hops)
while sent < job["count"]:
    send(own, with_ah(payload()))
print(sent)
