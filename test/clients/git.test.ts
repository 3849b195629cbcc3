/** isomorphic-git: a repository of a thousand files, made on tuxfs and on the disk. */
import git from 'isomorphic-git';
import { expect, it } from 'vitest';
import { onBoth } from './subjects.ts';

const author = { name: 'A', email: 'a@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

it('isomorphic-git', { timeout: 60_000 }, async () => {
  const { ours, disk } = await onBoth(async ({ fs, root: dir }) => {
    await git.init({ fs, dir, defaultBranch: 'main' });
    const paths = Array.from({ length: 1000 }, (_, index) => `d${index % 10}/f${index}.txt`);
    for (const path of paths) {
      fs.mkdirSync(`${dir}/${path.split('/')[0]}`, { recursive: true });
      fs.writeFileSync(`${dir}/${path}`, `content of ${path}\n`);
    }
    await git.add({ fs, dir, filepath: paths });
    const first = await git.commit({ fs, dir, message: 'first', author, committer: author });
    await git.branch({ fs, dir, ref: 'topic', checkout: true });
    fs.writeFileSync(`${dir}/d0/f0.txt`, 'changed on the branch\n');
    fs.unlinkSync(`${dir}/d1/f1.txt`);
    await git.add({ fs, dir, filepath: 'd0/f0.txt' });
    await git.remove({ fs, dir, filepath: 'd1/f1.txt' });
    const second = await git.commit({ fs, dir, message: 'second', author, committer: author });
    await git.checkout({ fs, dir, ref: 'main' });
    const back = fs.readFileSync(`${dir}/d0/f0.txt`, 'utf8');
    fs.writeFileSync(`${dir}/d2/f2.txt`, 'not committed\n');
    const status = (await git.statusMatrix({ fs, dir })).filter(([, head, workdir, stage]) => head !== 1 || workdir !== 1 || stage !== 1);
    const log = (await git.log({ fs, dir, ref: 'topic' })).map(({ oid, commit }) => [oid, commit.message]);
    return { first, second, back, status, log };
  });
  expect(ours).toEqual(disk);
});
