#!/usr/bin/env python3
"""A VRRP router with keepalived 2.4's auth_hmac, as far as the tests need one: written from the description of the format, with
nothing of Vigil in it.

    hmac-peer.py send --source A --destination B --vip V --key HEX …   one JSON line for each advert sent
    hmac-peer.py watch --key ID=HEX …                                  one JSON line for each advert heard on eth0
"""
import argparse
import hashlib
import hmac
import ipaddress
import json
import socket
import struct
import sys
import time


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def digest(key, source, pdu, prefix):
    """First 16 bytes of HMAC-SHA256 over pseudo-header, PDU without checksum, first 12 bytes of the trailer, 16 zeros."""
    family = 4 if len(source) == 4 else 6
    pseudo = bytes([family, pdu[0] >> 4, pdu[1], 0]) + source.ljust(16, b"\0")
    message = pseudo + pdu[:6] + b"\0\0" + pdu[8:] + prefix + bytes(16)
    return hmac.new(key, message, hashlib.sha256).digest()[:16]


def send(options):
    source, destination = ipaddress.ip_address(options.source), ipaddress.ip_address(options.destination)
    four = source.version == 4
    vips = b"".join(ipaddress.ip_address(vip).packed for vip in options.vip)
    sender = socket.socket(socket.AF_INET if four else socket.AF_INET6, socket.SOCK_RAW, 112)
    sender.setsockopt(socket.SOL_SOCKET, 25, b"eth0\0")  # SO_BINDTODEVICE
    if four:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    else:
        # The kernel puts the checksum in, as it does for keepalived.
        sender.setsockopt(socket.IPPROTO_IPV6, 7, 6)  # IPV6_CHECKSUM
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, options.ttl)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, options.ttl)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 0xC0)
        sender.bind((options.source, 0, 0, socket.if_nametoindex("eth0") if source.is_link_local else 0))
    key = bytes.fromhex(options.key)
    last = 0
    for number in range(1, options.count + 1):
        priority = 0 if options.resign and number == options.count else options.priority
        head = struct.pack("!BBBB", options.version << 4 | 1, options.vrid, priority, len(options.vip))
        interval = struct.pack("!H", options.interval) if options.version == 3 else bytes([0, options.interval // 100])
        pdu = head + interval + bytes(2) + vips + (bytes(8) if options.version == 2 else b"")
        if four:
            pseudo = source.packed + destination.packed + struct.pack("!HH", 112, len(pdu)) if options.version == 3 else b""
            pdu = pdu[:6] + struct.pack("!H", checksum(pseudo + pdu)) + pdu[8:]
        now = time.time() + options.skew
        sequence = max((int(now) << 32) | (int(now % 1 * 65536) << 16), last + 1)
        if not options.replay or last == 0:
            last = sequence
        trailer = b""
        if not options.bare:
            prefix = struct.pack("!BBHQ", options.type, options.key_id, 0, last)
            trailer = prefix + digest(key, source.packed, pdu, prefix)
        payload = pdu + trailer
        if four:
            header = struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(payload), number, 0, options.ttl, 112, 0)
            sender.sendto(header + source.packed + destination.packed + payload, (options.destination, 0))
        else:
            sender.sendto(payload, (options.destination, 0, 0, socket.if_nametoindex("eth0")))
        said = {"priority": priority, "keyId": options.key_id, "seconds": last >> 32}
        said |= {"subseconds": last >> 16 & 0xFFFF, "counter": last & 0xFFFF}
        print(json.dumps(said), flush=True)
        if number < options.count:
            time.sleep(options.interval / 100)


def watch(options):
    keys = {int(pair.split("=")[0]): bytes.fromhex(pair.split("=")[1]) for pair in options.keys}
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    tap.bind(("eth0", 3))
    print(json.dumps({"watching": True}), flush=True)
    while True:
        packet, about = tap.recvfrom(65535)
        if about[2] == socket.PACKET_OUTGOING or not packet:
            continue
        if packet[0] >> 4 == 4 and packet[9] == 112:
            size, start = 4, (packet[0] & 15) * 4
            source, destination = packet[12:16], packet[16:20]
            payload = packet[start : int.from_bytes(packet[2:4], "big")]
        elif packet[0] >> 4 == 6 and packet[6] == 112:
            size, source, destination = 16, packet[8:24], packet[24:40]
            payload = packet[40 : 40 + int.from_bytes(packet[4:6], "big")]
        else:
            continue
        length = 8 + payload[3] * size + (8 if payload[0] >> 4 == 2 else 0)
        pdu, trailer = payload[:length], payload[length:]
        said = {"from": str(ipaddress.ip_address(source)), "vrid": pdu[1], "priority": pdu[2], "trailer": len(trailer)}
        if size == 4:
            pseudo = source + destination + struct.pack("!HH", 112, length) if pdu[0] >> 4 == 3 else b""
            said["checksum"] = checksum(pseudo + pdu) == 0
        else:
            pseudo = source + destination + struct.pack("!II", len(payload), 112)
            said["checksum"] = checksum(pseudo + payload) == 0
        if len(trailer) == 28:
            kind, key_id, reserved, sequence = struct.unpack("!BBHQ", trailer[:12])
            key = keys.get(key_id)
            valid = key is not None and trailer[12:] == digest(key, source, pdu, trailer[:12])
            said |= {"valid": valid and kind == 1 and reserved == 0, "keyId": key_id, "sequence": sequence}
            said["skew"] = round(time.time() - (sequence >> 32), 3)
        print(json.dumps(said), flush=True)


arguments = argparse.ArgumentParser()
commands = arguments.add_subparsers(required=True)
sending = commands.add_parser("send")
sending.set_defaults(run=send)
sending.add_argument("--source", required=True)
sending.add_argument("--destination", required=True)
sending.add_argument("--vip", action="append", default=[])
sending.add_argument("--version", type=int, default=3)
sending.add_argument("--vrid", type=int, default=51)
sending.add_argument("--priority", type=int, default=100)
sending.add_argument("--interval", type=int, default=100, help="centiseconds")
sending.add_argument("--ttl", type=int, default=255)
sending.add_argument("--count", type=int, default=1)
sending.add_argument("--resign", action="store_true", help="the last advert has priority 0")
sending.add_argument("--key", required=True, help="hexadecimal digits")
sending.add_argument("--key-id", type=int, default=1)
sending.add_argument("--type", type=int, default=1)
sending.add_argument("--skew", type=float, default=0, help="seconds that the clock is ahead")
sending.add_argument("--replay", action="store_true", help="one sequence for all adverts")
sending.add_argument("--bare", action="store_true", help="no trailer")
watching = commands.add_parser("watch")
watching.set_defaults(run=watch)
watching.add_argument("--key", dest="keys", action="append", default=[], help="ID=HEX")
chosen = arguments.parse_args()
try:
    chosen.run(chosen)
except KeyboardInterrupt:
    sys.exit(0)
