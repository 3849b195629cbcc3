/**
 * Extended attributes, xattr(7). Linux: include/uapi/linux/xattr.h, linux/limits.h.
 */

// setxattr(2).
export const XATTR_CREATE = 0x1;
export const XATTR_REPLACE = 0x2;

// Bytes in a name, in a value, and in a list of names.
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;
export const XATTR_LIST_MAX = 65536;

export const XATTR_SECURITY_PREFIX = 'security.';
export const XATTR_SYSTEM_PREFIX = 'system.';
export const XATTR_TRUSTED_PREFIX = 'trusted.';
export const XATTR_USER_PREFIX = 'user.';

export const XATTR_NAME_CAPS = 'security.capability';
export const XATTR_NAME_SELINUX = 'security.selinux';
export const XATTR_NAME_POSIX_ACL_ACCESS = 'system.posix_acl_access';
export const XATTR_NAME_POSIX_ACL_DEFAULT = 'system.posix_acl_default';
