#!/bin/sh
# The two release trees and the account's home, as they are when all is well, below $1.
set -eu
to=$1
umask 022
release() {
    mkdir -p "$1/public/build/assets" "$1/vendor/composer" "$1/bootstrap/cache" "$1/config" "$1/routes" "$1/app/Http" "$1/database/migrations"
    cp /world/files/artisan "$1/artisan"
    cp /world/files/autoload.php "$1/vendor/autoload.php"
    cp /world/files/index.php /world/files/healthcheck.php "$1/public/"
    printf '{"name": "acme/api-gateway", "require": {"php": "^8.2", "laravel/framework": "^11.0"}}\n' >"$1/composer.json"
    printf '{\n  "resources/js/app.js": {"file": "assets/app-4ed993c7.js", "src": "resources/js/app.js", "isEntry": true}\n}\n' \
        >"$1/public/build/manifest.json"
    echo 'console.log("api gateway");' >"$1/public/build/assets/app-4ed993c7.js"
    printf "<?php\nreturn ['name' => 'API Gateway', 'env' => 'production'];\n" >"$1/config/app.php"
    printf "<?php\nreturn 'app';\n" >"$1/bootstrap/app.php"
    printf "<?php\n// GET /health, GET /api/health-check\n" >"$1/routes/web.php"
    printf "<?php\nnamespace App\\Http;\n\nclass Kernel {}\n" >"$1/app/Http/Kernel.php"
    printf "<?php\n// Schema::create('users');\n" >"$1/database/migrations/2025_10_30_000000_create_users_table.php"
    echo "${1##*-}" >"$1/REVISION"
    ln -s ../../shared/.env "$1/.env"
    ln -s ../../shared/storage "$1/storage"
    chmod 755 "$1/artisan"
}
tree() {
    base=$to/var/www/$1
    mkdir -p "$base/releases" "$base/shared/storage/app" "$base/shared/storage/framework/cache" "$base/shared/storage/logs" "$base/backups"
    release "$base/releases/20251030_181500-3fa2c1d0"
    release "$base/releases/20251101_225026-4144baac"
    ln -s "/var/www/$1/releases/20251101_225026-4144baac" "$base/current"
    cp /world/files/dotenv "$base/shared/.env"
    echo 2025_10_30_000000_create_users_table >"$base/shared/database"
    echo '[2025-11-01 22:50:26] production.INFO: released' >"$base/shared/storage/logs/laravel.log"
    (
        cd "$base/backups"
        tar -C "$base/releases" -czf app-20251101_220500.tar.gz 20251030_181500-3fa2c1d0
        echo 'CREATE TABLE users (id INT);' | gzip >db-20251101_220500.sql.gz
        echo 'server {}' >nginx.conf && tar -czf nginx-20251101_220500.tar.gz nginx.conf && rm nginx.conf
        for file in *.gz; do sha256sum "$file" >"$file.sha256"; done
    )
    chown -R deploy:deploy "$base"
    chown -R deploy:www-data "$base/shared"
    find "$base/shared/storage" -type d -exec chmod 2775 {} +
    find "$base/shared/storage" -type f -exec chmod 664 {} +
    chmod 640 "$base/shared/.env" "$base"/backups/*
    chmod 750 "$base/backups"
}
tree api-gateway
tree api-gateway-staging
mkdir -p "$to/home/deploy/.ssh"
cp /world/files/client_key.pub "$to/home/deploy/.ssh/authorized_keys"
printf '# ~/.bashrc\n[ -z "${PS1-}" ] && return\n' >"$to/home/deploy/.bashrc"
chmod 700 "$to/home/deploy/.ssh"
chmod 600 "$to/home/deploy/.ssh/authorized_keys"
chown -R deploy:deploy "$to/home/deploy"
chmod 755 "$to/home/deploy"
