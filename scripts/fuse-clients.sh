#!/usr/bin/env bash
# Real programs on a mount, as root: each line that begins with "ok" or "FAULT" is one of them. About a quarter of an hour.
#
#     npm run build && scripts/fuse-clients.sh [worker|main] [NAME]...
#
# Wants: rsync git gcc make sqlite3 fio stress-ng busybox-static, and postgresql where pgbench is to run.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
driver=worker
case ${1:-} in worker | main) driver=$1; shift ;; esac
only=("$@")
work=$(mktemp -d)
tree=$work/tree
mkdir "$tree"
chmod 755 "$work"
export LC_ALL=C

node "$here/dist/cli/main.js" mount --background --driver "$driver" -o dev,suid,size=3g "$tree" || exit 1
trap 'cd /; umount "$tree" 2>/dev/null || umount -l "$tree"; rm -rf "$work"' EXIT
faults=0

check() { # NAME SECONDS COMMAND
  if ((${#only[@]})) && [[ " ${only[*]} " != *" $1 "* ]]; then return; fi
  local began=$SECONDS
  mkdir -p "$tree/job/$1"
  if (cd "$tree/job/$1" && HERE=$here timeout -k 5 "$2" bash -euo pipefail -c "$3") >"$work/log" 2>&1; then
    echo "ok $1 ($((SECONDS - began)) s): $(tail -n 1 "$work/log" | cut -c 1-150)"
  else
    echo "FAULT $1: $(tail -n 5 "$work/log")"
    faults=$((faults + 1))
  fi
  rm -rf "${tree:?}/job/$1"
}

check find-du 60 '! find ../.. -path ../../proc -prune -o -print 2>&1 | grep -i loop; find ../.. -path ../../proc -prune -o -print | wc -l; du -s ../.. 2>/dev/null | cut -f1 | sed "s/$/ blocks, no loop/"'
check tar 120 'tar -C /usr/include -cf ../in.tar . && tar xpf ../in.tar && tar --compare -f ../in.tar && find . -type f | wc -l | sed "s/$/ files, no difference/"; rm ../in.tar'
check rsync 120 'rsync -aHAX --no-A /usr/include/linux/ a/ && ln a/fuse.h a/again && rsync -aH a/ b/ && test "$(rsync -aHnc --itemize-changes a/ b/ | wc -l)" = 0 && test a/again -ef a/fuse.h && test b/again -ef b/fuse.h && rsync -ac --stats a/ b/ | grep "Number of files:"'
check git 180 'git clone -q "$HERE" repo && cd repo && git fsck --full --strict && git status --porcelain | wc -l && git gc -q && git log --oneline | wc -l | sed "s/$/ commits, fsck clean/"'
check git-build 500 'git clone -q "$HERE" repo && cd repo && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --silent && npm run --silent build && find . -type f | wc -l | sed "s/$/ files; the package built from the clone says /" | tr -d "\n" && node dist/cli/main.js sh -c "echo \$(ls /dev | wc -l) nodes in /dev"'
check gcc-make 120 'printf "%s\n" "all: main" "main: a.o b.o" "	gcc -o main a.o b.o" "%.o: %.c" "	gcc -c -g -O2 \$<" > Makefile; echo "int b(void); int main(void) { return b(); }" > a.c; echo "int b(void) { return 0; }" > b.c; make -j2 && ./main && test "$(make | grep -c "Nothing to be done")" = 1 && touch b.c && make | grep -c "b.c" && echo "built, and rebuilt after touch"'
check npm-install 180 'cp "$HERE/package.json" . && cp -r "$HERE/dist" dist && npm pack --ignore-scripts --silent --pack-destination .. && mkdir user && cd user && npm init -y >/dev/null && npm install --no-audit --no-fund --offline --legacy-peer-deps ../../tuxfs-*.tgz && node -e "import(\"tuxfs\").then((m) => console.log(typeof m.Kernel, \"imported\"))"; rm ../../tuxfs-*.tgz'
check sqlite 120 'sqlite3 db "pragma journal_mode=wal; create table t(a integer primary key, b text);"; (for i in 1 2 3; do (for j in $(seq 200); do echo "insert into t(b) values(hex(randomblob(200)));"; done | sqlite3 -cmd ".timeout 20000" db) & done; wait); sqlite3 db "pragma integrity_check; select count(*) from t;" | paste -sd " "'
check fio 180 'fio --name=mixed --directory=. --rw=randrw --bssplit=512/20:4k/40:64k/30:1m/10 --size=24m --numjobs=2 --verify=crc32c --do_verify=1 --verify_fatal=1 --ioengine=psync --minimal >out && fio --name=map --directory=. --rw=randwrite --bs=4k --size=16m --ioengine=mmap --verify=crc32c --do_verify=1 --verify_fatal=1 --minimal >>out && echo "verified, psync and mmap"'
check stress-ng 100 'stress-ng --temp-path . --timeout 60 --dentry 1 --dir 1 --fallocate 1 --filename 1 --flock 1 --hdd 1 --hdd-bytes 64m --link 1 --rename 1 --symlink 1 --utime 1 --xattr 1 --chmod 1 --chown 1 --getdent 1 --sync-file 1 --seek 1 --iomix 1 --iomix-bytes 64m --copy-file 1 --lockf 1 --verify 2>&1 | tail -1'
check busybox 60 'mkdir bin && cp "$(command -v busybox)" bin/ && chroot . /bin/busybox --install -s /bin && chroot . /bin/sh -c "mkdir /d && echo x > /d/f && mv /d/f /d/g && cat /d/g | wc -c && find / | wc -l" | tail -1 | sed "s/$/ names in the chroot/"'
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  check postgresql 180 '
    bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
    pg() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
    start() { pg $bin/pg_ctl -D data -o "-k /tmp -p 54329 -c listen_addresses=" -w -l log start; }
    client=(-h /tmp -p 54329)
    chown postgres .
    pg $bin/initdb -D data
    start
    pg $bin/createdb "${client[@]}" bench
    pg $bin/pgbench "${client[@]}" -i -q bench
    pg $bin/pgbench "${client[@]}" -c 4 -T 8 bench >../pgbench 2>&1 &
    sleep 5
    kill -9 $(head -n 1 data/postmaster.pid)
    wait $! || true
    sleep 2
    rm -f data/postmaster.pid
    start
    sums="select count(*), (select sum(abalance) from pgbench_accounts) = (select sum(bbalance) from pgbench_branches), (select count(*) > 0 from pgbench_history) from pgbench_accounts"
    answer=$(pg psql "${client[@]}" -Atc "$sums" bench)
    pg $bin/pg_ctl -D data -m fast stop
    grep -q "automatic recovery in progress" log
    test "$answer" = "100000|t|t"
    echo "killed in the middle, recovered: $answer"'
fi
exit "$faults"
