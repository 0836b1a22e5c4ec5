"""What programs can do when root runs them: bare facts, by name. Much of it was first collected by GTFOBins. Pure."""

from __future__ import annotations

import re

_NAMES = {
    "SHELL": "ash bash busybox capsh chroot csh dash doas env fish flock ionice ksh nice nohup nsenter pkexec"
    " rbash newgrp sg runuser screen script setarch setpriv setsid sh ssh start-stop-daemon stdbuf strace ltrace su sudo"
    " systemd-run systemd-inhibit systemd-cat systemd-nspawn"
    " taskset tcsh time timeout tmux unshare watch xargs zsh at batch parallel run-parts",
    "SHELL_ESCAPE": "find gcc gdb cc c++ g++ make cmake rake ant gradle mvn git hg svn ftp sftp scp telnet socat nc"
    " ncat netcat nmap tcpdump zip check_by_ssh byebug cpan expect dmsetup fail2ban-client genie ld.so ninja"
    " openvpn puppet rlwrap run-mailcap sash vagrant wish aws awk gawk mawk nawk supervisorctl pm2 tclsh",
    "INTERPRETER": "python perl ruby php node nodejs bun deno lua mysql mariadb psql sqlite sed tclsh jjs java jrunscript"
    " irb octave R julia groovy scala ghci ipython artisan",
    "EDITOR": "vi vim view vimdiff rvim rview nvim gvim nano rnano pico ed ex red emacs jed joe jmacs mcedit mc micro"
    " ne pluma kate visudo vipw vigr crontab neovim zile sudoedit nvi mg editor sensible-editor select-editor edquota"
    " xemacs",
    "PAGER": "less more most man pg journalctl bat info dmesg lesspipe w3m lynx systemd-analyze systemd-cgls systemd-delta"
    " coredumpctl networkctl resolvectl timedatectl localectl pager sensible-pager zless zmore bzless bzmore xzless"
    " xzmore zstdless lnav multitail links elinks",
    "FILE_READ": "du getent wall logger"
    " cat head tail tac nl od xxd hexdump hd strings base64 base32 basenc cut sort uniq comm diff cmp grep"
    " egrep fgrep rgrep zcat zgrep bzcat xzcat rev fold fmt paste pr join look jq yq file date ip arp column cmp"
    " csplit dialog espeak gzip bzip2 xz 7z iconv msgfmt nasm openssl ptx readelf objdump shuf ss uuencode wc"
    " whiptail xmllint pdftex mtr ul unexpand expand tbl soelim sha256sum md5sum debugfs",
    "FILE_WRITE": "tee cp mv dd ln install rsync tar unzip cpio wget curl truncate touch mkdir rm rmdir logrotate shred"
    " split patch sponge mknod link unlink rename ar bsdtar unsquashfs aria2c gunzip sysctl ssh-keygen",
    "PERM_CHANGE": "chown chgrp chmod setfacl chattr setcap mount umount passwd chpasswd usermod useradd userdel adduser"
    " deluser addgroup groupmod groupadd gpasswd newusers chsh chfn chage update-alternatives pam-auth-update insmod"
    " modprobe kexec iptables ip6tables nft ldconfig mkfs losetup cryptsetup fdisk parted hdparm swapon quotaon",
    "PACKAGE_MANAGER": "apt apt-get aptitude dpkg dpkg-reconfigure dnf yum rpm zypper pacman apk snap flatpak pip npm npx"
    " yarn pnpm composer gem bundle bundler cargo cpanm easy_install ansible ansible-playbook certbot brew pear pecl",
    "CONTAINER": "docker docker-compose podman nerdctl ctr crictl kubectl lxc lxd incus machinectl virsh runc",
    "SYSTEMCTL_WIDE": "systemctl busctl loginctl",
    "SERVICE_WIDE": "service invoke-rc.d rc-service initctl nginx apache2 apache2ctl apachectl httpd php-fpm",
}
CATALOGUE = {name: sort for sort, names in reversed(_NAMES.items()) for name in names.split()}
"""The finding that a program is, called freely, by its name."""

_HARMLESS = (
    "arch basename df dirname echo false free groups hostname hostnamectl id kill killall last lscpu"
    " lsblk ls netstat nproc ping pgrep pidof pkill printenv printf ps pwd readlink realpath reboot shutdown poweroff halt"
    " sleep stat sync test true tty uname uptime w who whoami lsb_release lsmod lspci lsusb mpstat iostat pg_isready"
    " vmstat"
)
HARMLESS = frozenset(_HARMLESS.split())
"""What makes nobody root, whatever its arguments."""

