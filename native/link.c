/* What drivers tell of their links: netdevice(7), linux/mii.h, linux/ethtool.h. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

static bool read_request(napi_env env, napi_callback_info info, int32_t *descriptor, struct ifreq *request) {
  napi_value arguments[2];
  memset(request, 0, sizeof *request);
  return read_arguments(env, info, 2, arguments) && read_int(env, arguments[0], "descriptor", descriptor) &&
         read_text(env, arguments[1], "name", request->ifr_name, sizeof request->ifr_name);
}

/* interfaceFlags(descriptor, name) → IFF_* of linux/if.h. */
napi_value interface_flags(napi_env env, napi_callback_info info) {
  int32_t descriptor;
  struct ifreq request;
  if (!read_request(env, info, &descriptor, &request)) return NULL;
  if (ioctl(descriptor, SIOCGIFFLAGS, &request) != 0) return throw_errno(env, errno, "ioctl SIOCGIFFLAGS");
  return int_value(env, (uint16_t)request.ifr_flags);
}

/* ethtoolLink(descriptor, name) → ETHTOOL_GLINK: 1 for a link, 0 for none. */
napi_value ethtool_link(napi_env env, napi_callback_info info) {
  int32_t descriptor;
  struct ifreq request;
  struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
  if (!read_request(env, info, &descriptor, &request)) return NULL;
  request.ifr_data = (void *)&value;
  if (ioctl(descriptor, SIOCETHTOOL, &request) != 0) return throw_errno(env, errno, "ioctl SIOCETHTOOL");
  return int_value(env, value.data != 0);
}

/* miiStatus(descriptor, name) → the Basic Mode Status Register of the interface's PHY. */
napi_value mii_status(napi_env env, napi_callback_info info) {
  int32_t descriptor;
  struct ifreq request;
  if (!read_request(env, info, &descriptor, &request)) return NULL;
  if (ioctl(descriptor, SIOCGMIIPHY, &request) != 0) return throw_errno(env, errno, "ioctl SIOCGMIIPHY");
  /* Laid over the request's union by the kernel's own convention. */
  struct mii_ioctl_data data;
  memcpy(&data, &request.ifr_ifru, sizeof data);
  data.reg_num = MII_BMSR;
  memcpy(&request.ifr_ifru, &data, sizeof data);
  if (ioctl(descriptor, SIOCGMIIREG, &request) != 0) return throw_errno(env, errno, "ioctl SIOCGMIIREG");
  memcpy(&data, &request.ifr_ifru, sizeof data);
  return int_value(env, data.val_out);
}
