#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds and runs the examples as a stranger would, against the installed tree.
#   run.sh MODE     with the environment set by tests/consumer/CMakeLists.txt:
#     AKR_SOURCE   the source tree        AKR_BUILD  the build tree     AKR_PREFIX  a scratch prefix, filled by `install`
#     AKR_LIBDIR   lib, or lib/TRIPLET    AKR_WORK   a scratch folder   AKR_FFTW    how the build was configured
set -eu
mode=$1
data=$AKR_SOURCE/docs/examples/data
work=$AKR_WORK/$mode
rm -rf "$work"
mkdir -p "$work"
cd "$work"

skip() { echo "skipped: $*"; exit 77; }

need() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

with_numpy() { # python: the interpreter that has it
  for python in python3 /usr/bin/python3; do
    if $python -c 'import numpy' 2>/dev/null; then return 0; fi
  done
  skip 'numpy is not installed'
}

# Runs a program made from an example and compares what it prints: prints EXAMPLE PROGRAM...
prints() {
  example=$1
  shift
  "$@" >output.txt || { cat output.txt; echo "$1 failed"; exit 1; }
  sed 's/^libakr [0-9.]*$/libakr VERSION/' output.txt | diff "$AKR_SOURCE/docs/examples/$example.expected" - ||
    { echo "$1: unexpected output"; exit 1; }
}
expect() { prints lsq "$@" "$data/well1033.mtx" "$data/well1033_rhs1.mtx"; }
map() { prints kernel "$@" "$data/radiomap_train.csv" "$data/radiomap_test.csv"; }

pkg() { PKG_CONFIG_PATH=$prefix/$AKR_LIBDIR/pkgconfig pkg-config "$@" akr; }

prefix=$AKR_PREFIX
warnings='-Wall -Wextra -Werror'

with_pkg_config() {
  need pkg-config
  cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(pkg --cflags --libs) -lm -o lsq
  readelf -d lsq | grep -q 'NEEDED.*libakr\.so\.1' || { echo 'the program does not need libakr.so.1'; exit 1; }
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect ./lsq
  cc $warnings "$AKR_SOURCE/docs/examples/gram.c" $(pkg --cflags --libs) -lm -o gram
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR prints gram ./gram
  cc $warnings "$AKR_SOURCE/docs/examples/kernel.c" $(pkg --cflags --libs) -lm -o kernel
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR map ./kernel
}

# Writes ./compile, a compiler launcher for a build of the same sources in TREE: an object that the build tree has made
# is copied, but for those whose path matches the pattern EXCEPT (none: copy all).
reuse_objects() { # TREE, EXCEPT
  cat >compile <<END
#!/bin/sh
# COMPILER ... -o OBJECT ...
for word; do
  case \$previous in
  -o) object=\$PWD/\$word ;;
  -MF) depends=\$word ;;
  esac
  previous=\$word
done
case \$object in
$2) exec "\$@" ;;
esac
made=$AKR_BUILD\${object#"$1"}
[ -e "\$made" ] || exec "\$@"
[ -z "\$depends" ] || : >"\$depends"
exec cp -p "\$made" "\$object"
END
  chmod +x compile
}

with_find_package() { # STATIC or not
  cmake -S "$AKR_SOURCE/tests/consumer/find_package" -B build -DCMAKE_PREFIX_PATH="$prefix" -DSTATIC="$1" \
    -DEXAMPLE="$AKR_SOURCE/docs/examples/lsq.c" >log 2>&1 && cmake --build build >>log 2>&1 || { cat log; exit 1; }
  expect build/lsq
}

needs_no_libakr() { # a program that was linked statically
  if readelf -d "$1" | grep -q 'NEEDED.*libakr'; then echo "$1 needs the shared library"; exit 1; fi
}

case $mode in
install)
  rm -rf "$AKR_PREFIX"
  cmake --install "$AKR_BUILD" --prefix "$AKR_PREFIX" >log
  for file in include/akr.h include/akr.hpp share/akr/akr.f90 "$AKR_LIBDIR/libakr.so.1" "$AKR_LIBDIR/pkgconfig/akr.pc" \
    share/doc/akr/LICENSE share/doc/akr/examples/lsq.c share/doc/akr/reference.md share/man/man3/akr_lsq_solve_f64.3; do
    [ -e "$AKR_PREFIX/$file" ] || { echo "not installed: $file"; exit 1; }
  done
  python3 "$AKR_SOURCE/tests/docs/links.py" "$AKR_PREFIX/share/doc/akr"
  # Nothing but debug information may know where it was built or installed.
  if grep -rlF -e "$AKR_PREFIX" -e "$AKR_BUILD" "$AKR_PREFIX/$AKR_LIBDIR/pkgconfig" "$AKR_PREFIX/$AKR_LIBDIR/cmake" \
    "$AKR_PREFIX/include"; then
    echo 'the files above hold an absolute path'
    exit 1
  fi
  ;;
