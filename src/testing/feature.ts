/** What a filesystem may be unable to do, by the system call or flag that asks for it. */
export type Feature =
  | 'creat'
  | 'mkdir'
  | 'symlink'
  | 'link'
  | 'mknod'
  | 'unlink'
  | 'rename'
  | 'RENAME_EXCHANGE'
  | 'write'
  | 'truncate'
  | 'chmod'
  | 'chown'
  | 'utimensat'
  | 'setxattr'
  | 'O_TMPFILE';
