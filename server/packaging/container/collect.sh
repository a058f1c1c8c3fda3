#!/bin/sh
# Copies everything that the service needs into a folder, which becomes the container image: the binary, the libraries
# that it is linked to, the root certificates, and the user. No shell, no package manager. Runs in a Debian that has the
# binary and ca-certificates.
set -eu
image=$1
binary=/usr/bin/wachtwoord-reset
user=65532

for folder in /usr/bin /etc/ssl/certs /etc/wachtwoord-reset /var/lib/wachtwoord-reset /var/log/wachtwoord-reset /tmp; do
	mkdir -p "$image$folder"
done
cp "$binary" "$image$binary"
# Lines such as «libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)» and «/lib64/ld-linux-x86-64.so.2 (0x…)».
ldd "$binary" | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$image${library%/*}"
	cp --dereference "$library" "$image$library"
done
cp --dereference /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
echo "wachtwoord-reset:x:$user:$user::/var/lib/wachtwoord-reset:/usr/sbin/nologin" >"$image/etc/passwd"
echo "wachtwoord-reset:x:$user:" >"$image/etc/group"
echo "hosts: files dns" >"$image/etc/nsswitch.conf"
chown "$user:$user" "$image/var/lib/wachtwoord-reset" "$image/var/log/wachtwoord-reset"
chmod 700 "$image/var/lib/wachtwoord-reset" "$image/var/log/wachtwoord-reset"
chmod 1777 "$image/tmp"
