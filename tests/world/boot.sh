#!/bin/sh
# Process 1 of the world: makes a private root from the machine's own, starts the services, and waits.
# It ends when its standard input does, so that nothing outlives the test run, however that ends.
#
#   boot.sh inside|outside FOLDER SSH_PORT PROD_PORT STAGING_PORT TLS_PORT PHP_PORT SILENT_PORT DRIBBLE_PORT
set -eu
stage=$1 folder=$2
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C

if [ "$stage" = outside ]; then
    mount --make-rprivate /
    # What the fixture prepared moves into memory, with every change that will be made to the machine.
    mkdir "$folder/mem"
    mount -t tmpfs -o mode=0700 world "$folder/mem"
    cp -R "$folder/files" "$folder/mem/files"
    cd "$folder/mem"
    mkdir upper root layers
    layer() {
        n=$(find layers -mindepth 1 -maxdepth 1 | wc -l)
        mkdir -p "layers/$n/upper" "layers/$n/work" "root$1"
        chmod 755 "layers/$n/upper"
        mount -t overlay world -o "lowerdir=$1,upperdir=layers/$n/upper,workdir=layers/$n/work" "root$1"
    }
    layer /
    # An overlay does not reach into other file systems: /var or /usr may be some of their own.
    awk '$(NF-2) ~ /^(ext[234]|xfs|btrfs|f2fs|zfs)$/ && $5 ~ /^\/(etc|home|opt|root|srv|usr|var)(\/|$)/ { print $5 }' \
        /proc/self/mountinfo | sort -u | while read -r place; do
        [ ! -d "$place" ] || layer "$place"
    done
    mkdir -p root/world root/run root/tmp root/proc root/sys root/dev
    mount --bind . root/world
    mount -t tmpfs -o mode=0755 run root/run
    mount -t tmpfs -o mode=1777 tmp root/tmp
    mount -t proc proc root/proc
    mount --rbind /sys root/sys
    mount --rbind /dev root/dev
    mount -t tmpfs -o mode=1777 shm root/dev/shm
    shift
    exec chroot root /bin/sh /world/files/boot.sh inside "$@"
fi

shift 2
ssh_port=$1 prod_port=$2 staging_port=$3 tls_port=$4 php_port=$5 silent_port=$6 dribble_port=$7
umask 022
cd /world/files
hostname gateway
echo gateway >/etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 gateway\n' >/etc/hosts
[ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id

# Accounts: deploy may log in with its key only; it is in no group but its own.
for file in passwd shadow group gshadow; do
    [ ! -f "/etc/$file" ] || sed -i -e '/^deploy:/d' -e '/^[^:]*:[^:]*:2042:/d' "/etc/$file"
done
echo 'deploy:x:2042:2042:Deployment:/home/deploy:/bin/bash' >>/etc/passwd
echo 'deploy:*:20000:0:99999:7:::' >>/etc/shadow
echo 'deploy:x:2042:' >>/etc/group
grep -q '^www-data:' /etc/group || echo 'www-data:x:33:' >>/etc/group
grep -q '^www-data:' /etc/passwd || echo 'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin' >>/etc/passwd

# Stand-ins, because no systemd and no cron run here. They answer from files, and say so in their head.
install -m 755 systemctl crontab /usr/bin/
mkdir -p /run/sshd /run/gateway /run/systemd-stand-in /usr/local/lib/gateway /var/log/gateway /etc/gateway

fill() { sed -e "s|@SSH@|$ssh_port|g" -e "s|@PROD@|$prod_port|g" -e "s|@STAGING@|$staging_port|g" \
    -e "s|@TLS@|$tls_port|g" -e "s|@PHP@|$php_port|g" -e "s|@SILENT@|$silent_port|g" \
    -e "s|@DRIBBLE@|$dribble_port|g" "$1"; }
install -m 600 host_key /etc/gateway/ssh_host_key
install -m 644 host_key.pub /etc/gateway/ssh_host_key.pub
install -m 600 tls.key /etc/gateway/tls.key
install -m 644 tls.crt /etc/gateway/tls.crt
fill sshd_config >/etc/gateway/sshd_config
fill nginx.conf >/etc/gateway/nginx.conf
install -m 644 router.php /usr/local/lib/gateway/router.php
# sshd of Debian 13 punishes addresses that fail to log in: here all come from the same one.
echo 'PerSourcePenalties no' >>/etc/gateway/sshd_config
/usr/sbin/sshd -t -f /etc/gateway/sshd_config 2>/dev/null || sed -i '$d' /etc/gateway/sshd_config

sh /world/files/release-trees.sh /world/master
sh /world/files/reset.sh
sh /world/files/services.sh
echo ready
cat >/dev/null
