# shellcheck shell=bash
# Finds and installs JDKs and other programs. Sourced by the scripts.

# Prints the feature release of the JDK in directory $1, or nothing if there is no JDK.
jdk_release() {
  local version=""
  if [[ -x "$1/bin/java" && -x "$1/bin/javac" && -r "$1/release" ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")
    version=${version#1.}
    printf '%s' "${version%%[!0-9]*}"
  fi
}

# Lists the directories that can contain a JDK, those configured by the user first.
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

# Prints the first JDK whose release is between $1 and $2, inclusive.
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

# Installs Debian packages. The output of apt-get goes to standard error.
install_packages() {
  echo "Installing $* ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Installs only the program $2 of the Debian package $1, without its service, to /usr/local/bin.
install_program() {
  echo "Installing $2 ..." >&2
  local directory status=0
  directory=$(mktemp -d)
  (cd "$directory" && apt-get update -qq && apt-get download -qq "$1" && dpkg-deb --extract ./*.deb . &&
    install "usr/bin/$2" /usr/local/bin/) >&2 || status=$?
  rm -rf "$directory"
  return $status
}

# Prints a JDK to build and run with, 17 or newer. Installs one from Debian if there is none and that is possible.
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
  echo "If one is already installed, set: export JAVA_HOME=/path/to/jdk" >&2
  return 1
}
