#include "command-line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

enum { SIGNUM = 256, ALL, CONFIG_FD, IGNORE_SIGINT, FLUSH };

static const char letters[] = ":f:PCBlDS:g::Gu:XVIRndp:r:Tc:ab:xA:s:mM::ei:t::vh";

static const struct option names[] = {
    {"use-file", required_argument, NULL, 'f'},
    {"vrrp", no_argument, NULL, 'P'},
    {"check", no_argument, NULL, 'C'},
    {"no_bfd", no_argument, NULL, 'B'},
    {"all", no_argument, NULL, ALL},
    {"log-console", no_argument, NULL, 'l'},
    {"log-detail", no_argument, NULL, 'D'},
    {"log-facility", required_argument, NULL, 'S'},
    {"log-file", optional_argument, NULL, 'g'},
    {"flush-log-file", no_argument, NULL, FLUSH},
    {"no-syslog", no_argument, NULL, 'G'},
    {"umask", required_argument, NULL, 'u'},
    {"release-vips", no_argument, NULL, 'X'},
    {"dont-release-vrrp", no_argument, NULL, 'V'},
    {"dont-release-ipvs", no_argument, NULL, 'I'},
    {"dont-respawn", no_argument, NULL, 'R'},
    {"dont-fork", no_argument, NULL, 'n'},
    {"dump-conf", no_argument, NULL, 'd'},
    {"pid", required_argument, NULL, 'p'},
    {"vrrp_pid", required_argument, NULL, 'r'},
    {"genhash", no_argument, NULL, 'T'},
    {"checkers_pid", required_argument, NULL, 'c'},
    {"address-monitoring", no_argument, NULL, 'a'},
    {"bfd_pid", required_argument, NULL, 'b'},
    {"snmp", no_argument, NULL, 'x'},
    {"snmp-agent-socket", required_argument, NULL, 'A'},
    {"namespace", required_argument, NULL, 's'},
    {"core-dump", no_argument, NULL, 'm'},
    {"core-dump-pattern", optional_argument, NULL, 'M'},
    {"all-config", no_argument, NULL, 'e'},
    {"config-id", required_argument, NULL, 'i'},
    {"signum", required_argument, NULL, SIGNUM},
    {"config-test", optional_argument, NULL, 't'},
    {"config-fd", required_argument, NULL, CONFIG_FD},
    {"ignore-sigint", no_argument, NULL, IGNORE_SIGINT},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* As in keepalived: [local]0 to 7, user, else daemon. */
static int facility_of(const char *name) {
  const char *digit = strncmp(name, "local", 5) == 0 ? name + 5 : name;
  if (digit[0] >= '0' && digit[0] <= '7' && digit[1] == '\0') return (16 + (digit[0] - '0')) << 3;
  return strcmp(name, "user") == 0 ? LOG_USER : LOG_DAEMON;
}

/* False where reading ends: the action is known. */
static bool take(struct command_line *line, int option) {
  switch (option) {
    case 'v': line->action = TELL_VERSION; return false;
    case SIGNUM:
      line->action = TELL_SIGNAL;
      line->signal_name = optarg;
      return false;
    /* A mistake is told by Node.js, which reads everything once more. */
    case '?':
    case ':':
    case 'h':
    case 'T': line->action = RUN_NODE_ONLY; return false;
    case 't': line->action = RUN_NODE_ONLY; break;
    case 'n': line->foreground = true; break;
    case 'R': line->respawn = false; break;
    case 'l': line->console = true; break;
    case 'G': line->facility = -1; break;
    case 'S':
      if (line->facility >= 0) line->facility = facility_of(optarg);
      break;
    case 's': line->network_namespace = optarg; break;
    case 'm':
    case 'M': line->core_dumps = true; break;
    case IGNORE_SIGINT: line->ignore_interrupt = true; break;
    default: break;
  }
  return true;
}

struct command_line read_command_line(int argc, char *const *argv) {
  struct command_line line = {.action = RUN_DAEMON, .respawn = true, .facility = LOG_DAEMON};
  /* getopt_long(3) sorts what it reads. */
  char **copy = calloc((size_t)argc + 1, sizeof *copy);
  if (copy == NULL) return (struct command_line){.action = RUN_NODE_ONLY};
  memcpy(copy, argv, (size_t)argc * sizeof *copy);
  opterr = 0;
  bool more = true;
  while (more) {
    int option = getopt_long(argc, copy, letters, names, NULL);
    if (option < 0) break;
    more = take(&line, option);
  }
  free(copy);
  if (!line.foreground) line.console = false;
  return line;
}
