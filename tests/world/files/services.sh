#!/bin/sh
# Starts what does not run.
set -eu
runs() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
runs /run/sshd.pid || /usr/sbin/sshd -f /etc/gateway/sshd_config -E /world/sshd.log
runs /run/nginx.pid || nginx -c /etc/gateway/nginx.conf
runs /run/php.pid || {
    port=$(sed -n 's|.*proxy_pass http://127.0.0.1:\([0-9]*\); # php|\1|p' /etc/gateway/nginx.conf)
    setpriv --reuid=www-data --regid=www-data --clear-groups \
        php -S "127.0.0.1:$port" /usr/local/lib/gateway/router.php >/dev/null 2>/world/php.log </dev/null &
    echo $! >/run/php.pid
}
