#include "environment.h"

#include <stdlib.h>

static const char *const unsafe[] = {
    "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_REPL_EXTERNAL_MODULE", "NODE_V8_COVERAGE", "NODE_ICU_DATA",
    "NODE_COMPILE_CACHE", "NODE_REDIRECT_WARNINGS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_DEBUG", "NODE_DEBUG_NATIVE",
    "NODE_CHANNEL_FD", "NODE_USE_SYSTEM_CA", "NODE_USE_ENV_PROXY", "NODE_PENDING_DEPRECATION", "NODE_NO_WARNINGS",
    "NODE_PENDING_PIPE_INSTANCES", "NODE_UNIQUE_ID", "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES",
    "OPENSSL_ENGINES", "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "GCONV_PATH", "LD_PRELOAD", "LD_LIBRARY_PATH",
    "LD_AUDIT", "LD_DEBUG", "LD_DEBUG_OUTPUT", "LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_BIND_NOW", "LD_BIND_NOT",
    "LD_ORIGIN_PATH", "LD_HWCAP_MASK", "LD_DYNAMIC_WEAK", "LD_USE_LOAD_BIAS", "LD_ASSUME_KERNEL", "GLIBC_TUNABLES",
    "UV_USE_IO_URING"};

static const char *const own[] = {"IFS",         "LD_PRELOAD",     "LD_LIBRARY_PATH", "NOTIFY_SOCKET",  "WATCHDOG_USEC",
                                  "WATCHDOG_PID", "VIGIL_ARGV0",   "VIGIL_CHANNELS",  "VIGIL_FOLDER",   "VIGIL_NAMESPACE",
                                  "VIGIL_UNCONFINED"};

void drop_unsafe_variables(void) {
  for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++) unsetenv(unsafe[i]);
}

void drop_own_variables(void) {
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) unsetenv(own[i]);
}
