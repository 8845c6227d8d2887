/** Shell scripts for {@link Host.spawn} and {@link Host.attempt} that give a program a /run or a /dev of its own. */

/** argv that runs a shell script with an empty, private /run. Namespaces of ip-netns(8) stay visible. */
export function withOwnRun(script: string): string[] {
  const prepare = [
    "mkdir -p /run/netns",
    "mount --rbind /run/netns /mnt",
    "mount -t tmpfs tmpfs /run",
    "mkdir /run/netns",
    "mount --move /mnt /run/netns",
  ];
  return ["unshare", "-m", "sh", "-c", [...prepare, script].join(" && ")];
}

/** argv that runs a shell script with a private /dev that has only the usual nodes, so that `/dev/log` can be made. */
export function withOwnDev(script: string): string[] {
  const prepare = [
    "mount -t tmpfs tmpfs /mnt",
    "cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /mnt",
    "ln -s /proc/self/fd /mnt/fd",
    "mount --move /mnt /dev",
  ];
  return ["unshare", "-m", "sh", "-c", [...prepare, script].join(" && ")];
}