pkg-config) with_pkg_config ;;
pkg-config-static)
  need pkg-config
  [ -e "$prefix/$AKR_LIBDIR/libakr.a" ] || skip 'there is no static library'
  # The archive by its name: the linker would prefer libakr.so beside it.
  cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(pkg --static --cflags --libs | sed 's/-lakr\b/-l:libakr.a/') -o lsq
  needs_no_libakr lsq
  expect ./lsq
  ;;
find-package) with_find_package OFF ;;
find-package-static)
  [ -e "$prefix/$AKR_LIBDIR/libakr.a" ] || skip 'there is no static library'
  with_find_package ON
  needs_no_libakr build/lsq
  ;;
two-fftws)
  # A program with an FFTW of its own beside the private copy in libakr.a.
  [ -e "$prefix/$AKR_LIBDIR/libakr.a" ] || skip 'there is no static library'
  [ "$AKR_FFTW" = static ] || skip 'this build has no private FFTW'
  printf '%s\n' '#include <akr.h>' '#include <fftw3.h>' 'int main(void) {' \
    '  double x[8] = {1};' '  fftw_plan plan = fftw_plan_r2r_1d(8, x, x, FFTW_DHT, FFTW_ESTIMATE);' \
    '  fftw_execute(plan);' '  fftw_destroy_plan(plan);' \
    '  return x[5] == 1.0 && akr_version() > 0 && akr_build_info() ? 0 : 1;' '}' >two.c
  cc two.c -I"$prefix/include" -l:libfftw3.a $(pkg --static --libs | sed 's/-lakr\b/-l:libakr.a/') -o two
  ./two
  cc two.c -I"$prefix/include" $(pkg --static --libs | sed 's/-lakr\b/-l:libakr.a/') -lfftw3 -o three
  ./three
  ;;
fftw-shared) . "$AKR_SOURCE/tests/consumer/fftw_shared.sh" ;;
subdirectory)
  # How a host builds libakr, not whether each of its files compiles: one of the core and one of the C API, and FFTW's,
  # which is another one without FFTW.
  reuse_objects "$work/build/akr" '*/fftw.cpp.o | */transform.cpp.o | */barrier.cpp.o'
  cmake -S "$AKR_SOURCE/tests/consumer/subdirectory" -B build -DAKR_SOURCE="$AKR_SOURCE" -DCMAKE_CXX_FLAGS=-O0 \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$work/compile" -DEXAMPLE="$AKR_SOURCE/docs/examples/lsq.c" >log 2>&1 && cmake --build build -j2 >>log 2>&1 ||
    { tail -50 log; exit 1; }
  expect build/lsq
  ;;
uninstalled)
  need pkg-config
  export PKG_CONFIG_PATH=$AKR_BUILD/pkgconfig
  pkg-config --uninstalled akr || { echo 'pkg-config does not see akr-uninstalled.pc'; exit 1; }
  cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(pkg-config --cflags --libs akr) -lm -o lsq
  expect ./lsq
  gcc_fortran=$(pkg-config --variable=fortran_source akr)
  [ -e "$gcc_fortran" ] || { echo "fortran_source = $gcc_fortran"; exit 1; }
  ;;
moved)
  # Installed to A, moved to B: every way in goes on working.
  cp -a "$AKR_PREFIX" "$work/first"
  mv "$work/first" "$work/second"
  prefix=$work/second
  with_pkg_config
  with_find_package OFF
  if [ -x "$prefix/bin/akr" ]; then "$prefix/bin/akr" --version; fi
  ;;
deb) . "$AKR_SOURCE/tests/consumer/deb.sh" ;;
deb-shared)
  # The same of the build that fftw-shared made.
  [ -e "$AKR_WORK/fftw-shared/tree/CPackConfig.cmake" ] || skip 'fftw-shared was skipped'
  AKR_BUILD=$AKR_WORK/fftw-shared/tree AKR_FFTW=shared AKR_HAS_CLIENT=0 AKR_HAS_STATIC=1
  . "$AKR_SOURCE/tests/consumer/deb.sh"
  ;;
