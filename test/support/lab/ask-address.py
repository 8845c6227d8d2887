"""Asks a LAN for an IP address again and again, ARP (RFC 826) or neighbour solicitation (RFC 4861), and tells who answers.

ask-address.py INTERFACE ADDRESS INTERVAL_MS FILE: writes a line `asking` when the first question is out, and at SIGTERM a file of JSON:
`asked`, the times of all questions, s since 1970, and `answers`, a list of [number of the question, MAC, time]. A question has a source
address that the next 15 do not have, so that an answer names its question. There are no more, as a kernel keeps some 1,000
neighbours for all of its network namespaces, and answers nobody else.
"""
import json
import select
import signal
import socket
import struct
import sys
import time

interface, address, interval = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
ipv6 = ":" in address
ETH_P_ARP, ETH_P_IPV6 = 0x0806, 0x86DD
SOURCES = 16
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IPV6 if ipv6 else ETH_P_ARP))
link.bind((interface, 0))
link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
mac = link.getsockname()[4]
target = socket.inet_pton(socket.AF_INET6 if ipv6 else socket.AF_INET, address)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def question(number):
    if not ipv6:
        # 10.77.64.0/24: nobody's addresses.
        source = struct.pack("!BBBB", 10, 77, 64, number % SOURCES)
        body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + source + bytes(6) + target
        return b"\xff" * 6 + mac + struct.pack("!H", ETH_P_ARP) + body
    source = target[:8] + struct.pack("!HIH", 0xA5C, number % SOURCES, 1)
    group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
    icmp = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + mac
    total = checksum(source + group + struct.pack("!II", len(icmp), 58) + icmp)
    icmp = icmp[:2] + struct.pack("!H", total) + icmp[4:]
    header = struct.pack("!IHBB", 6 << 28, len(icmp), 58, 255) + source + group
    return b"\x33\x33" + group[12:] + mac + struct.pack("!H", ETH_P_IPV6) + header + icmp


def answer(frame):
    """Source that was asked from, and MAC; None for any other frame."""
    if not ipv6:
        if len(frame) < 42 or frame[20:22] != b"\x00\x02" or frame[28:32] != target or frame[38:40] != b"\x0a\x4d":
            return None
        return frame[41], frame[22:28].hex(":")
    if len(frame) < 78 or frame[20] != 58 or frame[54] != 136 or frame[62:78] != target or frame[38:46] != target[:8]:
        return None
    return frame[51], frame[6:12].hex(":")


running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
asked, answers = [], []
due = time.monotonic()
while running:
    now = time.monotonic()
    if now >= due:
        link.send(question(len(asked)))
        if not asked:
            print("asking", flush=True)
        asked.append(time.time())
        due = max(due + interval, now)
        continue
    if select.select([link], [], [], max(0, due - now))[0]:
        found = answer(link.recv(2048))
        if found is not None:
            source, answerer = found
            # The last question from there.
            number = len(asked) - 1 - (len(asked) - 1 - source) % SOURCES
            answers.append([number, answerer, time.time()])
with open(sys.argv[4], "w") as report:
    json.dump({"asked": asked, "answers": answers}, report)
