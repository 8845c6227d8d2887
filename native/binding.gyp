{
  "targets": [
    {
      "target_name": "vigil_native",
      "sources": [
        "addon.c", "arguments.c", "error.c", "socket.c", "batch.c", "poll.c", "timer.c", "thread.c",
        "fifo.c", "signal.c", "output.c", "process.c", "inotify.c", "link.c", "channel.c"
      ],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"]
    },
    {
      "target_name": "vigil_early_signals",
      "type": "loadable_module",
      "sources": ["early-signals.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"]
    },
    {
      "target_name": "keepalived",
      "type": "executable",
      "sources": [
        "confine.c", "parent/main.c", "parent/background.c", "parent/child.c", "parent/command-line.c", "parent/control.c",
        "parent/environment.c", "parent/find-node.c", "parent/guard.c", "parent/ledger.c", "parent/pid-files.c",
        "parent/respawn-delay.c", "parent/say.c", "parent/start-program.c", "parent/starter.c", "parent/supervise.c",
        "parent/undo.c", "parent/version.c"
      ],
      "defines": ["_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    },
    {
      "target_name": "vigil_starter",
      "type": "executable",
      "sources": ["parent/starter-main.c", "parent/environment.c", "parent/start-program.c", "parent/starter.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    }
  ]
}
