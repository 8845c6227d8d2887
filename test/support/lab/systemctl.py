"""systemctl for hosts of the lab, which have no systemd: does what the unit file says, as far as a service manager would.

systemctl.py start|stop|reload|status|disable NAME

STANDIN_UNIT is the unit file, STANDIN_STATE a folder for what it remembers, STANDIN_ROOT replaces /usr/sbin of ExecStart.
"""

import os
import signal
import socket
import subprocess
import sys
import time

STATE = os.environ["STANDIN_STATE"]
PID = os.path.join(STATE, "main.pid")
START_LIMIT = 60


def unit():
    settings = {}
    with open(os.environ["STANDIN_UNIT"]) as lines:
        for line in lines:
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                settings.setdefault(name, value)
    return settings


def environment(settings):
    """Variables of EnvironmentFile=, whose leading minus allows it to be absent."""
    path = settings.get("EnvironmentFile", "").removeprefix("-")
    found = {}
    if os.path.exists(path):
        with open(path) as lines:
            for line in lines:
                name, equals, value = line.strip().partition("=")
                if equals and not name.startswith("#"):
                    found[name] = value.strip('"')
    return found


def main_pid():
    """The daemon's pid while it runs; a zombie of this container's process 1 does not."""
    try:
        with open(PID) as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/stat") as file:
            return pid if file.read().rpartition(")")[2].split()[0] != "Z" else None
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None


def start():
    settings = unit()
    needed = settings["ConditionFileNotEmpty"]
    if not os.path.exists(needed) or os.path.getsize(needed) == 0 or main_pid() is not None:
        return 0
    assert settings["Type"] == "notify"
    path = os.path.join(STATE, "notify")
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(START_LIMIT)
    variables = environment(settings)
    words = []
    for word in settings["ExecStart"].split():
        words += variables.get(word[1:], "").split() if word.startswith("$") else [word]
    words[0] = words[0].replace("/usr/sbin", os.environ["STANDIN_ROOT"])
    with open(os.path.join(STATE, "log"), "a") as log:
        daemon = subprocess.Popen(
            words,
            env={**os.environ, **variables, "NOTIFY_SOCKET": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while True:
        if daemon.poll() is not None:
            return 1
        try:
            if b"READY=1" in listener.recv(4096).split(b"\n"):
                break
        except TimeoutError:
            daemon.kill()
            return 1
    with open(PID, "w") as file:
        file.write(str(daemon.pid))
    return 0


def stop():
    pid = main_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
    while main_pid() is not None:
        time.sleep(0.05)
    return 0


def reload():
    pid = main_pid()
    if pid is None:
        return 1
    command = unit()["ExecReload"]
    return subprocess.run(["sh", "-c", command], env={**os.environ, "MAINPID": str(pid)}).returncode


VERBS = {
    "start": start,
    "stop": stop,
    "reload": reload,
    "status": lambda: 0 if main_pid() is not None else 3,
    "disable": lambda: 0,
}

sys.exit(VERBS[sys.argv[1]]())
