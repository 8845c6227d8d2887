/** Layouts of configuration files that are legal, nearly legal or strange. */

import type { Sample } from "./samples.js";

const instance = (text: string): string => `vrrp_instance A {
interface eth0
virtual_router_id 5
virtual_ipaddress {
10.200.0.9
}
${text}
}
`;

const TEXTS: Readonly<Record<string, string>> = {
  oneLine: "vrrp_instance A { interface eth0\nvirtual_router_id 5\nvirtual_ipaddress { 10.200.0.9\n} }\n",
  glued: "vrrp_instance A{interface eth0\nvirtual_router_id 5\nvirtual_ipaddress{10.200.0.9}}\n",
  nextLine:
    "vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 5\nvirtual_ipaddress\n{\n10.200.0.9\n}\n}\n",
  blankLines:
    "\n\n\nvrrp_instance A\n\n\n{\n\ninterface eth0\n\nvirtual_router_id 5\n\nvirtual_ipaddress\n\n{\n\n10.200.0.9\n\n}\n\n}\n\n",
  carriageReturns: instance("priority 150").replaceAll("\n", "\r\n"),
  carriageReturnInside: instance("priority\r150"),
  noLastNewline: instance("priority 150").trimEnd(),
  tabs: instance("\tpriority\t\t150\t"),
  comments: instance("priority 150#comment\n!comment\nstate BACKUP ! x\n# } {\nadvert_int 1#"),
  quotedComment: instance('notify_master "/no/such #x !y"'),
  quotes: instance('authentication {\nauth_type PASS\nauth_pass "a b"\n}\npriority "150"'),
  quoteInWord: instance('state MAS"TER'),
  openQuote: instance('notify_master "/no/such'),
  twoOnALine: instance("priority 150 state MASTER"),
  extraEnd: `${instance("")}}\n`,
  missingEnd: instance("").trimEnd().slice(0, -1),
  missingStart: "vrrp_instance A\ninterface eth0\nvirtual_router_id 5\n}\n",
  missingInnerStart: instance("authentication\nauth_type PASS\nauth_pass x\n}"),
  unknownBlock: instance("foo {\nbar 1\n}"),
  unknownRootBlock: `foo {\nbar {\nbaz\n}\n}\n${instance("")}`,
  nestedWrongly: instance("vrrp_script x {\nscript /no/such\n}"),
  misspelt: instance("vrtual_ipaddress {\n10.0.0.1\n}\npriorty 5"),
  wrongCase: instance("PRIORITY 5\nState MASTER"),
  twice: instance("priority 5\npriority 6\nstate MASTER\nstate BACKUP"),
  sameName: instance("") + instance(""),
  noName: "vrrp_instance {\ninterface eth0\n}\n",
  twoNames: "vrrp_instance A B {\ninterface eth0\nvirtual_router_id 5\n}\n",
  emptyBlocks: instance("track_script {\n}\nauthentication {\n}\nvirtual_routes {\n}\nunicast_peer {\n}"),
  itemsAcross: instance("virtual_ipaddress_excluded {\n10.0.1.1 10.0.1.2\n10.0.1.3,10.0.1.4\n}"),
  definition: `$VIP=10.200.0.10\n$P= 150\n${instance("priority $P\nvirtual_ipaddress_excluded {\n${VIP}/24\n}")}`,
  definitionInWord: `$N=5\n${instance("priority 1${N}0\nadvert_int $N")}`,
  undefinedReference: instance("priority $NOPE"),
  undefinedBraces: instance("priority ${NOPE}"),
  multiLineDefinition: `$BODY= \\\npriority 150 \\\nadvert_int 2\n${instance("$BODY")}`,
  redefined: `$P=5\n$P=6\n${instance("priority $P")}`,
  blankBeforeEquals: `$P =5\n${instance("priority $P")}`,
  condition: instance("@oracle priority 150\n@other priority 300\n@^other advert_int 2\n@^oracle nonsense"),
  conditionAlone: instance("@oracle\n@other\n@ oracle"),
  conditionalDefinition: `@oracle $P=5\n@other $P=700\n${instance("priority $P")}`,
  sequence: `~SEQ(N,3) $X=\${N}\n${instance("virtual_ipaddress_excluded {\n~SEQ(N,1,3) 10.0.1.$N\n}")}`,
  sequenceSteps: instance(
    "virtual_ipaddress_excluded {\n~SEQ(N,1,2,9) 10.0.1.$N\n~SEQ(M,3,1) 10.0.2.$M\n~SEQx(H,10,12) fe80::$H\n}",
  ),
  list: instance(
    "virtual_ipaddress_excluded {\n~LST(N,1,5,7) 10.0.1.$N\n~LST({A,B},{2,3},{4,5}) 10.$A.0.$B\n}",
  ),
  badSequence: instance("~SEQ(N,1,0,5) priority $N\n~SEQ(N) priority 5\n~LST(N) x"),
  builtIn: instance('notify_master ${_PWD}/x\nnotify_backup "/x ${_INSTANCE}"\nnotify_fault "/x ${_HASH}"'),
  missingInclude: `include /no/such/file\n${instance("include /no/such/*.conf")}`,
  trailingBackslash: instance("priority \\\n150"),
  semicolons: instance("priority 150;\nstate MASTER;"),
  equals: instance("priority = 150\nstate=MASTER"),
  colon: instance("priority: 150"),
  utf8: instance("# ümlaut\nnotify_master /no/sücher"),
  longName: `vrrp_instance ${"N".repeat(300)} {\ninterface eth0\nvirtual_router_id 5\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n`,
  jinja: instance("priority {{ priority }}\n{% if x %}\nadvert_int 2\n{% endif %}"),
  goTemplate: instance("{{ range .VIPs }}\n{{ end }}"),
  yaml: "vrrp_instance:\n  - name: A\n    interface: eth0\n",
  weightWithoutScript: instance("track_script {\nchk weight 5\n}"),
  commaLists: instance("unicast_peer {\n10.0.0.2, 10.0.0.3\n}"),
  interfaceMissing: instance("").replace("eth0", "nonexistent0"),
  sameRouter: instance("") + instance("").replace("A {", "B {"),
  notifyUnquoted: instance("notify_master /no/such arg1 arg2"),
  empty: "",
  onlyComments: "# nothing\n! here\n",
  oneBrace: "{",
  oneEnd: "}",
  html: "<!DOCTYPE html>\n<html>\n<body>404: Not Found</body>\n</html>\n",
};

/** All of them. */
export const LAYOUTS: readonly Sample[] = Object.entries(TEXTS).map(([name, text]) => ({ name, text }));
