/**
 * ioctl(2) request numbers, and how they are made. Linux: include/uapi/asm-generic/ioctl.h, asm-generic/ioctls.h,
 * linux/{fs,random,fuse,loop,if_tun,inotify,kd,vt}.h.
 *
 * A modern number holds the direction (2 bits), the size of the argument (14), the driver's letter (8) and a number (8).
 * JavaScript's bit operations give signed results, so each value here is made unsigned.
 */

export const _IOC_NONE = 0;
export const _IOC_WRITE = 1;
export const _IOC_READ = 2;
export const _IOC_NRSHIFT = 0;
export const _IOC_TYPESHIFT = 8;
export const _IOC_SIZESHIFT = 16;
export const _IOC_DIRSHIFT = 30;

// Terminals.
export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TCGETA = 0x5405;
export const TCSETA = 0x5406;
export const TCSETAW = 0x5407;
export const TCSETAF = 0x5408;
export const TCSBRK = 0x5409;
export const TCXONC = 0x540a;
export const TCFLSH = 0x540b;
export const TIOCEXCL = 0x540c;
export const TIOCNXCL = 0x540d;
export const TIOCSCTTY = 0x540e;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCOUTQ = 0x5411;
export const TIOCSTI = 0x5412;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
export const TIOCMGET = 0x5415;
export const TIOCMBIS = 0x5416;
export const TIOCMBIC = 0x5417;
export const TIOCMSET = 0x5418;
export const TIOCGSOFTCAR = 0x5419;
export const TIOCSSOFTCAR = 0x541a;
export const TIOCINQ = 0x541b;
export const TIOCLINUX = 0x541c;
export const TIOCCONS = 0x541d;
export const TIOCGSERIAL = 0x541e;
export const TIOCSSERIAL = 0x541f;
export const TIOCPKT = 0x5420;
export const TIOCNOTTY = 0x5422;
export const TIOCSETD = 0x5423;
export const TIOCGETD = 0x5424;
export const TCSBRKP = 0x5425;
export const TIOCSBRK = 0x5427;
export const TIOCCBRK = 0x5428;
export const TIOCGSID = 0x5429;
export const TIOCVHANGUP = 0x5437;
export const TIOCGPTPEER = 0x5441;

export const TCGETS2 = 0x802c542a;
export const TCSETS2 = 0x402c542b;
export const TCSETSW2 = 0x402c542c;
export const TCSETSF2 = 0x402c542d;
export const TIOCGPTN = 0x80045430;
export const TIOCSPTLCK = 0x40045431;
export const TIOCGDEV = 0x80045432;
export const TIOCSIG = 0x40045436;
export const TIOCGPKT = 0x80045438;
export const TIOCGPTLCK = 0x80045439;
export const TIOCGEXCL = 0x80045440;

// The first byte of a read from a pty master in packet mode.
export const TIOCPKT_DATA = 0;
export const TIOCPKT_FLUSHREAD = 1;
export const TIOCPKT_FLUSHWRITE = 2;
export const TIOCPKT_STOP = 4;
export const TIOCPKT_START = 8;
export const TIOCPKT_NOSTOP = 16;
export const TIOCPKT_DOSTOP = 32;
export const TIOCPKT_IOCTL = 64;

// Any file.
export const FIONREAD = 0x541b;
export const FIONBIO = 0x5421;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;
export const FIOASYNC = 0x5452;
export const FIOQSIZE = 0x5460;
export const FIBMAP = 0x0001;
export const FIGETBSZ = 0x0002;

// Filesystems.
export const FIFREEZE = 0xc0045877;
export const FITHAW = 0xc0045878;
export const FITRIM = 0xc0185879;
export const FICLONE = 0x40049409;
export const FICLONERANGE = 0x4020940d;
export const FIDEDUPERANGE = 0xc0189436;
export const FS_IOC_GETFLAGS = 0x80086601;
export const FS_IOC_SETFLAGS = 0x40086602;
export const FS_IOC_GETVERSION = 0x80087601;
export const FS_IOC_SETVERSION = 0x40087602;
export const FS_IOC_FIEMAP = 0xc020660b;
export const FS_IOC32_GETFLAGS = 0x80046601;
export const FS_IOC32_SETFLAGS = 0x40046602;
export const FS_IOC_FSGETXATTR = 0x801c581f;
export const FS_IOC_FSSETXATTR = 0x401c5820;
export const FS_IOC_GETFSLABEL = 0x81009431;
export const FS_IOC_SETFSLABEL = 0x41009432;

