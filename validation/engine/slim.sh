#!/bin/sh
# Finishes a bootstrapped root file system ($1): run by mmdebstrap as its last hook.
#
# Makes it what the public slim images are (source: debuerreotype, debuerreotype-slimify and
# debuerreotype-minimizing-config), and takes out what would tell of this machine or this hour.
set -eu
root="$1"

# The excludes that mmdebstrap unpacked with go on to hold for what is installed later.
mv "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/docker"
cat > "$root/etc/apt/apt.conf.d/docker-no-languages" <<'CONF'
Acquire::Languages "none";
CONF
cat > "$root/etc/apt/apt.conf.d/docker-gzip-indexes" <<'CONF'
Acquire::GzipIndexes "true";
CONF
cat > "$root/etc/apt/apt.conf.d/docker-autoremove-suggests" <<'CONF'
Apt::AutoRemove::SuggestsImportant "false";
CONF
# No service is started when a package is installed: there is no init here.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# Where the packages came from is this machine's affair: builds bring their own sources.
rm -f "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"/*
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id"
rm -rf "$root/var/lib/apt/lists"/* "$root/var/cache/apt"/* "$root/var/cache/debconf"/*-old
rm -f "$root/var/lib/dpkg"/*-old "$root/etc"/*- "$root/var/cache/ldconfig/aux-cache"
find "$root/var/log" -type f -exec truncate -s 0 {} +