lintian)
  # What Debian asks of packages, of those that `deb` made.
  need lintian
  [ -e "$AKR_WORK/deb/libakr1.deb" ] || skip 'no packages were made'
  lintian --fail-on error,warning "$AKR_WORK"/deb/*.deb
  ;;
apt)
  # apt finds all that these depend on: what libakr was built with is here.
  need apt-get
  [ -e "$AKR_WORK/deb/libakr1.deb" ] || skip 'no packages were made'
  apt-get -o Debug::NoLocking=1 check >log 2>&1 || skip "apt-get has problems of its own: $(tail -1 log)"
  apt-get -s -o Debug::NoLocking=1 --no-download install "$AKR_WORK"/deb/*.deb >log 2>&1 || { cat log; exit 1; }
  ;;
meson)
  need meson
  need ninja
  need pkg-config
  meson setup build "$AKR_SOURCE/tests/consumer/meson" -Dexample="$AKR_SOURCE/docs/examples/lsq.c" \
    -Dpkg_config_path="$prefix/$AKR_LIBDIR/pkgconfig" -Dcmake_prefix_path="$prefix" >log 2>&1 &&
    ninja -C build >>log 2>&1 || { cat log; exit 1; }
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect build/lsq-pkg-config
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect build/lsq-cmake
  ;;
fortran)
  need pkg-config
  need gfortran
  gfortran -std=f2003 $warnings -pedantic "$(pkg --variable=fortran_source)" "$AKR_SOURCE/docs/examples/lsq.f90" \
    $(pkg --libs) -o lsq
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect ./lsq
  gfortran -std=f2003 $warnings -pedantic "$(pkg --variable=fortran_source)" "$AKR_SOURCE/docs/examples/gram.f90" \
    $(pkg --libs) -o gram
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR prints gram ./gram
  gfortran -std=f2003 $warnings -pedantic "$(pkg --variable=fortran_source)" "$AKR_SOURCE/docs/examples/kernel.f90" \
    $(pkg --libs) -o kernel
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR map ./kernel
  ;;
cxx)
  need pkg-config
  c++ -std=c++17 $warnings -Wshadow -Wconversion "$AKR_SOURCE/tests/consumer/wrapper.cpp" $(pkg --cflags --libs) -o wrapper
  # Templates and inline functions that nobody calls are not compiled: wrapper.cpp calls them all.
  nm -u wrapper | sed -n 's/.* U \(akr_[a-z0-9_]*\).*/\1/p' | sort -u >called
  sed 's/@.*//' "$AKR_SOURCE/tests/abi/symbols.txt" | sort -u | diff - called ||
    { echo 'wrapper.cpp does not reach the functions above'; exit 1; }
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR ./wrapper
  c++ -std=c++17 $warnings -Wshadow -Wconversion "$AKR_SOURCE/docs/examples/lsq.cpp" $(pkg --cflags --libs) -o lsq
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect ./lsq
  ;;
rust)
  need pkg-config
  need rustc
  rustc -O -D warnings "$AKR_SOURCE/docs/examples/lsq.rs" $(pkg --libs-only-L) -o lsq
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect ./lsq
  ;;
luajit)
  need luajit
  LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1 expect luajit "$AKR_SOURCE/docs/examples/lsq.lua"
  ;;
