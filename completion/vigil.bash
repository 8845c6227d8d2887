# Completion for vigil(1) in bash.

_vigil()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options= words=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "status explain events drain undrain reload dump nodelet check probe simulate help --help --version" -- "$word")
        return
    fi
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --socket | --pcap | --ca | --cert | --key)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --seed | --reason | -i | --config-id | --server-name | --status | --body | --timeout)
        return
        ;;
    esac
    case $command in
    status) options="--json --watch --socket --help" ;;
    explain) options="--json --socket --help" ;;
    events) options="--follow --json --socket --help" ;;
    drain) options="--persist --reason --socket --help" ;;
    undrain) options="--socket --help" ;;
    reload) options="--socket --help" ;;
    dump) options="--socket --help" words="data stats stats-clear json" ;;
    nodelet) options="--socket --help" words="status" ;;
    probe) options="--ca --cert --key --server-name --insecure --status --body --etcd --timeout --help" ;;
    simulate) options="--seed --pcap --help" ;;
    check)
        if [[ $word != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
        fi
        options="-i --config-id --help"
        ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    elif [[ $command == status || $command == explain || $command == drain || $command == undrain ]]; then
        # The daemon knows its instances; when it does not answer, there is nothing to offer.
        mapfile -t COMPREPLY < <(compgen -W "$(vigil status --json 2>/dev/null | sed -n 's/^      "name": "\(.*\)",$/\1/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    fi
}

complete -F _vigil vigil
