/** `interface_up_down_delays`, kept shorter than the time after which peers take over. */

import { micros } from "../base/time.js";
import type { InterfaceDelay, VrrpInstance } from "./config.js";
import type { ConfigDraft } from "./draft.js";
import { finding } from "./resolve-finding.js";

const CODE = "ERR_CONFIG_INTERFACE_DELAY";

/** A link that is down for as long as the peers wait would leave its address without a holder: keepalived's limits. */
export function resolveInterfaceDelays(
  root: ConfigDraft,
  instances: readonly VrrpInstance[],
): InterfaceDelay[] {
  return root.interfaceDelays.map((delay) => {
    let { down, up } = delay;
    for (const instance of instances) {
      if (instance.interface !== delay.interface) continue;
      const adverts = instance.downTimerAdverts - 1;
      const limit = adverts * instance.advertInterval;
      if (down < limit && up < limit) continue;
      if (adverts === 0 && down === 0 && up === 0) continue;
      const most =
        adverts === 0 ? micros(0) : micros(Math.ceil(limit - Math.floor(instance.advertInterval / 256)));
      const message =
        adverts === 0
          ? `${instance.name}: cannot use debounce timers with down_timer_adverts = 1 - resetting`
          : `${instance.name}: interface ${delay.interface} debounce timer(s) not less that ${adverts} * advert_int - resetting`;
      finding(root, "note", CODE, message, root.instances.get(instance.name)?.place);
      if (down >= limit) down = most;
      if (up >= limit) up = most;
    }
    return { interface: delay.interface, down, up };
  });
}
