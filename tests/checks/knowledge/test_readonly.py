"""The commands that only read: what is on the list, and that nothing slips through it."""

from __future__ import annotations

import shlex

import pytest

from checks.knowledge.readonly import FORMS, allowed

READS = """
cat /etc/hostname
/bin/cat /etc/hostname
/usr/bin/stat -c %a /x
cat -- -odd
ls -la /srv
find /srv -name *.sql -mtime -1
find /srv ( -name a -o -name b ) -print
grep -rn -- -o file
date
date -u +%s
date --date=yesterday +%F
hostname -f
sort -rn file
sort --check file
uniq -c file
sed -n 1,5p /etc/passwd
sed -n /root/p /etc/passwd
sed -n $p ./x
tar -tzf /backups/a.tar.gz
tar tf a.tar
gzip -t /backups/a.gz
git rev-parse HEAD
git -C /srv/app rev-parse --short HEAD
git -C /srv/app --no-optional-locks status --porcelain
git --no-optional-locks describe --tags --always
git log -1 --format=%H
git --version
systemctl is-active nginx
systemctl --user is-active x
systemctl show nginx -p ActiveState --value
systemctl list-timers --all --no-pager
journalctl -u nginx --since=today -p err -q --no-pager
service nginx status
nginx -v
nginx -V
php -v
php8.3 -m
php -i
php --ri opcache
php -l public/index.php
composer --version
openssl version
openssl x509 -in /etc/ssl/x.pem -noout -enddate
ss -ltn
ip -br addr show
ip route
sysctl -n vm.swappiness
crontab -l
dpkg -l nginx
dpkg-query -W -f=${Version} nginx
mysqld --version
python3 --version
node -v
test -f /x
[ -d /x ]
true
"""

WRITES = """
sh -c true
bash
/bin/sh -c true
busybox cat x
env cat x
/usr/bin/env cat x
env -S cat
xargs cat
sudo cat /etc/shadow
su -c cat
doas cat
nice cat x
nohup cat x
timeout 1 cat x
setsid cat
watch cat
ssh other cat
chroot / cat
command cat
exec cat
eval cat
./cat x
bin/cat x
/tmp/cat x
/usr/local/bin/cat x
/usr/bin/../../tmp/cat x
//bin/cat x
/bin//cat x
cat/
/
. ./x
rm x
tee x
dd if=a
cp a b
awk BEGIN{system("x")}
curl http://x
wget http://x
find / -delete
find -- / -delete
find / -exec rm {} ;
find / -execdir rm {} +
find / -ok rm {} ;
find / -okdir rm {} ;
find / -fprint x
find / -fprint0 x
find / -fprintf x %p
find / -fls x
date -s 2020-01-01
date -us 2020-01-01
date --set=2020-01-01
date --se=2020-01-01
date 010100002020
date -- 010100002020
hostname evil
hostname -F file
hostname -b x
hostnamectl set-hostname x
hostnamectl hostname x
timedatectl set-time x
sort -o x y
sort -ro x y
sort -ox y
sort --output=x y
sort --outp x y
sort --compress-program=x y
sort --comp=x y
sort -T /x y
uniq a b
uniq - b
uniq -- -a b
sed s/a/b/ x
sed -i s/a/b/ x
sed -n -i p x
sed -ni p x
sed -n wfile x
sed -n /x/wfile x
sed -n /x/w\\ /tmp/out x
sed -n 1e x
sed -n s/a/b/w\\ out x
sed -n 1p -i x
sed -n --in-place 1p x
sed -n -f script x
tar -xf a
tar -cf a b
tar -tf a -I sh
tar -tf a --to-command=sh
tar -tf a --use-compress-program=sh
tar -tf a --checkpoint-action=exec=sh
tar -tf host:a
tar -tf a -x
tar -Itf a
gzip x
gzip -d x
gzip -t -d x
git status
git describe --dirty
git commit -m x
git -c alias.x=!sh x
git -c core.pager=sh log
git --exec-path=/tmp rev-parse
git --git-dir=/tmp status
git --no-optional-locks status --output=x
git log --output=x
git log -p
git log --ext-diff
git log --textconv
git -C rev-parse clean
git -C /x checkout .
git branch x
git config a b
git remote add x y
git --paginate log
git -p log
systemctl stop nginx
systemctl -p is-active stop nginx
systemctl -H host is-active x
systemctl is-active -H host x
systemctl is-active --host=x y
systemctl is-active -M x y
systemctl daemon-reload
systemctl --now is-active
systemctl edit x
journalctl --rotate
journalctl --vacuum-time=1s
journalctl --flush
journalctl --cursor-file=x
service nginx restart
service nginx status restart
service --status-all
nginx
nginx -t
nginx -s stop
nginx -v -s stop
php -r 1
php -f x
php x.php
php -v x.php
php -m -d auto_prepend_file=x
php -d x -v
php --run 1
php -l x -r 1
php -S localhost:1
php-fpm8.3
php-fpm8.3 -D
composer install
composer --version install
composer -d x --version
openssl x509 -in x -out y
openssl x509 -in x -req -CAcreateserial
openssl enc -in x
ss -K dst x
ss -tK
ss --kill
ss -D x
ip link set eth0 down
ip addr add 1 dev x
ip addr a 1
ip route add default
ip route del default
ip netns exec x y
ip -batch x
ip -n x addr
sysctl -w a=1
sysctl a=1
sysctl -n a=1
sysctl -p
sysctl --system
crontab -r
crontab -e
crontab file
crontab -l -r
dpkg -i x
dpkg -r x
dpkg -l --root=x
dpkg --configure -a
rpm -i x
rpm -q --pipe sh
rpm -qa --eval x
rpm -q --root=x y
apt-get update
apt list
mysqld
mysqld -v
memcached -v
mysql -e x
psql -c x
redis-cli flushall
node -e 1
node x.js
python3 -c 1
python3 -m x
perl -e 1
docker ps
docker run x
swapon /dev/x
swapon -a
file -C -m x
file --compile
unzip x
kill 1
pkill x
mount
chmod 777 x
"""


@pytest.mark.parametrize("line", READS.strip().splitlines())
def test_reads(line: str) -> None:
    assert allowed(shlex.split(line))


@pytest.mark.parametrize("line", WRITES.strip().splitlines())
def test_may_do_more(line: str) -> None:
    assert not allowed(shlex.split(line))


ODD = [["cat\n"], ["cat", "a\0b"], [""], [" cat"], ["CAT"], ["cat;rm"], ["cat rm"], ["git", "-C"]]


@pytest.mark.parametrize("argv", ODD)
def test_odd_words(argv: list[str]) -> None:
    assert not allowed(argv)


def test_no_name_is_on_the_list_twice() -> None:
    names = [name for names in FORMS for name in names.replace("(", "|").split("|")]
    assert len(FORMS) > 30
    assert not {"sh", "bash", "dash", "env", "xargs", "sudo", "awk", "tee", "dd"} & set(names)
