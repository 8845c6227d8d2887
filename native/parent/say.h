/* The parent's own lines of the log. It has few: the child writes all others. */
#ifndef VIGIL_SAY_H
#define VIGIL_SAY_H

#include <stdbool.h>

/* Where lines are written to, as the command line says. `facility` as in syslog(3), shifted; negative: not to syslog. */
void say_to(bool console, int facility);

/* Writes a line and never waits: a target that takes nothing now loses it. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

#endif
