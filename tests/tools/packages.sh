# SPDX-License-Identifier: BSD-3-Clause
# Sourced by docs/quickstart.sh and tests/run.sh: what libakr needs on Debian 12, installed where it is missing.
# Nothing is printed, asked or downloaded when all is there.

packages_build='cmake ninja-build g++ pkg-config libopenblas-dev liblapacke-dev libfftw3-dev librandom123-dev zlib1g-dev'
packages_test='libgtest-dev gfortran python3 python3-numpy clang clang-format abigail-tools luajit dpkg-dev fakeroot meson'
packages_long='clang-tidy cppcheck valgrind lintian'
packages_all='g++-aarch64-linux-gnu qemu-user nodejs rustc r-base-core make octave octave-dev'
packages_all="$packages_all libffi-platypus-perl libjna-java default-jdk-headless"
# A Node.js from elsewhere brings npm along, and Debian's package refuses to be installed beside it.
command -v npm >/dev/null || packages_all="$packages_all npm"

missing_packages() {
  for package; do
    case $(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null) in
    *installed*) ;;
    *) printf '%s ' "$package" ;;
    esac
  done
}

ensure_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is no Debian: please see to it yourself that there are the likes of: $*"
    return 0
  fi
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "Missing packages: $missing"
      echo 'Neither root nor sudo is here to install them.'
      return 1
    }
    as_root=sudo
  fi
  echo "Installing: $missing"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  # --no-install-recommends keeps it to what is named; the lists are fetched only when something is missing.
  if $as_root apt-get -q update >"$log" 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >>"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -20 "$log"
  rm -f "$log"
  return 1
}
