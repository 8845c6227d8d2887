/*
 * vigil_starter: the starter of scripts alone, for programs that have no parent: tests, and the operator's commands. Its channel is
 * descriptor 3.
 */
#include <fcntl.h>

#include "starter.h"

int main(void) {
  (void)fcntl(3, F_SETFD, FD_CLOEXEC);
  serve_starts(3);
}
