/** Every filesystem runs the suite of tuxfs/testing: those of the kernel, and the examples of src/fs/README.md. */
import { Filesystem, type FilesystemType, Inode, S_IFDIR, type VirtualFilesystem } from 'tuxfs';
import { type FilesystemUnderTest, testFilesystem } from 'tuxfs/testing';
import { describe, expect, it } from 'vitest';
import { mapfs } from '../../examples/looked-up-filesystem.ts';
import { ramfs } from '../../examples/pinned-filesystem.ts';

const kernels =
  (name: string) =>
  (vfs: VirtualFilesystem): FilesystemType =>
    vfs.filesystemType(name, { internal: true });

const nothing = 'names are the kernel’s alone';
const subjects: Readonly<Record<string, FilesystemUnderTest>> = {
  tmpfs: { make: kernels('tmpfs'), data: 'mode=755' },
  devtmpfs: { make: kernels('devtmpfs') },
  proc: {
    make: kernels('proc'),
    features: {
      creat: nothing,
      mkdir: nothing,
      symlink: nothing,
      link: nothing,
      mknod: nothing,
      unlink: nothing,
      rename: nothing,
      RENAME_EXCHANGE: nothing,
      setxattr: nothing,
      O_TMPFILE: nothing,
      utimensat: 'lasts as long as the inode is in use',
    },
  },
  'examples/pinned-filesystem.ts': { make: () => ramfs, features: { mknod: 'no devices', setxattr: false } },
  'examples/looked-up-filesystem.ts': {
    make: () => mapfs(new Map([['there', new Map([['file', { bytes: new Uint8Array(3) }]])]])),
    features: {
      symlink: 'a Map has no links',
      link: 'one name each',
      mknod: 'no devices',
      RENAME_EXCHANGE: 'two moves would not be one',
      setxattr: false,
      O_TMPFILE: 'looked up',
    },
  },
};

describe.each(Object.entries(subjects))('%s', (_name, subject) => {
  for (const { name, run, skip } of testFilesystem(subject)) {
    if (skip === undefined) it(name, run);
  }
});

describe('a filesystem that is wrong', () => {
  class Nowhere extends Inode {
    override lookup(): Inode {
      return this;
    }
    override iterate(): [] {
      return [];
    }
  }
  class Wrong extends Filesystem {
    constructor(vfs: VirtualFilesystem, type: FilesystemType) {
      super(vfs, type, { pinned: false, magic: 1 });
      this.setRoot(new Nowhere(this, 1, S_IFDIR | 0o755, { uid: 0, gid: 0 }));
    }
  }
  const wrong: FilesystemType = { name: 'wrong', requiresDevice: false, getFilesystem: ({ vfs }) => new Wrong(vfs, wrong), release() {} };
  const cases = testFilesystem({ make: () => wrong, features: { creat: 'cannot' } });

  it('fails the cases that say so', () => {
    const failed = cases.filter(({ skip, run }) => {
      if (skip !== undefined) return false;
      try {
        run();
        return false;
      } catch {
        return true;
      }
    });
    expect(failed.map(({ name }) => name)).toContain('a name that is not there is ENOENT, whatever JavaScript objects have by that name');
  });

  it('is not asked for what it says it cannot do', () => {
    const skipped = cases.filter(({ skip }) => skip !== undefined);
    expect(skipped.length).toBeGreaterThan(20);
    expect(new Set(skipped.map(({ skip }) => skip))).toEqual(new Set(['creat: cannot']));
    expect(cases.find(({ name }) => name === 'refuses creat, and nothing changes')?.skip).toBeUndefined();
  });
});
