/* fuzz-command-line INPUTS SEED: words of all kinds for what the parent reads of the command line. */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parent/command-line.h"

static uint32_t state;

/* xorshift32 */
static uint32_t chance(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

int main(int argc, char **argv) {
  static const char *const words[] = {"-n",  "-nlDG", "-f",        "k.conf",    "--",        "--signum=", "--signum=DATA", "-S",
                                      "local7", "--log-facility", "-t", "-tx",  "-M",        "-Mx",       "--version",     "--vers",
                                      "-",   "",      "--nonsense", "-s",       "--namespace=", "-m",     "-g",            "-glog"};
  if (argc != 3) return 2;
  state = (uint32_t)strtoul(argv[2], NULL, 10) * 2654435761u + 1;
  for (long inputs = strtol(argv[1], NULL, 10); inputs > 0; inputs--) {
    char *line[12] = {(char *)"keepalived"};
    int count = 1 + (int)chance(10);
    for (int i = 1; i < count; i++) {
      char *word = malloc(24);
      if (chance(3) == 0) {
        size_t length = chance(23);
        for (size_t at = 0; at < length; at++) word[at] = chance(4) == 0 ? '-' : (char)(1 + chance(255));
        word[length] = '\0';
      } else {
        strcpy(word, words[chance(sizeof words / sizeof *words)]);
      }
      line[i] = word;
    }
    /* getopt(3) begins anew. */
    optind = 0;
    struct command_line read = read_command_line(count, line);
    if (read.action == TELL_SIGNAL && strlen(read.signal_name) > 24) return 1;
    for (int i = 1; i < count; i++) free(line[i]);
  }
  return 0;
}
