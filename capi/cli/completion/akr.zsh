#compdef akr
# SPDX-License-Identifier: BSD-3-Clause
# Completion of akr for zsh: akr itself knows what may follow; where it says nothing, zsh completes file names.
_akr() {
  local -a found
  found=("${(@f)$("${(Q)words[1]}" completion words "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z $found[1] ]]; then
    _files
  elif [[ $found[1] == *= ]]; then
    compadd -S '' -- "$found[@]"
  else
    compadd -- "$found[@]"
  fi
}
# Read from the folder of functions, it is the function; read by source, it must be registered.
if [[ $funcstack[1] == _akr ]]; then
  _akr "$@"
else
  compdef _akr akr
fi
