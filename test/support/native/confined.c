/* confined child|parent PROGRAM [ARGUMENT...]: confines itself as that process, says on standard error what it could not, and runs it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"

int main(int argc, char **argv) {
  struct confinement reached;
  char gaps[256];
  if (argc < 3) return 2;
  if (strcmp(argv[1], "child") == 0) {
    confine_child(&reached);
  } else {
    confine_parent(&reached);
  }
  if (confinement_gaps(&reached, gaps, sizeof gaps) > 0) fprintf(stderr, "%s\n", gaps);
  execvp(argv[2], argv + 2);
  return 127;
}