valgrind)
  # Memory errors and leaks of the examples. Valgrind knows no AVX-512: OpenBLAS is told, libakr asks the processor.
  need pkg-config
  need valgrind
  checked='valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect'
  export LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR OPENBLAS_CORETYPE=Haswell
  # Every C program among the examples; one that is not known here is to be added.
  for source in "$AKR_SOURCE"/docs/examples/*.c; do
    grep -q '^int main' "$source" || continue
    example=$(basename "$source" .c)
    cc -g $warnings "$source" $(pkg --cflags --libs) -lm -o $example
    case $example in
    lsq) expect $checked ./lsq ;;
    gram) prints gram $checked ./gram ;;
    kernel) map $checked ./kernel ;;
    *)
      echo "how is $example run?"
      exit 1
      ;;
    esac
  done
  ;;
r)
  need pkg-config
  need Rscript
  need make
  cp "$AKR_SOURCE/docs/examples/lsq_r.c" .  # R leaves the object file beside the source
  PKG_CFLAGS="$warnings $(pkg --cflags)" PKG_LIBS=$(pkg --libs) R CMD SHLIB lsq_r.c >log 2>&1 || { cat log; exit 1; }
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect Rscript --vanilla "$AKR_SOURCE/docs/examples/lsq.R"
  ;;
octave)
  need pkg-config
  need octave-cli
  need mkoctfile
  mkoctfile $warnings "$AKR_SOURCE/docs/examples/lsq_oct.cc" $(pkg --cflags --libs) -o lsq_oct.oct
  LD_LIBRARY_PATH=$prefix/$AKR_LIBDIR expect octave-cli --norc --no-history "$AKR_SOURCE/docs/examples/lsq.m"
  ;;
node)
  need node
  node -e 'require("koffi")' 2>/dev/null || skip 'the package koffi is not installed'
  LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1 expect node "$AKR_SOURCE/docs/examples/lsq.cjs"
  ;;
perl)
  need perl
  perl -MFFI::Platypus=2.00 -e 1 2>/dev/null || skip 'the package libffi-platypus-perl is not installed'
  LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1 expect perl "$AKR_SOURCE/docs/examples/lsq.pl"
  ;;
java)
  need javac
  jna=/usr/share/java/jna.jar
  [ -e $jna ] || skip 'the package libjna-java is not installed'
  javac -Xlint:all -Werror -cp $jna -d . "$AKR_SOURCE/docs/examples/Lsq.java"
  LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1 expect java -cp $jna:. Lsq
  ;;
readme)
  # README.md to the letter: its programs, its settings, its commands, on what quickstart.sh would have installed.
  need pkg-config
  need python3
  [ "$AKR_LIBDIR" = lib ] || skip "the library lies in $AKR_LIBDIR, not in lib as after quickstart.sh"
  [ "$AKR_HAS_CLIENT" = 1 ] || skip 'the client akr is not built'
  with_numpy
  mkdir -p build/quickstart bin
  ln -s "$AKR_PREFIX" build/quickstart/prefix
  ln -s "$(command -v $python)" bin/python3
  blocks() { # language: the blocks of README.md in it
    awk -v fence='```' -v open="^\`\`\`$1\$" '$0 ~ open { inside = 1; next } $0 == fence { inside = 0 } inside' \
      "$AKR_SOURCE/README.md"
  }
  blocks c >program.c
  blocks python >program.py
  blocks text >expected
  blocks sh >session
  for wanted in 'export LD_LIBRARY_PATH' 'cc program.c' 'akr lsq A.npy' 'python3 program.py'; do
    grep -q "^$wanted" session || { echo "README.md does not show: $wanted"; exit 1; }
  done
  bin/python3 -c 'import numpy as np
np.save("A.npy", np.array([[1., 0], [1, 1], [1, 2], [1, 3]]))
np.save("b.npy", np.array([1.1, 2.9, 5.2, 6.8]))'
  unset LD_LIBRARY_PATH PKG_CONFIG_PATH
  PATH=$work/bin:$PATH sh -eu session >output || { cat output; exit 1; }
  if grep -Fvxf output expected; then
    echo 'README.md shows the lines above, but nothing printed them'
    exit 1
  fi
  bin/python3 -c 'import numpy as np
assert np.allclose(np.load("x.npy").ravel(), [1.09, 1.94]), np.load("x.npy")'
  ;;
numpy)
  need python3
  with_numpy
  LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1 prints lsq_numpy $python "$AKR_SOURCE/docs/examples/lsq_numpy.py"
  ;;
python | python-plain)
  need python3
  export LIBAKR=$prefix/$AKR_LIBDIR/libakr.so.1
  if [ "$mode" = python ]; then
    with_numpy
    expect $python "$AKR_SOURCE/docs/examples/lsq.py"
    exit 0
  fi
  # A module of this name that cannot be imported stands for a Python without numpy.
  mkdir without
  echo 'raise ImportError' >without/numpy.py
  PYTHONPATH=$work/without expect python3 "$AKR_SOURCE/docs/examples/lsq.py"
  prints gram python3 "$AKR_SOURCE/docs/examples/gram.py"
  map python3 "$AKR_SOURCE/docs/examples/kernel.py"
  ;;
*)
  echo "unknown mode: $mode"
  exit 2
  ;;
esac
