# shellcheck shell=bash
# Finds JDKs. Sourced by ./test and ./eventstream.

# The feature release of the JDK in directory $1, or nothing where there is no JDK.
jdk_release() {
  local version=""
  if [[ -x "$1/bin/java" && -x "$1/bin/javac" && -r "$1/release" ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")
    version=${version#1.}
    printf '%s' "${version%%[!0-9]*}"
  fi
}

# Every directory where a JDK may be, the ones that the user names first.
jdk_candidates() {
  local javac
  printf '%s\n' "${JAVA_HOME:-}"
  if javac=$(command -v javac); then
    dirname "$(dirname "$(readlink -f "$javac")")"
  fi
  env | sed -n 's/^JAVA_HOME_[0-9A-Za-z_]*=//p'
  local directory
  for directory in /usr/lib/jvm/* /opt/java/* "${HOME:-/nonexistent}"/.sdkman/candidates/java/*; do
    printf '%s\n' "$directory"
  done
}

# The first JDK whose release is at least $1 and at most $2.
find_jdk() {
  local directory release
  while IFS= read -r directory; do
    [[ -n "$directory" ]] || continue
    release=$(jdk_release "$directory")
    if [[ -n "$release" ]] && ((release >= $1 && release <= $2)); then
      printf '%s' "$directory"
      return 0
    fi
  done < <(jdk_candidates)
  return 1
}

may_install() {
  [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null
}

# Installs Debian packages; what apt-get says goes to standard error.
install_packages() {
  echo "Installing $* ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Takes the program $2 out of the Debian package $1, whose service is not wanted, to /usr/local/bin.
install_program() {
  echo "Installing $2 ..." >&2
  local directory status=0
  directory=$(mktemp -d)
  (cd "$directory" && apt-get update -qq && apt-get download -qq "$1" && dpkg-deb --extract ./*.deb . &&
    install "usr/bin/$2" /usr/local/bin/) >&2 || status=$?
  rm -rf "$directory"
  return $status
}

# A JDK to build and run with: 17 or newer, from Debian if there is none and we may install it.
require_jdk() {
  if find_jdk 17 99; then
    return 0
  fi
  if may_install; then
    install_packages openjdk-17-jdk-headless || install_packages default-jdk-headless
    if find_jdk 17 99; then
      return 0
    fi
  fi
  echo "A JDK 17 or newer is needed. On Debian and Ubuntu: sudo apt-get install openjdk-17-jdk-headless" >&2
  echo "If one is installed already, name it: export JAVA_HOME=/path/to/jdk" >&2
  return 1
}
