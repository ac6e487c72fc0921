# SPDX-License-Identifier: BSD-3-Clause
# Sourced by run.sh: libakr as a distribution builds it, with the system's FFTW. AKR_FFTW = static or shared is a matter
# of linking alone, so the objects are those of the build tree: where the compiler is called, one is copied instead.
[ "$AKR_FFTW" != off ] || skip 'this build has no FFTW'
need pkg-config
mkdir tree
reuse_objects "$work/tree" none
sed -e "s|$AKR_BUILD|$work/tree|g" "$AKR_BUILD/CMakeCache.txt" >tree/CMakeCache.txt
cmake -S "$AKR_SOURCE" -B tree -DAKR_FFTW=shared -DBUILD_TESTING=OFF -DAKR_BUILD_CLI=OFF -DAKR_BUILD_STATIC=ON \
  -DAKR_BUILD_BENCH=OFF -DCMAKE_CXX_COMPILER_LAUNCHER="$work/compile" >log 2>&1 || { cat log; exit 1; }
commands() { grep '"command"' "$1/compile_commands.json" | sort -u; }
commands "$AKR_BUILD" >commands_there
if commands tree | comm -13 commands_there - | grep .; then
  echo 'the objects of the build tree were not made so'
  exit 1
fi
cmake --build tree -j2 >log 2>&1 || { tail -50 log; exit 1; }

library=$work/tree/capi/libakr.so.1
for needed in libfftw3.so.3 libfftw3f.so.3; do
  readelf -d "$library" | grep -q "NEEDED.*\[$needed\]" || { echo "libakr.so does not need $needed"; exit 1; }
done
python3 "$AKR_SOURCE/tests/abi/symbols.py" "$library" tree/capi/libakr.a "$AKR_SOURCE" --fftw-shared

prefix=$work/prefix
cmake --install tree --prefix "$prefix" >log || { cat log; exit 1; }
with_pkg_config
# The archive brings no FFTW along: akr.pc and akrConfig.cmake have to name it.
cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(pkg --static --cflags --libs | sed 's/-lakr\b/-l:libakr.a/') -o static
needs_no_libakr static
expect ./static
with_find_package ON

cc -std=gnu11 -O1 $warnings -rdynamic "$AKR_SOURCE/tests/consumer/planner.c" $(pkg --cflags --libs) -lfftw3 -lfftw3f \
  -lm -ldl -pthread -o planner
export LD_LIBRARY_PATH="$prefix/$AKR_LIBDIR"
for round in 1 2 3 4 5; do
  ./planner || { echo "round $round"; exit 1; }
done
if ./planner unlocked >log 2>&1; then echo 'planning without the lock is not noticed'; exit 1; fi
grep -q 'planned without the lock' log || { cat log; exit 1; }
find tree -name '*.o' -delete # some 200 MB; what deb-shared installs stays
