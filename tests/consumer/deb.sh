# SPDX-License-Identifier: BSD-3-Clause
# Sourced by run.sh: makes the Debian packages from the objects of the build tree, looks into them, installs them below
# a folder, builds with what is there. Set besides: AKR_DEB_LIBDIR, lib/TRIPLET; AKR_HAS_STATIC and AKR_HAS_CLIENT, 0 or
# 1. The packages stay, for consumer.lintian and consumer.apt.
need cpack
need dpkg-deb
need dpkg-shlibdeps
need pkg-config
as_root=
if [ "$(id -u)" -ne 0 ]; then
  need fakeroot
  as_root=fakeroot
fi

wrong() { echo "$*"; exit 1; }
same() { # WHAT EXPECTED FOUND
  [ "$2" = "$3" ] || wrong "$1: expected
$2
found
$3"
}

packages='libakr1 libakr-dev'
[ "$AKR_HAS_CLIENT" = 0 ] || packages="akr $packages"
# The folders' permissions must not be those of whoever builds.
(umask 077 && cpack -G DEB --config "$AKR_BUILD/CPackConfig.cmake" -B "$work/cpack") >log 2>&1 || { cat log; exit 1; }
if grep -i warning log; then wrong 'cpack warns'; fi
chmod go+r cpack/*.deb
for package in $packages; do
  [ -e "$(echo cpack/"$package"_*.deb)" ] || wrong "there is no package $package"
  mv cpack/"$package"_*.deb "$package.deb"
done
rm -rf cpack

# What is in them.
files() { # all but the pages
  dpkg-deb --fsys-tarfile "$1.deb" | tar t | sed -n '/[^/]$/s|^\./||p' | grep -v '/share/doc/.*\.\(md\|svg\)$' | sort
}
documents() { printf 'usr/share/doc/%s\n' "$1/changelog.Debian.gz" "$1/changelog.gz" "$1/copyright"; }
control() { dpkg-deb --ctrl-tarfile "$1.deb" | tar x -O "./$2"; }
version=$(dpkg-deb -f libakr1.deb Version)
upstream=${version%-*}
libdir=usr/$AKR_DEB_LIBDIR
same 'files of libakr1' "$({
  printf '%s\n' "$libdir/libakr.so.1" "$libdir/libakr.so.1.${upstream#*.}"
  documents libakr1
} | sort)" "$(files libakr1)"
static=
[ "$AKR_HAS_STATIC" = 0 ] || static=libakr.a
same 'files of libakr-dev' "$({
  printf 'usr/%s\n' include/akr.h include/akr.hpp share/akr/akr.f90
  for file in libakr.so $static cmake/akr/akrConfig.cmake cmake/akr/akrConfigVersion.cmake cmake/akr/akrTargets.cmake \
    ${static:+cmake/akr/akrStaticTargets.cmake} pkgconfig/akr.pc; do
    echo "$libdir/$file"
  done
  documents libakr-dev
  (cd "$AKR_SOURCE/docs" && find examples -type f ! -path '*__pycache__*' ! -name '*.md') |
    sed 's|^|usr/share/doc/libakr-dev/|'
  for page in "$AKR_SOURCE"/docs/man/*.[2-9]; do
    [ ! -e "$page" ] || echo "usr/share/man/man${page##*.}/${page##*/}.gz"
  done
} | sort)" "$(files libakr-dev | grep -v '/akr\(Static\)\?Targets-[a-z]*\.cmake$')"
same 'scripts and the like of libakr1' 'control md5sums shlibs triggers' \
  "$(dpkg-deb --ctrl-tarfile libakr1.deb | tar t | sed -n 's|^\./\(.\)|\1|p' | sort | xargs)"
