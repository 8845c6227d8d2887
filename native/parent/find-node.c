#include "find-node.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of a checkout: where this program is built. */
#define BUILT "/native/build/Release/keepalived"

/* Searched when there is no PATH. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define OLDEST_MAJOR 20
#define OLDEST_MINOR 5

#if defined(__aarch64__)
#define PROCESSOR "arm64"
#else
#define PROCESSOR "x64"
#endif

static bool fail(const char *format, const char *what) {
  fprintf(stderr, "vigil: ");
  fprintf(stderr, format, what);
  fprintf(stderr, "\n");
  return false;
}

/* False when the path would be too long. */
static bool join(char *path, const char *folder, const char *rest) {
  int length = snprintf(path, PATH_MAX, "%s%s", folder, rest);
  return length > 0 && length < PATH_MAX;
}

/* The folder that has dist/: that of a checkout, else lib/vigil beside the folder of this program. */
static bool find_root(char *root) {
  char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) return fail("cannot find itself: /proc is not mounted (%s)", strerror(errno));
  self[length] = '\0';
  size_t end = strlen(self);
  if (end > strlen(BUILT) && strcmp(self + end - strlen(BUILT), BUILT) == 0) {
    self[end - strlen(BUILT)] = '\0';
    return join(root, self, "");
  }
  for (int i = 0; i < 2; i++) {
    char *slash = strrchr(self, '/');
    if (slash != NULL) *slash = '\0';
  }
  return join(root, self, "/lib/vigil");
}

static bool is_executable(const char *path) { return access(path, X_OK) == 0; }

static bool search_path(char *node) {
  const char *path = getenv("PATH");
  if (path == NULL || *path == '\0') path = DEFAULT_PATH;
  while (*path != '\0') {
    size_t length = strcspn(path, ":");
    int written = snprintf(node, PATH_MAX, "%.*s/node", (int)length, path);
    if (length > 0 && written < PATH_MAX && is_executable(node)) return true;
    path += length + (path[length] == ':');
  }
  return false;
}

/* What `node --version` writes; empty when it cannot be run. */
static void ask_version(const char *node, char *answer, size_t size) {
  int ends[2];
  answer[0] = '\0';
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl(node, node, "--version", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  ssize_t length = child < 0 ? -1 : read(ends[0], answer, size - 1);
  answer[length > 0 ? length : 0] = '\0';
  close(ends[0]);
  if (child > 0) waitpid(child, NULL, 0);
}

/* Node.js 22.14, 23.7 and newer can leave SIGUSR1 alone. */
static bool can_disable_signal(int major, int minor) {
  return major >= 24 || (major == 22 && minor >= 14) || (major == 23 && minor >= 7);
}

static bool require_version(struct installation *found) {
  char answer[64];
  int major = 0, minor = 0;
  ask_version(found->node, answer, sizeof answer);
  answer[strcspn(answer, "\n")] = '\0';
  if (sscanf(answer, "v%d.%d", &major, &minor) != 2) {
    return fail("cannot run %s: install Node.js 20.5 or newer, or set VIGIL_NODE to its path", found->node);
  }
  found->can_disable_signal = can_disable_signal(major, minor);
  if (major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR)) return true;
  char text[PATH_MAX + 128];
  snprintf(text, sizeof text, "%s is Node.js %s, too old", found->node, answer + 1);
  return fail("%s: install 20.5 or newer, or set VIGIL_NODE to its path", text);
}

/* A package brings the Node.js that it was built with, and takes no other. */
static bool find_node(struct installation *found, const char *root) {
  char *node = found->node;
  /* That of the lock file. */
  found->can_disable_signal = true;
  if (join(node, root, "/runtime/keepalived") && is_executable(node)) return true;
  const char *chosen = getenv("VIGIL_NODE");
  if (chosen != NULL && *chosen != '\0') return join(node, chosen, "") && require_version(found);
  if (join(node, root, "/node_modules/node-linux-" PROCESSOR "/bin/node") && is_executable(node)) return true;
  if (search_path(node)) return require_version(found);
  return fail("cannot run %s: install Node.js 20.5 or newer, or set VIGIL_NODE to its path", "node");
}

bool find_installation(struct installation *found) {
  char root[PATH_MAX];
  if (!find_root(root)) return false;
  if (!join(found->entry, root, "/dist/cli/keepalived.js") || access(found->entry, R_OK) != 0) {
    return fail("not built: run \"npm run build\" in %s", root);
  }
  return join(found->early, root, "/native/build/Release/vigil_early_signals.node") && find_node(found, root);
}
