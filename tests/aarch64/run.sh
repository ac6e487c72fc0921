#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# libakr for another processor: built for aarch64 by Debian's cross compiler, with Debian's own aarch64 libraries from
# their packages, unpacked into a folder; its unit and capi tests run under user-mode emulation.
#   run.sh BUILD_FOLDER [JOBS]
# Ends with 77 where the compiler, the emulator or the packages cannot be had.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
jobs=${2:-$(nproc)}
mkdir -p "$build"
build=$(cd "$build" && pwd)

skip() { echo "skipped: $*"; exit 77; }
for tool in aarch64-linux-gnu-g++ qemu-aarch64 apt-get dpkg-deb; do
  command -v $tool >/dev/null || skip "$tool is not installed"
done

# apt with a state of its own: the system's list of architectures and packages stays as it is.
export AKR_SYSROOT=$build/sysroot
foreign() {
  apt-get -q -y -o Dir::State="$build/apt" -o Dir::State::status="$build/apt/status" -o Dir::Cache="$build/apt" \
    -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root "$@"
}
if [ ! -e "$build/sysroot.complete" ]; then
  mkdir -p "$build/apt/lists/partial" "$build/apt/archives/partial" "$AKR_SYSROOT"
  : >"$build/apt/status"
  foreign update >"$build/apt.log" 2>&1 &&
    foreign --download-only --no-install-recommends install libopenblas-dev liblapacke-dev libfftw3-dev libgtest-dev \
      librandom123-dev zlib1g-dev libstdc++6 >>"$build/apt.log" 2>&1 ||
    skip "the packages for arm64 cannot be had: $build/apt.log"
  for package in "$build"/apt/archives/*.deb; do dpkg-deb -x "$package" "$AKR_SYSROOT"; done
  touch "$build/sysroot.complete"
fi

cmake -S "$source" -B "$build/tree" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$source/tests/aarch64/toolchain.cmake" \
  -DCMAKE_BUILD_TYPE=Release -DAKR_WERROR=ON -DAKR_BUILD_STATIC=OFF -DAKR_BUILD_CLI=OFF
cmake --build "$build/tree" -j "$jobs" --target akr_unit_tests akr_capi_tests
cd "$build/tree"
# One BLAS thread: emulated threads that wait for each other take most of the time.
OPENBLAS_NUM_THREADS=1 ctest -j "$jobs" --timeout 3600 -L '^(unit|capi)$' --output-on-failure --no-tests=error \
  --output-junit "$build/tree/junit.xml"
