/** What a filesystem cannot do it refuses, in words that programs know, and nothing changes. */
import { AT_FDCWD, O_CREAT, O_RDWR, O_TMPFILE, RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { makedev, S_IFCHR } from '../../abi/stat.ts';
import { type Case, type CaseDefinition, holds, names, outcome, put, same } from '../case.ts';
import type { Feature } from '../feature.ts';

const REFUSALS = ['EPERM', 'EROFS', 'EACCES', 'EOPNOTSUPP', 'EINVAL', 'ENOENT', 'EIO'];

const ATTEMPTS: Partial<Readonly<Record<Feature, { readonly needs: readonly Feature[]; readonly attempt: (c: Case) => void }>>> = {
  creat: { needs: [], attempt: ({ p }) => p.close(p.open('f', O_CREAT | O_RDWR, 0o644)) },
  mkdir: { needs: [], attempt: ({ p }) => p.mkdir('d', 0o755) },
  symlink: { needs: [], attempt: ({ p }) => p.symlink('target', 'l') },
  link: { needs: ['creat', 'write'], attempt: ({ p }) => p.link('present', 'f') },
  mknod: { needs: [], attempt: ({ p }) => p.mknod('c', S_IFCHR | 0o600, makedev(1, 3)) },
  unlink: { needs: ['creat', 'write'], attempt: ({ p }) => p.unlink('present') },
  rename: { needs: ['creat', 'write'], attempt: ({ p }) => p.rename('present', 'f') },
  RENAME_EXCHANGE: {
    needs: ['creat', 'write'],
    attempt: ({ p }) => {
      put(p, 'other', '');
      p.renameat2(AT_FDCWD, 'present', AT_FDCWD, 'other', RENAME_EXCHANGE);
    },
  },
  chmod: { needs: [], attempt: ({ p }) => p.chmod('.', 0o700) },
  chown: { needs: [], attempt: ({ p }) => p.chown('.', 5, 5) },
  setxattr: { needs: [], attempt: ({ p }) => p.setxattr('.', 'trusted.note', new Uint8Array(1)) },
  O_TMPFILE: { needs: [], attempt: ({ p }) => p.close(p.open('.', O_TMPFILE | O_RDWR, 0o600)) },
};

export function refusalCases(lacks: (feature: Feature) => boolean): CaseDefinition[] {
  const cases: CaseDefinition[] = [];
  for (const [feature, { needs, attempt }] of Object.entries(ATTEMPTS)) {
    if (!lacks(feature as Feature)) continue;
    cases.push({
      name: `refuses ${feature}, and nothing changes`,
      needs,
      body: (c) => {
        const { p } = c;
        if (needs.length > 0) put(p, 'present', 'x');
        const before = { names: names(p, '.'), mode: p.stat('.').mode, uid: p.stat('.').uid };
        const code = outcome(() => attempt(c));
        holds(REFUSALS.includes(code), `${feature}: ${code}, expected one of ${REFUSALS.join(', ')}`);
        const after = { names: names(p, '.').filter((name) => name !== 'other'), mode: p.stat('.').mode, uid: p.stat('.').uid };
        same(after, before, 'the root, after what was refused');
      },
    });
  }
  return cases;
}
