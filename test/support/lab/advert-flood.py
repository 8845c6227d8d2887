"""Sends good VRRPv2 adverts without authentication, as fast as asked.

Arguments: one JSON object, {"priority": 0…255, "vrid": 51, "vips": [addresses], "interval": seconds on the wire, "count": adverts,
"rate": adverts a second}. Prints the number of adverts sent.
"""

import ipaddress
import json
import socket
import struct
import sys
import time

job = json.loads(sys.argv[1])


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


addresses = b"".join(ipaddress.ip_address(vip).packed for vip in job["vips"])
head = struct.pack("!BBBBBB", 0x21, job["vrid"], job["priority"], len(job["vips"]), 0, job["interval"])
tail = addresses + bytes(8)
advert = head + struct.pack("!H", checksum(head + b"\0\0" + tail)) + tail

one = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
index = socket.if_nametoindex("eth0")
one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", bytes(4), bytes(4), index))
began = time.monotonic()
for sent in range(job["count"]):
    one.sendto(advert, ("224.0.0.18", 0))
    ahead = began + sent / job["rate"] - time.monotonic()
    if ahead > 0.01:
        time.sleep(ahead)
print(job["count"])
