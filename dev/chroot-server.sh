# shellcheck shell=bash
# For scripts that dev/fresh runs: a machine with nginx, Apache and PHP-FPM of Debian's, as an administrator has it, and
# what has changed on it. Over a socket and a free port, since the ports are those of the machine around it.

# shellcheck source=dev/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
log=$root/build/${0##*/}.log
mkdir -p "$root/build"
trap '(($? == 0)) || tail -n 60 "$log" | indent' EXIT

# snapshot FILE: what the machine consists of, without what every package leaves behind, and the folders in which Apache
# notes what was enabled
snapshot() {
    local folders=(/etc /usr /var/log /var/lib/php)
    [[ ! -e /var/lib/apache2 ]] || folders+=(/var/lib/apache2)
    {
        find "${folders[@]}" -xdev -not -path '/var/log/apt*' \
            -not -path '/var/log/dpkg.log' -not -path '/etc/ld.so.cache' -not -name '*.pyc' \
            -not \( -type d -path '/var/lib/apache2/*' \) \
            -printf '%M %u:%g %p %l\n' | sort -k 3
        find /etc -xdev -type f -not -path /etc/ld.so.cache -exec sha256sum {} + | sort -k 2
    } >"$1"
}

# same_as FILE: the machine is as it was then
same_as() {
    snapshot "$1.now"
    diff "$1" "$1.now" || die "something is left"
}

# readme_commands HEADING: the commands of the first block below it
readme_commands() {
    awk -v heading="$1" '
        $0 == heading { on = 1 }
        on && /^    / { print substr($0, 5); seen = 1; next }
        seen { exit }' "$root/README.md" | grep .
}

# wait_for WORDS COMMAND…: until it succeeds, for a minute at most
wait_for() {
    local words=$1 n
    shift
    for ((n = 0; n < 600; n++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    die "waited a minute for $words"
}

# Also those before the rotation
records() { cat /var/log/fpmsentinel.jsonl* 2>/dev/null | grep -c '"worker-death"' || true; }
has_records() { (($(records) >= $1)); }
# faults: how many FPM has logged
faults() { grep -c 'exited on signal 11' "/var/log/php$php-fpm.log" || true; }

get() { curl -sf --max-time 60 --unix-socket /run/web.sock "http://localhost/$1"; }
get_apache() { curl -sf --max-time 60 "http://127.0.0.1:$port/$1"; }

# die_once GET: a request whose worker dies, and its record
die_once() {
    local before
    before=$(records)
    "$1" die.php || true
    wait_for "a record" has_records $((before + 1))
}

start_apache() {
    for (( ; ; )); do
        port=$((20000 + RANDOM % 10000))
        echo "Listen 127.0.0.1:$port" >/etc/apache2/ports.conf
        ! apache2ctl start >>"$log" 2>&1 || break
    done
}

start() {
    service "php$php-fpm" start >>"$log"
    nginx
    wait_for "an answer" get ok.php
    [[ ! -e /etc/apache2/apache2.conf ]] || start_apache
}

# reload_nginx: when it returns, no worker with the old configuration takes a request
reload_nginx() {
    local master worker workers
    master=$(</run/nginx.pid)
    read -ra workers <"/proc/$master/task/$master/children"
    nginx -s reload 2>>"$log"
    for worker in "${workers[@]}"; do
        wait_for "the end of nginx's worker $worker" test ! -e "/proc/$worker"
    done
}

stop() {
    nginx -s quit 2>>"$log"
    service "php$php-fpm" stop >>"$log"
    wait_for "FPM's end" test ! -e "/run/php/php$php-fpm.pid"
    [[ ! -e /etc/apache2/apache2.conf ]] || apache2ctl stop >>"$log" 2>&1
    [[ ! -e /etc/apache2/apache2.conf ]] || echo 'Listen 127.0.0.1:80' >/etc/apache2/ports.conf
}

# site: what nginx and Apache serve
site() {
    cat >/etc/nginx/sites-enabled/default <<END
server {
    listen unix:/run/web.sock;
    root /var/www/html;
    location ~ \.php\$ {
        include fastcgi.conf;
        fastcgi_pass unix:/run/php/php$php-fpm.sock;
    }
}
END
    mkdir -p /var/www/html /run/php
    echo '<?php echo "ok";' >/var/www/html/ok.php
    echo '<?php posix_kill(getmypid(), 11);' >/var/www/html/die.php
    [[ ! -e /etc/apache2/apache2.conf ]] || quietly "$log" a2enmod -q proxy_fcgi setenvif
    [[ ! -e /etc/apache2/apache2.conf ]] || quietly "$log" a2enconf -q "php$php-fpm"
}

# web_server PACKAGE…: Debian's PHP-FPM, and nginx and what else is named; they run once, and so write their logs
web_server() {
    say "PHP-FPM $*"
    apt_install curl php-fpm php-cli "$@" >>"$log" 2>&1 || not_available "PHP-FPM, $*" || exit
    php=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
    site
    # Services may start; without the file none does where there is no init
    printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d
    start
    stop
}
