#include "pid-files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a file is opened again because its owner removed it in between. */
#define TRIES 50

static struct {
  char path[PATH_MAX];
  int descriptor;
} ours[PID_FILES_MOST];
static size_t count;

/* Reads the beginning of a file of /proc; NULs become blanks. */
static bool read_process(pid_t pid, const char *name, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  ssize_t length = read(descriptor, text, size - 1);
  close(descriptor);
  if (length < 0) return false;
  text[length] = '\0';
  return true;
}

/*
 * True for another keepalived that runs, of ours or the real one. A process that is dead and only not yet waited for does not run; and
 * after a crash the number may have become that of a stranger, that must not keep us from starting: it may even be this
 * process or a child of it. Of the command line only the first word counts: an editor has the name in the others.
 */
static bool is_other_keepalived(pid_t pid) {
  char stat[512], name[256];
  if (!read_process(pid, "stat", stat, sizeof stat)) return false;
  const char *after = strrchr(stat, ')');
  char state;
  int parent;
  if (after == NULL || sscanf(after, ") %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X') return false;
  if (pid == getpid() || parent == getpid()) return false;
  if (read_process(pid, "comm", name, sizeof name) && strstr(name, "keepalived") != NULL) return true;
  return read_process(pid, "cmdline", name, sizeof name) && strstr(name, "keepalived") != NULL;
}

/* The pid in a file; 0: none is in it. */
static pid_t read_pid(int descriptor) {
  char text[32];
  ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  long number = strtol(text, NULL, 10);
  return number > 0 && number <= INT32_MAX ? (pid_t)number : 0;
}

static bool is_still_at(int descriptor, const char *path) {
  struct stat opened, named;
  return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

/* Opens and locks the file, which is made when it is not there. -1 with errno; EWOULDBLOCK: another process has it, `holder`. */
static int open_locked(const char *path, bool *made, pid_t *holder) {
  for (int i = 0; i < TRIES; i++) {
    int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int descriptor = open(path, flags | O_CREAT | O_EXCL, 0644);
    *made = descriptor >= 0;
    if (descriptor < 0 && errno == EEXIST) descriptor = open(path, flags);
    if (descriptor < 0 && errno == ENOENT) continue;
    if (descriptor < 0) return -1;
    struct stat status;
    int error = fstat(descriptor, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EINVAL;
    if (error == 0 && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      error = errno;
      *holder = read_pid(descriptor);
    }
    if (error == 0 && is_still_at(descriptor, path)) return descriptor;
    close(descriptor);
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  errno = EBUSY;
  return -1;
}

static bool write_pid(int descriptor, pid_t pid) {
  char text[16];
  int length = snprintf(text, sizeof text, "%d\n", (int)pid);
  /* Mode: whatever the umask is, tools of other users read it. */
  return ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text, (size_t)length, 0) == length &&
         fchmod(descriptor, 0644) == 0;
}

static enum claim_result failure(int descriptor, int32_t *value) {
  *value = errno;
  if (descriptor >= 0) close(descriptor);
  return CLAIM_FAILED;
}

enum claim_result claim_pid_file(const char *path, pid_t pid, int32_t *value, enum claim_note *note) {
  *note = NOTE_NONE;
  *value = 0;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(ours[i].path, path) == 0) return write_pid(ours[i].descriptor, pid) ? CLAIM_DONE : failure(-1, value);
  }
  if (count == PID_FILES_MOST || strlen(path) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return failure(-1, value);
  }
  bool made = false;
  pid_t before = 0;
  int descriptor = open_locked(path, &made, &before);
  if (descriptor < 0) {
    if (errno != EWOULDBLOCK) return failure(-1, value);
    *value = before;
    return CLAIM_RUNS;
  }
  if (!made) {
    before = read_pid(descriptor);
    if (before > 0 && is_other_keepalived(before)) {
      close(descriptor);
      *value = before;
      return CLAIM_RUNS;
    }
    *note = before == 0 ? NOTE_UNREADABLE : NOTE_GONE;
  }
  if (!write_pid(descriptor, pid)) return failure(descriptor, value);
  strcpy(ours[count].path, path);
  ours[count++].descriptor = descriptor;
  return CLAIM_DONE;
}

void remove_pid_files(void) {
  while (count > 0) {
    count--;
    if (is_still_at(ours[count].descriptor, ours[count].path)) unlink(ours[count].path);
    close(ours[count].descriptor);
  }
}
