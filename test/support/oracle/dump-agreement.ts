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
  /^Smtp HELO name =/,
  /^Next gratuitous ARP for such secondary =/,
  /^current realtime (priority|time limit) =/,
];

/** Of the system, and what Vigil has no objects for. */
const OTHER_SECTIONS = /^Interfaces$|^Gratuitous ARP delays$|^GARP delay group/;

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
  return objects;
}

/** Without what differs from run to run. */
function normal(text: string): string {
  return (
    text
      .replace(/ set$| \[installed ifindex \d+\]$/, "")
      .replace(/congctl (\w+)lock {2}/, "congctl lock $1 ")
      // keepalived shows where symbolic links lead to.
      .replace(/^Command = '\/bin\//, "Command = '/usr/bin/")
      .replace(/is_up = \w+/, "is_up = B")
      .replace(/^(VRRP Sync Group = .*), \w+$/, "$1")
      // Routes without an interface are watched by Vigil, as by 2.4.
      .replace(/^((?:add|prepend|append) (?:(?! dev ).)*?(?: nexthop .*)?) no_track$/, "$1")
      .replace(/fd_in -?\d+ fd_out = -?\d+/, "fd_in N fd_out = N")
      .replace(/ifindex \d+/, "ifindex N")
  );
}

/** Lines that only one of the two has, as `object | theirs|ours: line`; empty when both say the same in the same order. */
export function differences(theirs: string, ours: string): string[] {
  const left = objectsIn(theirs);
  const right = objectsIn(ours);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((object) => {
    const [a, b] = [left.get(object) ?? [], right.get(object) ?? []];
    const found = [
      ...missing(a, b).map((line) => `${object} | theirs: ${line}`),
      ...missing(b, a).map((line) => `${object} | ours: ${line}`),
    ];
    const ordered = !/^VRRP (Scripts|Track)/.test(object);
    if (ordered && found.length === 0 && a.join("\n") !== b.join("\n")) return [`${object} | another order`];
    return found;
  });
}

function missing(lines: readonly string[], from: readonly string[]): string[] {
  const left = [...from];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
