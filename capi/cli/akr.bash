# SPDX-License-Identifier: BSD-3-Clause
# Completion of akr for bash: commands, flags, the library's options and their choices.
_akr() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local program=${COMP_WORDS[0]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'lsq gram kernel info options version help --version --help' -- "$word")
    return
  fi
  case $before in
    --precision) mapfile -t COMPREPLY < <(compgen -W 'double single' -- "$word"); return ;;
    --header) mapfile -t COMPREPLY < <(compgen -W 'auto yes no' -- "$word"); return ;;
    --*)
      local choices
      choices=$("$program" options "${before#--}" 2>/dev/null | sed -n '1s/.*one of \(.*\))$/\1/p' | tr -d ,)
      if [[ $choices ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
        return
      fi
      ;;
  esac
  case $command in
    lsq)
      if [[ $word == -* ]]; then
        local keys
        keys=$("$program" options --keys 2>/dev/null | sed 's/^/--/')
        mapfile -t COMPREPLY < <(compgen -W "-o --ridge --target --column --intercept --header --start --precision
          --rows-from-disk --set --json --plot --progress --no-progress --quiet --verbose --help $keys" -- "$word")
      fi
      ;;
    gram)
      if [[ $word == -* ]]; then
        local keys
        keys=$("$program" options --keys 2>/dev/null | sed 's/^/--/')
        mapfile -t COMPREPLY < <(compgen -W "-o --power --odd --exp --target --column --header --precision
          --rows-from-disk --set --json --progress --no-progress --quiet --verbose --help $keys" -- "$word")
      fi
      ;;
    kernel)
      if ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W 'fit predict --help' -- "$word")
      elif [[ $word == -* ]]; then
        local keys
        keys=$("$program" options --keys 2>/dev/null | sed 's/^/--/')
        mapfile -t COMPREPLY < <(compgen -W "-o --scale --ridge --centre --target --column --header --set --json
          --progress --no-progress --quiet --verbose --help $keys" -- "$word")
      fi
      ;;
    options) mapfile -t COMPREPLY < <(compgen -W "$("$program" options --keys 2>/dev/null)" -- "$word") ;;
    help) mapfile -t COMPREPLY < <(compgen -W 'lsq gram kernel info options version help' -- "$word") ;;
  esac
}
complete -o default -F _akr akr
