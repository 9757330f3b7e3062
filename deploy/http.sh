# shellcheck shell=bash
# HTTP requests with curl. Sourced by the scripts in this directory, which set "login" to USER:PASSWORD.

fail() {
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

# Prints the URL $1 without a trailing slash. Fails if it is not a URL or contains a login; $2 is an example.
checked_url() {
  [[ "$1" =~ ^https?://[^/@[:space:]]+(/[^@[:space:]]*)?$ ]] ||
    fail "the URL must be like $2 and must not contain a login; see --help for logins" 2
  printf '%s' "${1%/}"
}

# request WHAT ARGUMENTS...: prints the body of an answer with status 200; otherwise ends the script.
request() {
  local what=$1 answer status body
  shift
  command -v curl >/dev/null || fail "curl is required; on Debian: sudo apt-get install curl"
  # The login is not passed as an argument, because all users of the machine can see arguments.
  answer=$(login_option | curl --config - --silent --show-error --max-time 60 \
    --write-out '\n%{http_code}' "$@") || fail "$what got no answer"
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  case "$status" in
    200) printf '%s' "$body" ;;
    401 | 403) fail "$what was answered with $status: provide the login of an authorized user, see --help" ;;
    *) fail "$what was answered with $status: ${body:0:1000}" ;;
  esac
}

login_option() {
  if [[ "${login:-:}" != : ]]; then
    local text=${login//\\/\\\\}
    printf 'user = "%s"\n' "${text//\"/\\\"}"
  fi
}
