#include "version.h"

#include <linux/version.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* src/daemon/version.ts says the same; a test compares the two. */
#define VIGIL_VERSION "0.1.0"
#define VIGIL_DATE "11/24,2026"
#define COMPATIBILITY_VERSION "2.2.7"
#define COMPATIBILITY_FILE "/etc/vigil/compatibility-version"
#define CONFIGURE_OPTIONS "--enable-json --enable-sha1 --enable-regex --with-init=systemd"
#define FEATURES "NFTABLES REGEX VRRP VRRP_AUTH VRRP_VMAC JSON OLD_CHKSUM_COMPAT INIT=systemd SYSTEMD_NOTIFY"

#define VERSION_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.+~-"

/* Copies the version in the first line of the text, without a leading v; false when there is none. */
static bool find_version(const char *text, char *version, size_t size) {
  text += strspn(text, " \t");
  if (*text == 'v') text++;
  size_t length = strspn(text, VERSION_CHARACTERS);
  const char *rest = text + length + strspn(text + length, " \t\r");
  if (text[0] < '0' || text[0] > '9' || length >= size || (*rest != '\0' && *rest != '\n')) return false;
  memcpy(version, text, length);
  version[length] = '\0';
  return true;
}

/* Copies the first line of a file that begins with this; false when there is none. */
static bool find_line(const char *path, const char *beginning, char *line, size_t size) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  bool found = false;
  while (!found && fgets(line, (int)size, file) != NULL) {
    found = strncmp(line, beginning, strlen(beginning)) == 0;
    if (!found && *beginning == '\0') break;
  }
  fclose(file);
  return found;
}

static const char *compatibility_version(void) {
  static char version[64];
  char line[256];
  const char *wanted = getenv("VIGIL_COMPAT_VERSION");
  if (wanted != NULL && find_version(wanted, version, sizeof version)) return version;
  if (find_line(COMPATIBILITY_FILE, "", line, sizeof line) && find_version(line, version, sizeof version)) return version;
  return COMPATIBILITY_VERSION;
}

/* PRETTY_NAME of os-release(5) without quotes; NULL when there is none. */
static const char *distribution(void) {
  static char line[256];
  if (!find_line("/etc/os-release", "PRETTY_NAME=", line, sizeof line)) return NULL;
  char *name = line + strlen("PRETTY_NAME=");
  name[strcspn(name, "\n")] = '\0';
  size_t length = strlen(name);
  if (length < 2 || name[0] != '"' || name[length - 1] != '"') return name;
  name[length - 1] = '\0';
  return name + 1;
}

int tell_version(void) {
  struct utsname kernel;
  if (uname(&kernel) != 0) memset(&kernel, 0, sizeof kernel);
  const char *name = distribution();
  int code = LINUX_VERSION_CODE;
  fprintf(stderr, "Keepalived v%s (%s)\n\n", compatibility_version(), VIGIL_DATE);
  fprintf(stderr, "Vigil %s is a reimplementation of keepalived's VRRP part and shares no code with it\n\n", VIGIL_VERSION);
  fprintf(stderr, "Built with kernel headers for Linux %d.%d.%d\n", code >> 16, code >> 8 & 0xff, code & 0xff);
  fprintf(stderr, "Running on Linux %s %s\n", kernel.release, kernel.version);
  if (name != NULL) fprintf(stderr, "Distro: %s\n", name);
  fprintf(stderr, "\nconfigure options: %s\n\nConfig options:  %s\n\nSystem options: \n\n", CONFIGURE_OPTIONS, FEATURES);
  return 0;
}

int tell_signal(const char *name) {
  const struct {
    const char *name;
    int number;
  } signals[] = {{"STOP", SIGTERM}, {"RELOAD", SIGHUP},           {"DATA", SIGUSR1},
                 {"STATS", SIGUSR2}, {"STATS_CLEAR", SIGRTMAX - 1}, {"JSON", SIGRTMIN + 2}};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    if (strcmp(signals[i].name, name) != 0) continue;
    printf("%d\n", signals[i].number);
    return fflush(stdout) == 0 ? 0 : 1;
  }
  fprintf(stderr, "Unknown sigfunc %s\n", name);
  return 1;
}