_RUNNERS = (
    "ansible-galaxy cap celery dep dotnet drush envoy fab forever go grunt gulp gunicorn helm invoke just lerna meson"
    " nodemon nomad nx packer phing phpunit pipenv poetry pulumi puma pytest rails robo sbt sls supervisord symfony task"
    " terraform terragrunt tofu tox turbo unicorn uv uwsgi vite webpack wp"
)
RUNNERS = frozenset(_RUNNERS.split())
"""What does as files in a folder tell it: that of the caller, where none is named."""
CATALOGUE |= dict.fromkeys(RUNNERS, "SHELL_ESCAPE")

_FIXED = (
    # Debian's own small administration
    "a2ensite a2dissite a2enmod a2dismod a2enconf a2disconf a2query apt-cache apt-config apt-mark dpkg-query deborphan"
    " debsums phpenmod phpdismod phpquery update-ca-certificates update-grub update-initramfs update-rc.d"
    " update-locale update-command-not-found needrestart pg_lsclusters pg_ctlcluster newaliases invoke-rc.d"
    # what the machine is and does
    " acpi blkid cpupower dmidecode findmnt free hwclock inxi ipcs lastb lastlog lsattr lshw lsipc lslocks lsns lsof"
    " lsscsi sar numastat nstat pidstat pmap sensors smartctl upower fuser nvme"
    " ipmitool fstrim swapoff sestatus getenforce setenforce aa-status aa-enforce aa-complain faillock auditctl ausearch"
    " aureport logsave rfkill"
    # networks
    " ufw ethtool ifconfig route arping chronyc ntpdate ntpq conntrack dig host whois traceroute ping6 wg resolvconf"
    " ifup ifdown ifquery bridge brctl netplan nmcli"
    # storage
    " lvs vgs pvs lvdisplay vgdisplay pvdisplay zpool zfs btrfs mdadm dumpe2fs tune2fs xfs_info repquota quota setquota"
    " udevadm"
    # services and their data
    " mysqldump mariadb-dump mysqladmin mariadb-admin mysqlshow mariadb-show mysqlcheck mariadb-check pg_dump pg_dumpall"
    " pg_basebackup redis-cli varnishadm varnishreload varnishncsa rabbitmqctl rabbitmq-diagnostics mongodump"
    " memcached-tool haproxy caddy postfix postqueue postsuper postmap postconf mailq doveadm exim exim4 rndc"
    " unbound-control named-checkconf named-checkzone pdns_control nsd-control knotc squid squidclient sshd monit asterisk"
    " passenger-config passenger-status passenger-memory-stats cupsenable cupsdisable lpq lpstat cancel slapcat"
    # watching and backing up
    " freshclam clamscan rkhunter chkrootkit lynis aide nagios4stats check_disk updatedb locate mlocate"
)
FIXED = frozenset(_FIXED.split())
"""What with fixed arguments does only what these say. Files that they name are looked at; what is not in here is not
known, and counts against."""

_KNOWN = CATALOGUE.keys() | HARMLESS | FIXED

_PLAIN = "chown chgrp chmod systemctl nginx rm mkdir rmdir ln cp mv cat tail head tee touch"
PLAIN = frozenset(_PLAIN.split()) | HARMLESS
"""What heeds no variable that names code: neither PYTHONPATH nor BASH_ENV, nor PATH."""

_VERSION = re.compile(r"[-.]?\d+(?:\.\d+)*\Z")


def name(path: str) -> str:
    """The name of a program without its version or flavour: ``python3.11`` is ``python``, ``vim.basic`` is ``vim``,
    ``emacs-nox`` is ``emacs``."""
    plain = path.rpartition("/")[2]
    number, flavour = _VERSION.sub("", plain), re.split(r"[.-]", plain, maxsplit=1)[0]
    if plain in _KNOWN or number in _KNOWN:
        return plain if plain in _KNOWN else number
    # Only what is dangerous lends its name: what else begins alike may do something else.
    dotted = plain.startswith(f"{flavour}.") and flavour in CATALOGUE
    return flavour if dotted or CATALOGUE.get(flavour) == "EDITOR" else number


def sort(path: str) -> str | None:
    """What `path` is in the catalogue."""
    return CATALOGUE.get(name(path))
