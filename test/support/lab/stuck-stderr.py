"""Runs a program whose standard error is a small pipe that nobody reads until SIGUSR1 arrives; then prints what comes."""

import fcntl
import os
import signal
import subprocess
import sys

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
reading, writing = os.pipe()
fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
unblock = lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
child = subprocess.Popen(sys.argv[1:], stderr=writing, preexec_fn=unblock)
os.close(writing)
print("pid", child.pid, flush=True)
signal.sigwait([signal.SIGUSR1])
while data := os.read(reading, 65536):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
sys.exit(child.wait())
