#include "say.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static bool to_console;
static int to_facility = -1;

void say_to(bool console, int facility) {
  to_console = console;
  to_facility = facility;
}

static void write_console(const char *text, const struct tm *now) {
  char stamp[32], line[640];
  strftime(stamp, sizeof stamp, "%a %b %e %H:%M:%S %Y", now);
  int length = snprintf(line, sizeof line, "%s: %s\n", stamp, text);
  struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (length <= 0 || poll(&writable, 1, 0) != 1) return;
  size_t bytes = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
  if (write(STDERR_FILENO, line, bytes) < 0) return;
}

/* Not syslog(3), which waits for a daemon that does not read. */
static void write_syslog(const char *text, const struct tm *now) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  char stamp[32], line[640];
  strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", now);
  int length = snprintf(line, sizeof line, "<%d>%s Keepalived[%d]: %s", to_facility | LOG_INFO, stamp, (int)getpid(), text);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return;
  size_t bytes = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
  if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0) {
    (void)!send(descriptor, line, bytes, MSG_NOSIGNAL);
  }
  close(descriptor);
}

void say(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  time_t seconds = time(NULL);
  struct tm now;
  if (localtime_r(&seconds, &now) == NULL) memset(&now, 0, sizeof now);
  if (to_console) write_console(text, &now);
  if (to_facility >= 0) write_syslog(text, &now);
}
