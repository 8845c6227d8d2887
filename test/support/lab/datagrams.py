"""Listens on a UNIX datagram socket and prints each datagram as one line of JSON; `PATH stuck` never reads."""

import json
import socket
import sys
import time

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
path = sys.argv[1]
listener.bind("\0" + path[1:] if path.startswith("@") else path)
print("listening", flush=True)
while sys.argv[2:] == ["stuck"]:
    time.sleep(60)
while True:
    print(json.dumps(listener.recv(65536).decode()), flush=True)
