"""Calls that real programs make, one check each, in the directory given. Prints what went wrong; the exit status is the number of faults."""
import ctypes, errno, fcntl, mmap, os, socket, stat, subprocess, sys

os.chdir(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
faults = 0


def check(name, condition):
    global faults
    if not condition:
        faults += 1
        print("fault:", name)


def fails(name, number, call):
    try:
        call()
    except OSError as error:
        check(f"{name}: {errno.errorcode.get(error.errno)} for {errno.errorcode[number]}", error.errno == number)
    else:
        check(f"{name}: no error", False)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def renameat2(old, new, flags):
    if libc.renameat2(AT_FDCWD, old.encode(), AT_FDCWD, new.encode(), flags) != 0:
        raise OSError(ctypes.get_errno(), new)


write("a", b"one")
write("b", b"two")
fails("RENAME_NOREPLACE", errno.EEXIST, lambda: renameat2("a", "b", 1))
renameat2("a", "b", 2)
check("RENAME_EXCHANGE", read("a") == b"two" and read("b") == b"one")
renameat2("a", "c", 4)
check("RENAME_WHITEOUT", stat.S_ISCHR(os.lstat("a").st_mode) and os.lstat("a").st_rdev == 0)
os.unlink("a")

fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
os.write(fd, b"unnamed")
check("O_TMPFILE has no name", os.fstat(fd).st_nlink == 0)
check("linkat", libc.linkat(AT_FDCWD, f"/proc/self/fd/{fd}".encode(), AT_FDCWD, b"named", 0x400) == 0)
check("O_TMPFILE gets a name", read("named") == b"unnamed" and os.fstat(fd).st_nlink == 1)
os.close(fd)

os.setxattr("b", "user.colour", b"red")
check("getxattr", os.getxattr("b", "user.colour") == b"red")
check("listxattr", os.listxattr("b") == ["user.colour"])
fails("XATTR_CREATE", errno.EEXIST, lambda: os.setxattr("b", "user.colour", b"x", os.XATTR_CREATE))
os.removexattr("b", "user.colour")
fails("removed", errno.ENODATA, lambda: os.getxattr("b", "user.colour"))
fails("no ACLs", errno.EOPNOTSUPP, lambda: os.setxattr("b", "system.posix_acl_access", b"\2\0\0\0"))

fd = os.open("sparse", os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b"x", 1 << 20)
check("SEEK_DATA", os.lseek(fd, 0, os.SEEK_DATA) == 1 << 20)
check("SEEK_HOLE", os.lseek(fd, 0, os.SEEK_HOLE) == 0)
os.posix_fallocate(fd, 0, 8192)
check("fallocate", os.fstat(fd).st_blocks >= 16)
check("punch", libc.fallocate(fd, 3, ctypes.c_long(0), ctypes.c_long(8192)) == 0 and os.fstat(fd).st_blocks == 8)
check("4 GiB and more", os.pwrite(fd, b"y", 5 << 30) == 1 and os.pread(fd, 1, 5 << 30) == b"y")
os.close(fd)

write("from", bytes(range(256)) * 4096)
source, target = os.open("from", os.O_RDONLY), os.open("to", os.O_CREAT | os.O_RDWR)
left = os.fstat(source).st_size
while left > 0:
    left -= os.copy_file_range(source, target, left)
check("copy_file_range", read("from") == read("to"))

fcntl.flock(source, fcntl.LOCK_EX)
other = os.open("from", os.O_RDONLY)
fails("flock", errno.EAGAIN, lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB))
fcntl.flock(source, fcntl.LOCK_UN)
fcntl.lockf(target, fcntl.LOCK_EX)
held = "import fcntl, os\ntry: fcntl.lockf(os.open('to', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)\nexcept BlockingIOError: raise SystemExit(3)"
check("POSIX locks", subprocess.run([sys.executable, "-c", held]).returncode == 3)
for each in (source, target, other):
    os.close(each)

fd = os.open("map", os.O_CREAT | os.O_RDWR)
os.ftruncate(fd, 8192)
with mmap.mmap(fd, 8192) as shared:
    shared[0:5] = b"first"
    shared.flush()
    check("msync reaches read", os.pread(fd, 5, 0) == b"first")
    os.pwrite(fd, b"again", 4096)
    check("write reaches the mapping", shared[4096:4101] == b"again")
    shared[100:104] = b"last"
os.close(fd)
check("munmap", read("map")[100:104] == b"last")
with open("map", "rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ) as private:
    check("private mapping", private[0:5] == b"first")

os.mkfifo("fifo")
writer = subprocess.Popen(["sh", "-c", "echo through > fifo"])
check("fifo", read("fifo") == b"through\n")
writer.wait()
server = socket.socket(socket.AF_UNIX)
server.bind("socket")
server.listen(1)
client = socket.socket(socket.AF_UNIX)
client.connect("socket")
client.sendall(b"hello")
check("socket", server.accept()[0].recv(5) == b"hello" and stat.S_ISSOCK(os.lstat("socket").st_mode))

write("script", b"#!/bin/sh\necho ran $1\n")
os.chmod("script", 0o755)
check("exec of a script", subprocess.run(["./script", "it"], capture_output=True).stdout == b"ran it\n")
write("true", read("/bin/true"))
os.chmod("true", 0o755)
check("exec of a program", subprocess.run(["./true"]).returncode == 0)

os.mkdir("many")
for number in range(3000):
    os.close(os.open(f"many/{number}", os.O_CREAT))
seen = set()
for entry in os.scandir("many"):
    seen.add(entry.name)
    os.unlink(f"many/{entry.name}")
check("every entry is seen once while entries go", len(seen) == 3000)
os.rmdir("many")

fails("a long name", errno.ENAMETOOLONG, lambda: open("n" * 256))
name = b"\xff\xfe not UTF-8 \xc3\xa9"
write(name, b"")
check("names are bytes", name in os.listdir(b"."))
os.unlink(name)

fd = os.open("gone", os.O_CREAT | os.O_RDWR)
os.write(fd, b"still here")
os.unlink("gone")
check("unlinked and open", os.pread(fd, 10, 0) == b"still here" and os.fstat(fd).st_nlink == 0)
os.close(fd)
path = os.open("b", os.O_PATH)
os.unlink("b")
with open(f"/proc/self/fd/{path}", "rb") as file:
    check("O_PATH keeps the file", file.read() == b"one")

fd = os.open("log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
os.write(fd, b"1")
with open("log", "ab") as file:
    file.write(b"2")
os.write(fd, b"3")
check("O_APPEND", read("log") == b"123")
os.close(fd)

before = os.stat("log")
write("log", b"456")
after = os.stat("log")
check("times move", after.st_mtime_ns > before.st_mtime_ns and after.st_ctime_ns > before.st_ctime_ns)
os.utime("log", ns=(1, -1))
check("times before 1970", os.stat("log").st_mtime_ns == -1)
sys.exit(faults)
