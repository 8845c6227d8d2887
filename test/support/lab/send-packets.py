"""Sends IP packets as they are, in Ethernet frames out of eth0: only the checksum of the IPv4 header is made right.

Arguments: packets as hexadecimal digits, from the IP header on; COUNT/SECONDS first sends them so many times, with so long
in between. Multicast goes to the group's MAC address, the rest to everybody.
"""

import socket
import struct
import sys
import time

sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("eth0", 0))
own = sender.getsockname()[4]

packets = sys.argv[1:]
count, pause = 1, 0.0
if "/" in packets[0]:
    words = packets.pop(0).split("/")
    count, pause = int(words[0]), float(words[1])
started = time.monotonic()

for number, digits in enumerate(packets * count):
    time.sleep(max(0, started + number // len(packets) * pause - time.monotonic()))
    packet = bytearray.fromhex(digits)
    if packet[0] >> 4 == 4:
        kind, target = b"\x08\x00", bytes(packet[16:20])
        mac = b"\x01\x00\x5e" + bytes([target[1] & 0x7F]) + target[2:] if target[0] >> 4 == 14 else b"\xff" * 6
        packet[10:12] = bytes(2)
        total = sum(struct.unpack("!10H", packet[:20]))
        total = (total & 0xFFFF) + (total >> 16)
        packet[10:12] = struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    else:
        kind, target = b"\x86\xdd", bytes(packet[24:40])
        mac = b"\x33\x33" + target[12:] if target[0] == 0xFF else b"\xff" * 6
    sender.send(mac + own + kind + bytes(packet))
