/* Pid files as keepalived writes them. Each is locked for as long as this process lives: of any number of starts one gets it. */
#ifndef VIGIL_PID_FILES_H
#define VIGIL_PID_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PID_FILES_MOST 8

enum claim_result { CLAIM_DONE = 0, CLAIM_RUNS = 1, CLAIM_FAILED = 2 };
enum claim_note { NOTE_NONE = 0, NOTE_GONE = 1, NOTE_UNREADABLE = 2 };

/* Claims a file and writes the pid to it; `value` is the pid of the keepalived that runs, or an errno. One that is ours is written anew. */
enum claim_result claim_pid_file(const char *path, pid_t pid, int32_t *value, enum claim_note *note);

/* Gives up and removes all that are ours. */
void remove_pid_files(void);

#endif
