"""Sends hellos of Vigil nodes that nobody may believe, until it is killed.

Arguments: one JSON object, {"target": address, "vip": address, "vrid": 51, "sources": [[address, ttl], ...], "count": rounds or 0
for ever, "gap": seconds between rounds}. Each round has one datagram of each source: the hello of Vigil 0.1, and a newer one
without a signature, all saying "not fit". Prints "sending" after the first round, and the number of datagrams at its end.
"""

import ipaddress
import json
import socket
import struct
import sys
import time

job = json.loads(sys.argv[1])
one = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
old = b"VIGL" + bytes([1, 0, job["vrid"], 4]) + ipaddress.ip_address(job["vip"]).packed


def field(kind, value):
    return bytes([kind, len(value)]) + value


def datagrams(source, number):
    packed = ipaddress.ip_address(source).packed
    stamp = field(1, packed) + field(2, b"evil" + packed) + field(3, struct.pack("!I", number)) + field(4, packed * 2)
    return [old, old + stamp + field(6, bytes([1, 100])) + field(7, b"forged")]


def packet(source, ttl, data):
    udp = struct.pack("!HHHH", 40000, 7112, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, ttl, 17, 0)
    return head + ipaddress.ip_address(source).packed + ipaddress.ip_address(job["target"]).packed + udp


sent = 0
rounds = 0
while job["count"] == 0 or rounds < job["count"]:
    rounds += 1
    for source, ttl in job["sources"]:
        for data in datagrams(source, rounds):
            one.sendto(packet(source, ttl, data), (job["target"], 0))
            sent += 1
    if rounds == 1:
        print("sending", flush=True)
    time.sleep(job["gap"])
print(sent)
