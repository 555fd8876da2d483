#!/bin/sh
# Starts the Request Tracker 5 that the live tests talk to, on 127.0.0.1, with its data in one folder.
#
#   start.sh FOLDER            install, create and fill what is missing, start it if it does not run
#   start.sh --fresh FOLDER    the same, with the tickets as they were just after they were made
#
# LIVE_RT_PORT     port to listen on; otherwise one that is free
# LIVE_RT_TICKETS  how many tickets to make (300)
#
# Prints URL=, PID= and TOKENS= (a file with one NAME=token a line). Exit code 77: this machine cannot run it.
# Nothing leaves the machine: RT's mail command does nothing. stop.sh FOLDER ends it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
server=/usr/share/request-tracker5/libexec/rt-server
fresh=no
if [ "${1:-}" = --fresh ]; then fresh=yes; shift; fi
folder=${1:-${LIVE_RT_DATA:-}}
if [ -z "$folder" ]; then echo "usage: start.sh [--fresh] FOLDER" >&2; exit 64; fi

skip() { echo "live tests skipped: $1" >&2; exit 77; }
fail() { echo "Request Tracker did not start: $1" >&2; if [ -f "$2" ]; then tail -n 20 "$2" >&2; fi; exit 1; }

install_packages() {
    [ -f /etc/debian_version ] || skip "Request Tracker is installed from Debian packages, and this is not Debian"
    [ "$(id -u)" = 0 ] || skip "Request Tracker is not installed, and installing it needs root"
    command -v apt-get >/dev/null || skip "there is no apt-get"
    log=$folder/install.log
    tries=0
    # RUNLEVEL=1 keeps the packages from starting a server of their own.
    until RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get update -qq && apt-get install -y -qq --no-install-recommends request-tracker5 \
            rt5-standalone rt5-db-sqlite dbconfig-no-thanks msmtp-mta' >"$log" 2>&1; do
        tries=$((tries + 1))
        grep -q 'Could not get lock' "$log" && [ "$tries" -lt 60 ] || skip "the packages cannot be installed (see $log)"
        sleep 5
    done
}

installed() { [ -x "$server" ] && [ -d /usr/share/doc/rt5-standalone ] && [ -d /usr/share/doc/rt5-db-sqlite ]; }

running() { [ -s "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; }

answers() {
    perl -MIO::Socket::INET -e '
        my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift, Timeout => 2) or exit 1;
        print $socket "GET /REST/2.0/rt HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
        exit((<$socket> // "") =~ m{^HTTP/1.. 401} ? 0 : 1)' "$1"
}

umask 077
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)
installed || install_packages

export LIVE_RT_DATA="$folder"
export RT_SITE_CONFIG="$here/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$folder/no-more-settings"

if [ "$fresh" = yes ]; then "$here/stop.sh" "$folder"; rm -f "$folder/rt5.sqlite"; fi

if ! running; then
    port=${LIVE_RT_PORT:-$(perl -MIO::Socket::INET -e \
        'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')}
    export LIVE_RT_PORT="$port"
    if [ ! -s "$folder/rt5.sqlite" ] && [ -s "$folder/seeded.sqlite" ]; then
        cp "$folder/seeded.sqlite" "$folder/rt5.sqlite"
    fi
    if [ ! -s "$folder/rt5.sqlite" ]; then
        printf 'techdesk-live' >"$folder/root-password"
        rt-setup-database-5 --action init --root-password-file "$folder/root-password" --dba '' --dba-password '' \
            >"$folder/create.log" 2>&1 || fail "its database could not be made" "$folder/create.log"
        perl "$here/seed.pl" "${LIVE_RT_TICKETS:-300}" "$folder/tokens" >"$folder/seed.log" 2>&1 \
            || { rm -f "$folder/rt5.sqlite"; fail "its tickets could not be made" "$folder/seed.log"; }
        cp "$folder/rt5.sqlite" "$folder/seeded.sqlite"
    fi
    # A session of its own, so that no terminal takes it down; two workers, as a small site has.
    setsid "$server" --host 127.0.0.1 --port "$port" --max-workers 2 --max-keepalive-reqs 100 \
        >"$folder/server.log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    echo "$port" >"$folder/port"
    tries=0
    until answers "$port"; do
        tries=$((tries + 1))
        running && [ "$tries" -lt 150 ] || fail "it does not answer" "$folder/server.log"
        sleep 0.2
    done
fi

echo "URL=http://127.0.0.1:$(cat "$folder/port")"
echo "PID=$(cat "$folder/pid")"
echo "TOKENS=$folder/tokens"
