/* Starting one program as a user. */
#ifndef VIGIL_START_PROGRAM_H
#define VIGIL_START_PROGRAM_H

#include <stdint.h>
#include <sys/types.h>

struct program {
  char *const *argv; /* the first word is searched in PATH */
  uint32_t uid;
  uint32_t gid;
  uint16_t umask;
  int stdio[3]; /* -1: /dev/null */
};

/*
 * Starts it in a session of its own, with no other descriptors, signals or capabilities than a login of that user would give it.
 * Returns its pid, or -1 with errno. From `failure`, which does not block, an errno can be read when it could not be executed, else
 * the end of file.
 */
pid_t start_program(const struct program *program, int *failure);

#endif