// The flags that FS_IOC_GETFLAGS gives (chattr).
export const FS_SYNC_FL = 0x00000008;
export const FS_IMMUTABLE_FL = 0x00000010;
export const FS_APPEND_FL = 0x00000020;
export const FS_NODUMP_FL = 0x00000040;
export const FS_NOATIME_FL = 0x00000080;
export const FS_DIRSYNC_FL = 0x00010000;
export const FS_CASEFOLD_FL = 0x40000000;
export const FS_FL_USER_VISIBLE = 0x0003dfff;
export const FS_FL_USER_MODIFIABLE = 0x000380ff;

// random(4).
export const RNDGETENTCNT = 0x80045200;
export const RNDADDTOENTCNT = 0x40045201;
export const RNDGETPOOL = 0x80085202;
export const RNDADDENTROPY = 0x40085203;
export const RNDZAPENTCNT = 0x00005204;
export const RNDCLEARPOOL = 0x00005206;
export const RNDRESEEDCRNG = 0x00005207;

// getrandom(2), which has its flags in the same header.
export const GRND_NONBLOCK = 0x1;
export const GRND_RANDOM = 0x2;
export const GRND_INSECURE = 0x4;

// Block devices.
export const BLKROSET = 0x0000125d;
export const BLKROGET = 0x0000125e;
export const BLKRRPART = 0x0000125f;
export const BLKGETSIZE = 0x00001260;
export const BLKFLSBUF = 0x00001261;
export const BLKRASET = 0x00001262;
export const BLKRAGET = 0x00001263;
export const BLKSSZGET = 0x00001268;
export const BLKBSZGET = 0x80081270;
export const BLKBSZSET = 0x40081271;
export const BLKGETSIZE64 = 0x80081272;
export const BLKDISCARD = 0x00001277;
export const BLKIOMIN = 0x00001278;
export const BLKIOOPT = 0x00001279;
export const BLKALIGNOFF = 0x0000127a;
export const BLKPBSZGET = 0x0000127b;
export const BLKROTATIONAL = 0x0000127e;
export const BLKZEROOUT = 0x0000127f;

// Loop devices.
export const LOOP_SET_FD = 0x4c00;
export const LOOP_CLR_FD = 0x4c01;
export const LOOP_SET_STATUS64 = 0x4c04;
export const LOOP_GET_STATUS64 = 0x4c05;
export const LOOP_CTL_ADD = 0x4c80;
export const LOOP_CTL_REMOVE = 0x4c81;
export const LOOP_CTL_GET_FREE = 0x4c82;

// The Linux console.
export const KDGKBTYPE = 0x4b33;
export const KDSETMODE = 0x4b3a;
export const KDGETMODE = 0x4b3b;
export const VT_OPENQRY = 0x5600;
export const VT_GETSTATE = 0x5603;
export const VT_ACTIVATE = 0x5606;

// /dev/fuse, /dev/net/tun, inotify.
export const FUSE_DEV_IOC_CLONE = 0x8004e500;
export const TUNSETIFF = 0x400454ca;
export const TUNGETIFF = 0x800454d2;
export const TUNGETFEATURES = 0x800454cf;
export const INOTIFY_IOC_SETNEXTWD = 0x40044900;

/** Makes a request number. Linux: _IOC(dir, type, nr, size); the type is a letter or a number. */
export function _IOC(dir: number, type: string | number, nr: number, size: number): number {
  const letter = typeof type === 'string' ? type.charCodeAt(0) : type;
  return ((dir << _IOC_DIRSHIFT) | (size << _IOC_SIZESHIFT) | (letter << _IOC_TYPESHIFT) | (nr << _IOC_NRSHIFT)) >>> 0;
}

/** A request without an argument that is pointed to. */
export function _IO(type: string | number, nr: number): number {
  return _IOC(_IOC_NONE, type, nr, 0);
}

/** A request that the caller reads an answer from, of `size` bytes. */
export function _IOR(type: string | number, nr: number, size: number): number {
  return _IOC(_IOC_READ, type, nr, size);
}

/** A request that the caller writes an argument of, of `size` bytes. */
export function _IOW(type: string | number, nr: number, size: number): number {
  return _IOC(_IOC_WRITE, type, nr, size);
}

export function _IOWR(type: string | number, nr: number, size: number): number {
  return _IOC(_IOC_READ + _IOC_WRITE, type, nr, size);
}

export function _IOC_DIR(request: number): number {
  return request >>> _IOC_DIRSHIFT;
}

export function _IOC_TYPE(request: number): number {
  return (request >>> _IOC_TYPESHIFT) & 0xff;
}

export function _IOC_NR(request: number): number {
  return (request >>> _IOC_NRSHIFT) & 0xff;
}

export function _IOC_SIZE(request: number): number {
  return (request >>> _IOC_SIZESHIFT) & 0x3fff;
}
