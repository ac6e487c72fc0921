# SPDX-License-Identifier: BSD-3-Clause
# Completion of akr for bash: akr itself knows what may follow; where it says nothing, bash completes file names.
_akr() {
  local word glued='' words=()
  # bash cuts words at =, and akr does not.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ($word == = || $glued) ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == = ]]; then glued=yes; else glued=''; fi
  done
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion words "${words[@]}" 2>/dev/null)
  if [[ ${words[*]: -1} == *=* ]]; then COMPREPLY=("${COMPREPLY[@]#*=}"); fi
  if [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _akr akr
