#!/bin/bash
# What Platform9's nodelet does with keepalived on a master, in words of its own: start, status and stop, run again and again.
# INTERFACE, VRID, VIP, CHECK and CONF are given.
set -e

right_version() {
  hash keepalived || return 1
  [ "$(keepalived --version 2>&1 >/dev/null | head -1 | cut -d" " -f2)" = v2.1.3 ]
}

write_configuration() {
  cat > "$CONF" <<FILE
vrrp_script chk_apiserver {
    script $CHECK
    interval 1
    fall 2
    rise 2
    user nobody
}
global_defs {
    enable_script_security
    script_user nobody
    vrrp_garp_master_refresh 10
    vrrp_garp_master_refresh_repeat 2
}
vrrp_instance K8S_APISERVER {
    interface $INTERFACE
    state BACKUP
    virtual_router_id $VRID
    nopreempt
    authentication {
        auth_type AH
        auth_pass m@st3rv1p
    }
    virtual_ipaddress {
        $VIP
    }
    track_script {
        chk_apiserver
    }
}
FILE
}

case "$1" in
  start)
    # nodelet would purge and install its own keepalived now.
    right_version || { echo "another keepalived is needed"; exit 10; }
    write_configuration
    systemctl disable keepalived
    systemctl start keepalived
    ;;
  status)
    right_version || exit 1
    systemctl status keepalived
    ;;
  stop)
    systemctl stop keepalived
    rm -f "$CONF"
    ;;
esac
