# SPDX-License-Identifier: BSD-3-Clause
# Completion of akr for fish: akr itself knows what may follow; where it says nothing, fish completes file names.
function __akr_words
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    command $before[1] completion words $before[2..-1] "$current" 2>/dev/null
end
complete -c akr -n 'test (count (__akr_words)) -gt 0' -f -a '(__akr_words)'
