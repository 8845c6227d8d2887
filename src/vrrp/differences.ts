/** What a peer's advert says that differs from our configuration without making it invalid: reported once, and counted. */

import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";

/** Looks at the interval and the address list of an accepted advert. */
export function reportDifferences(
  context: RouterContext,
  advert: ReceivedAdvertisement,
  isBackup: boolean,
): void {
  const { name: instance, advertInterval, skipCheckAdvAddr, virtualAddresses } = context.config;
  const { from, advertInterval: theirInterval } = advert;
  if (theirInterval !== advertInterval && context.reportOnce("advertInterval"))
    context.emit({
      kind: "AdvertIntervalDiffers",
      instance,
      from,
      theirs: theirInterval,
      ours: advertInterval,
    });
  const { authHmac } = context.config;
  if (advert.clockSkew !== undefined && authHmac !== undefined && context.reportOnce("clockSkew"))
    context.emit({
      kind: "ClockSkewed",
      instance,
      from,
      skew: advert.clockSkew,
      window: authHmac.timeWindow,
    });
  const known = isBackup && skipCheckAdvAddr && context.master?.address === from;
  if (advert.addressesMatch || known) return;
  context.counters.addressListDiffers++;
  if (!context.reportOnce("addressList")) return;
  const ours = virtualAddresses.map((line) => line.address);
  context.emit({ kind: "AddressListDiffers", instance, from, theirs: advert.addresses(), ours });
}
