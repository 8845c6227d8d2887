"""Waits for dump files as a caller of keepalived does that watches the folder with inotify(7).

Usage: wait_for_close.py PID SIGNAL FOLDER NAME
Starts to watch FOLDER, sends SIGNAL (a number) to PID, and waits for IN_CLOSE_WRITE of NAME. Prints the events of NAME, one
word each, and then what the file holds at that moment. Status 1 when there is no such event in 10 s.
"""

import ctypes
import os
import select
import struct
import sys
import time

IN_CLOSE_WRITE = 0x8
EVENTS = {0x2: "MODIFY", IN_CLOSE_WRITE: "CLOSE_WRITE", 0x80: "MOVED_TO", 0x100: "CREATE"}

pid, signal, folder, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_NONBLOCK)
if watch < 0 or libc.inotify_add_watch(watch, folder.encode(), sum(EVENTS)) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.kill(pid, signal)
end = time.monotonic() + 10
while time.monotonic() < end:
    if not select.select([watch], [], [], end - time.monotonic())[0]:
        break
    data = os.read(watch, 65536)
    while data:
        _, mask, _, length = struct.unpack("iIII", data[:16])
        found, data = data[16 : 16 + length].rstrip(b"\0").decode(), data[16 + length :]
        if found != name:
            continue
        print(next((word for bit, word in EVENTS.items() if mask & bit), mask))
        if mask & IN_CLOSE_WRITE:
            print(open(os.path.join(folder, name)).read(), end="")
            sys.exit(0)
sys.exit("no IN_CLOSE_WRITE of " + name)
