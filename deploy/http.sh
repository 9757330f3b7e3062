# shellcheck shell=bash
# What the scripts beside it have in common: requests with curl. They set "login" to USER:PASSWORD.

fail() {
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

# The argument without a slash at its end, if it is a URL without a login in it.
checked_url() {
  [[ "$1" =~ ^https?://[^/@[:space:]]+(/[^@[:space:]]*)?$ ]] ||
    fail "the URL is to be such as $2, without a login in it; for that see --help" 2
  printf '%s' "${1%/}"
}

# request WHAT ARGUMENTS...: the body of an answer with 200, or the end of the script.
request() {
  local what=$1 answer status body
  shift
  command -v curl >/dev/null || fail "curl is needed; on Debian: sudo apt-get install curl"
  # The login is no argument: everybody on the machine can see those.
  answer=$(login_option | curl --config - --silent --show-error --max-time 60 \
    --write-out '\n%{http_code}' "$@") || fail "there was no answer to $what"
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  case "$status" in
    200) printf '%s' "$body" ;;
    401 | 403) fail "$what was answered with $status: give the login of somebody who may, see --help" ;;
    *) fail "$what was answered with $status: ${body:0:1000}" ;;
  esac
}

login_option() {
  if [[ "${login:-:}" != : ]]; then
    local text=${login//\\/\\\\}
    printf 'user = "%s"\n' "${text//\"/\\\"}"
  fi
}
