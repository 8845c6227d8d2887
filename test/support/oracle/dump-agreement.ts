/** What two keepalived.data files say about the configuration, and where they differ. */

/** Lines about what goes on, not about the configuration, and about what is no setting of VRRP. */
const LEFT_OUT: readonly RegExp[] = [
  /^(State|Wantstate|Last transition|Read timeout|Master (router|priority|advert int|advert interval)) =/,
  /^Number of (config faults|interface and track script faults|track scripts init) =/,
  /^Num member fault /,
  /^(Effective|Total) priority =/,
  /^Master down timer =/,
  /^(Result|Status|Init state|Current processes|Have quorum) =/,
  /^(Fork|Terminate) delay timer/,
  /^fd_in/,
  /^Password =/,
  /^(Not )?IPv6 forwarding/,
  /^libnftnl version/,
  /^Next gratuitous ARP for such secondary =/,
  /^current realtime (priority|time limit) =/,
  // Of the process that reads the file that says when.
  /^(No reload scheduled|Reload scheduled for)/,
];

/** Of the system, and what Vigil has no objects for. */
const OTHER_SECTIONS = /^Interfaces$|^Gratuitous ARP delays$|^GARP delay group|^VRRP Track BFDs$/;

/** The lines of a file under the object they belong to, in their order. */
function objectsIn(data: string): Map<string, string[]> {
  const objects = new Map<string, string[]>();
  let section = "";
  let object = "";
  for (const line of data.split("\n").filter((text) => text !== "")) {
    const title = /^------< (.*) >------$/.exec(line)?.[1];
    if (title !== undefined) {
      section = title;
      object = title;
    } else if (/^ \S/.test(line) && section !== "Global definitions") {
      object = `${section}: ${normal(line.trim())}`;
      // Sockets have no names.
      while (objects.has(object)) object += "'";
    }
    if (title === undefined && !OTHER_SECTIONS.test(section)) {
      const text = normal(line.trim());
      if (LEFT_OUT.some((pattern) => pattern.test(text))) continue;
      objects.set(object, [...(objects.get(object) ?? []), text]);
    }
  }
  for (const [name, lines] of objects) objects.set(name, withoutRepetitions(lines));
  return objects;
}

/** Addresses, peers and recipients that are there twice are left out once by Vigil. */
function withoutRepetitions(lines: readonly string[]): string[] {
  let seen = new Set<string>();
  return lines.flatMap((line) => {
    if (/^(Virtual IP|Unicast Peer|Email notification to)\b/.test(line)) {
      seen = new Set();
      return line.replace(/\(\d+\)/, "(N)");
    }
    const item = /^(?:[0-9a-f.:]+(?:\/\d+)?(?= |$)|\S+@\S+$)/.exec(line)?.[0];
    if (item === undefined) return line;
    if (seen.has(item)) return [];
    seen.add(item);
    return line;
  });
}

/** Without what differs from run to run. */
function normal(text: string): string {
  return (
    text
      .replace(/ set$| \[installed ifindex \d+\]$/, "")
      .replace(/congctl (\w+)lock {2}/, "congctl lock $1 ")
      .replace(/is_up = \w+/, "is_up = B")
      .replace(/^(VRRP Sync Group = .*), \w+$/, "$1")
      // Routes without an interface are watched by Vigil, as by 2.4.
      .replace(/^((?:add|prepend|append) (?:(?! dev ).)*?(?: nexthop .*)?) no_track$/, "$1")
      .replace(/fd_in -?\d+ fd_out = -?\d+/, "fd_in N fd_out = N")
      .replace(/ifindex \d+/, "ifindex N")
      // keepalived leaves out the number 0.
      .replace(/^(\w+ CPU Affinity =).*$/, (all, name) =>
        [name, ...(all.match(/\b[1-9]\d*/g) ?? [])].join(" "),
      )
      // A rule for all packets, said in another way.
      .replace(/^(not )?from (?:0\.0\.0\.0|::)\/0 (?=.*priority \d+ tos)/, "$1from all ")
      .replace(/ to (?:0\.0\.0\.0|::)\/0(?= priority \d+ tos)/, "")
  );
}

/**
 * Lines that only one of the two has, as `object | theirs|ours: line`; empty when both say the same in the same order.
 * @param log what keepalived said when it started.
 */
export function differences(theirs: string, ours: string, log = ""): string[] {
  const left = objectsIn(theirs);
  const right = objectsIn(ours);
  const objects = [...new Set([...left.keys(), ...right.keys()])];
  return objects.flatMap((object) => {
    const [a, b] = [left.get(object) ?? [], right.get(object) ?? []];
    const found = [
      ...missing(a, b).map((line) => `${object} | theirs: ${line}`),
      ...missing(b, a).map((line) => `${object} | ours: ${line}`),
    ];
    const ordered = !/^VRRP (Scripts|Track)/.test(object);
    if (ordered && found.length === 0 && a.join("\n") !== b.join("\n")) return [`${object} | another order`];
    return found.filter((line) => !KNOWN.some((known) => known(line, { theirs, log })));
  });
}

/** Differences of docs/config-differences.md. */
const KNOWN: readonly ((line: string, run: { theirs: string; log: string }) => boolean)[] = [
  // keepalived says eth0 until an address needs the interface.
  (line, { theirs }) =>
    / (?:theirs|ours): Default interface = /.test(line) && theirs.includes("\n Default interface = eth0\n"),
  // A mail server whose name is not known is forgotten, an address stands for one that is.
  (line, { theirs }) =>
    / (?:theirs|ours): (?:Smtp server|Smtp HELO name|Email notification from) /.test(line) &&
    !/\n Smtp server = (?!127\.0\.0\.1\n|::1\n)/.test(theirs),
  // Buffers by a policy that has no effect here.
  (line, { theirs }) => / Rx buf size = /.test(line) && /\n rx_bufs_(?:policy|size) = /.test(theirs),
  // A track_file that cannot be written at the start is forgotten.
  (line, { log }) =>
    [...log.matchAll(/Unable to initialise track file (\S+)/g)].some(
      ([, name]) =>
        line.startsWith(`VRRP Track files: Track file = ${name} | ours: `) ||
        line.includes(` | ours: ${name}, weight `),
    ) ||
    (line.endsWith(" | ours: Tracked files :") && log.includes("Unable to initialise track file")),
  // So is a FIFO that cannot be made.
  (line, { log }) => {
    const [, path] = / ours: \w+ notify fifo = (\S+),/.exec(line) ?? [];
    const failed = log.split("\n").filter((text) => /Unable to create \w*notify fifo /.test(text));
    return path !== undefined && failed.some((text) => text.endsWith(` ${path}`));
  },
];

function missing(lines: readonly string[], from: readonly string[]): string[] {
  const left = [...from];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
