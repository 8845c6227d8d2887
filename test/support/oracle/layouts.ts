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
  definitionInDefinition: `$ONE= \\\npriority 15\${N} \\\nadvert_int 2\n$ALL= \\\n$N=0 \\\n$ONE \\\n$N=7 \\\n$ONE\n${instance("$ALL")}`,
  conditionFromDefinition: `$YES=@oracle\n$NO=@other\n${instance("$NO priority 5000\npriority 5001")}`,
  conditionsInDefinition: `$P= \\\n@other priority 400 \\\n@oracle priority 500 \\\nadvert_int 2\n${instance("$P")}`,
  commentsInDefinition: `$P= \\\npriority 500 # odd \\\n# alone \\\nadvert_int 2000 \\ # behind it\npriority 501\n${instance("$P")}`,
  globalsLast: `${instance("strict_mode off")}global_defs {\nvrrp_version 5\nvrrp_strict\n}\n`,
  endsTooEarly: `${instance("}\npriority 500")}vrrp_script x {\nscript /no/such\n}\n`,
  endsTooLate: `vrrp_script x {\nscript /no/such\ninterval 2\n${instance("priority 500")}`,
  endsTooLateBefore: `global_defs {\nrouter_id x\n${instance("priority 500")}`,
  serviceEndsTooEarly: `virtual_server 10.0.0.1 80 {\nlb_algo rr\n}\nreal_server 10.0.0.2 80 {\nweight 1\n}\n}\n${instance("")}`,
  serviceEndsTooLate: `virtual_server 10.0.0.1 80 {\nlb_algo rr\nprotocol TCP\nreal_server 10.0.0.2 80 {\nweight 1\n}\n${instance("priority 500")}`,
  instanceEndsTooLate: `${instance("priority 500\ntrack_script {\n")}virtual_server 10.0.0.1 80 {\nlb_algo xx\nprotocol TCP\nreal_server 10.0.0.2 80 {\nwieght 1\n}\n}\n`,
  noBraceBeforeService: `${instance("")}virtual_server 10.0.0.1 80\nlb_algo rr\nprotocol TCP\n}\n`,
  badServiceWithoutBrace: `virtual_server nowhere 80\n${instance("priority 500")}`,
  missingParameterAfterBrace: `${instance("}\nstate")}`,
  unusedScript: `global_defs {\nenable_script_security\nscript_user root\n}\nvrrp_script x {\nscript /bin/true\n}\n${instance("")}`,
  unknownUserInTwoPlaces: `global_defs {\nenable_script_security\n}\n${instance("notify_master /bin/true")}virtual_server 10.0.0.1 80 {\nlb_algo rr\nprotocol TCP\nreal_server 10.0.0.2 80 {\nMISC_CHECK {\nmisc_path /bin/true\n}\n}\n}\n`,
  unknownScriptUser: `vrrp_script x {\nscript /bin/true\n}\nglobal_defs {\nenable_script_security\nscript_user nobody-there\n}\n${instance("track_script {\nx\n}")}`,
  routeTimes: `static_routes {\n${["1.5", "300.5ms", "1.0005s", "5x", "-5", "1000s", "5sec", "1e3", "5MS", ".5s", "900"].map((time, i) => `192.168.${i}.0/24 dev eth0 rtt ${time}`).join("\n")}\n192.168.20.0/24 dev eth0 rto_min 1.0004s\n}\n${instance("")}`,
  markWithPorts: "virtual_server fwmark 5 {\nlb_algo rr\nlb_kind DR\nreal_server 10.0.0.2 80 {\n}\n}\n",
  markWithSorryPort:
    "virtual_server fwmark 5 {\nlb_algo rr\nlb_kind DR\nsorry_server 10.0.0.3 80\nreal_server 10.0.0.2 {\n}\n}\n",
  groupWithPorts:
    "virtual_server_group g {\n10.9.0.1 80\n10.9.0.2-5 81\n}\nvirtual_server group g {\nlb_algo rr\nlb_kind DR\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n}\n",
  groupRanges:
    "virtual_server_group g {\n10.9.0.1-10.9.1.0 80\n10.9.0.1-10.9.0 80\n10.9.0.1-10.8.9.9 80\n1::4-1::8 80\n1::4-1::3 80\n1::4-10.0.0.1 80\n1::4-g 80\n10.9.0.1-5 80\n}\n",
  sorryIsReal:
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nsorry_server 10.0.0.2 80\nreal_server 10.0.0.2 80 {\ninhibit_on_failure\n}\n}\n",
  sorryByTunnel:
    "virtual_server fwmark 5 {\nlb_algo rr\nlb_kind TUN\nsorry_server fd00::2\nreal_server 10.0.0.2 {\n}\nip_family inet\n}\n",
  mailHosts:
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nSMTP_CHECK {\nhost {\nconnect_port 25\nretry 2\ndelay_before_retry 3\nhelo_name x\n}\n}\n}\n}\n",
  replyMask:
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol UDP\nreal_server 10.0.0.2 80 {\nUDP_CHECK {\npayload 01 3X\nrequire_reply 01 3X XX\n}\n}\n}\n",
  digestTwice:
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\npath /\ndigest 0123456789abcdef0123456789abcdef\ndigest 0123456789abcdef0123456789abcdef\n}\n}\n}\n}\n",
  tlsTwice: "SSL {\npassword a\npassword b\nca /a\nkey /b\nkey /c\n}\nSSL {\npassword a\n}\n",
  empty: "",
  onlyComments: "# nothing\n! here\n",
  oneBrace: "{",
  oneEnd: "}",
  html: "<!DOCTYPE html>\n<html>\n<body>404: Not Found</body>\n</html>\n",
};

/** All of them. */
export const LAYOUTS: readonly Sample[] = Object.entries(TEXTS).map(([name, text]) => ({ name, text }));
