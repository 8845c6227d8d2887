{
  "targets": [
    {
      "target_name": "vigil_native",
      "sources": [
        "addon.c", "arguments.c", "error.c", "socket.c", "batch.c", "poll.c", "timer.c", "thread.c",
        "fifo.c", "signal.c", "output.c", "process.c", "inotify.c", "link.c"
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
      "target_name": "vigil_init",
      "type": "executable",
      "sources": ["init.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    },
    {
      "target_name": "vigil_guardian",
      "type": "executable",
      "sources": ["guardian.c"],
      "defines": ["_GNU_SOURCE"],
      "cflags_c": ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    }
  ]
}