same shlibs "libakr 1 libakr1 (>= $upstream)" "$(control libakr1 shlibs)"
same triggers 'activate-noawait ldconfig' "$(control libakr1 triggers)"
same 'Multi-Arch of libakr1' same "$(dpkg-deb -f libakr1.deb Multi-Arch)"
same 'Multi-Arch of libakr-dev' same "$(dpkg-deb -f libakr-dev.deb Multi-Arch)"
case $(dpkg-deb -f libakr1.deb Depends) in
*libc6*libopenblas*) ;;
*) wrong "libakr1 depends on: $(dpkg-deb -f libakr1.deb Depends)" ;;
esac
case $AKR_FFTW,$(dpkg-deb -f libakr1.deb Depends) in
shared,*libfftw3-*) ;;
shared,* | *libfftw3*) wrong "with AKR_FFTW=$AKR_FFTW libakr1 depends on: $(dpkg-deb -f libakr1.deb Depends)" ;;
esac
needed=${static:+, liblapacke-dev, libopenblas-dev}
[ -z "$static" ] || [ "$AKR_FFTW" != shared ] || needed="$needed, libfftw3-dev"
same 'Depends of libakr-dev' "libakr1 (= $version)$needed" "$(dpkg-deb -f libakr-dev.deb Depends)"
if [ -e akr.deb ]; then
  same 'files of akr' "$({
    printf 'usr/%s\n' bin/akr share/bash-completion/completions/akr share/zsh/vendor-completions/_akr \
      share/fish/vendor_completions.d/akr.fish share/man/man1/akr.1.gz
    documents akr
  } | sort)" "$(files akr)"
  case $(dpkg-deb -f akr.deb Depends) in
  *"libakr1 (>= $upstream)"*libc6*) ;;
  *) wrong "akr depends on: $(dpkg-deb -f akr.deb Depends)" ;;
  esac
fi
for package in $packages; do
  # Owned by root, and nothing but the client may be executed.
  if dpkg-deb -c "$package.deb" |
    grep -v -e '^drwxr-xr-x root/root' -e '^-rw-r--r-- root/root' -e '^lrwxrwxrwx root/root' \
      -e '^-rwxr-xr-x root/root .* \./usr/bin/akr$'; then
    wrong "$package: the files above have wrong owners or permissions"
  fi
done

# dpkg installs them, into a system that holds nothing else; from here on, what it laid down there.
root=$work/system
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
: >"$root/var/lib/dpkg/status"
$as_root dpkg --root="$root" --log="$work/dpkg.log" --force-depends --force-not-root --install ./*.deb >log 2>&1 ||
  { cat log; exit 1; }
for package in $packages; do
  same "status of $package" installed \
    "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' "$package")"
done
same 'files changed since they were packed' '' "$(dpkg --root="$root" --verify $packages)"
for file in "$root"/usr/bin/* "$root/$libdir/libakr.so.1"; do
  [ -e "$file" ] || continue
  if readelf -SW "$file" | grep -e '\.debug_' -e '\.symtab'; then wrong "$file is not stripped"; fi
  if readelf -d "$file" | grep -e RPATH -e RUNPATH; then wrong "$file has a run path"; fi
done
if grep -rlF -e "$AKR_BUILD" -e "$AKR_SOURCE" "$root/usr"; then wrong 'the files above know where they were built'; fi
python3 "$AKR_SOURCE/tests/docs/links.py" "$root/usr/share/doc/libakr-dev"
[ "$AKR_FFTW" != static ] || grep -q '^License: GPL-2+' "$root"/usr/share/doc/libakr1/copyright ||
  wrong 'the copyright file does not tell of the FFTW inside'

# What is installed serves.
export LD_LIBRARY_PATH=$root/$libdir
installed() { PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/$libdir/pkgconfig pkg-config "$@" akr; }
cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(installed --cflags --libs) -lm -o lsq
expect ./lsq
if [ -n "$static" ]; then
  cc $warnings "$AKR_SOURCE/docs/examples/lsq.c" $(installed --static --cflags --libs | sed 's/-lakr\b/-l:libakr.a/') \
    -o lsq_static
  needs_no_libakr lsq_static
  expect ./lsq_static
fi
# Through /lib, which is a link on Debian: that must not take / for the prefix.
ln -s usr/lib "$root/lib"
cmake -S "$AKR_SOURCE/tests/consumer/find_package" -B build -Dakr_DIR="$root/$AKR_DEB_LIBDIR/cmake/akr" -DSTATIC=OFF \
  -DEXAMPLE="$AKR_SOURCE/docs/examples/lsq.c" >log 2>&1 && cmake --build build >>log 2>&1 || { cat log; exit 1; }
expect build/lsq
rm "$root/lib"
if [ -e akr.deb ]; then
  "$root/usr/bin/akr" --version
  "$root/usr/bin/akr" lsq "$data/well1033.mtx" "$data/well1033_rhs1.mtx" -o x.txt >log || { cat log; exit 1; }
  grep -q 'AKR_OK' log || { cat log; exit 1; }
fi
