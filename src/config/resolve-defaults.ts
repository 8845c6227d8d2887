/** What `global_defs` says for all instances. */

import { ipAddress } from "../base/ip-address.js";
import type { GlobalDraft } from "./draft.js";
import type { InstanceDefaults } from "./loaded-config.js";

/** The defaults, those of the file and those that it leaves out. */
export function resolveDefaults(global: GlobalDraft): InstanceDefaults {
  return {
    multicastGroup4: global.multicastGroup4 ?? ipAddress("224.0.0.18"),
    multicastGroup6: global.multicastGroup6 ?? ipAddress("ff02::12"),
    garp: {
      masterDelay: global.garpDelay,
      masterRepeat: global.garpRepeat,
      masterRefresh: global.garpRefresh,
      masterRefreshRepeat: global.garpRefreshRepeat,
      lowerPrioDelay: global.garpLowerPrioDelay ?? global.garpDelay,
      lowerPrioRepeat: global.garpLowerPrioRepeat ?? global.garpRepeat,
    },
    garpExtra: global.garpExtra,
    lowerPrioNoAdvert: global.lowerPrioNoAdvert,
    higherPrioSendAdvert: global.higherPrioSendAdvert,
    downTimerAdverts: global.downTimerAdverts,
    strict: global.strict,
    skipCheckAdvAddr: global.skipCheckAdvAddr,
    checkUnicastSource: global.checkUnicastSource,
    smtpAlert: global.smtpAlert,
    smtpAlertVrrp: global.smtpAlertVrrp,
  };
}
