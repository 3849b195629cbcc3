/** Process.readNames: what getdents(2) shows until the end, without `.` and `..`. */
import { describe, expect, it } from 'vitest';
import { Kernel, O_CREAT, O_DIRECTORY, O_RDONLY, O_WRONLY, type Process } from '../../src/index.ts';

function make(process: Process, count: number): number {
  process.mkdir('/tmp/d', 0o755);
  for (let i = 0; i < count; i++) process.close(process.open(`/tmp/d/a-name-that-is-long-enough-${i}`, O_WRONLY | O_CREAT, 0o644));
  return process.open('/tmp/d', O_RDONLY | O_DIRECTORY);
}

function listed(process: Process, fd: number): string[] {
  const names: string[] = [];
  for (let batch = process.getdents(fd); batch.length > 0; batch = process.getdents(fd)) names.push(...batch.map(({ name }) => name));
  return names.filter((name) => name !== '.' && name !== '..');
}

describe('readNames', () => {
  it('gives the names in the order of getdents, and moves the offset to the end', () => {
    const process = new Kernel().spawn();
    const fd = make(process, 100);
    process.unlink('/tmp/d/a-name-that-is-long-enough-7');
    process.rename('/tmp/d/a-name-that-is-long-enough-3', '/tmp/d/a-name-that-is-long-enough-90');
    const names = process.readNames(fd);
    expect(names.length).toBe(98);
    expect(process.getdents(fd)).toEqual([]);
    expect(process.readNames(fd)).toEqual([]);
    process.lseek(fd, 0, 0);
    expect(listed(process, fd)).toEqual(names);
  });

  it('goes on where getdents stopped', () => {
    const process = new Kernel().spawn();
    const fd = make(process, 10);
    const first = process.getdents(fd, 128).map(({ name }) => name);
    const rest = process.readNames(fd);
    expect(first.filter((name) => name !== '.' && name !== '..').length + rest.length).toBe(10);
  });

  it('lists an empty directory and a filesystem that looks names up', () => {
    const process = new Kernel().spawn();
    expect(process.readNames(make(process, 0))).toEqual([]);
    const fd = process.open('/proc/self', O_RDONLY | O_DIRECTORY);
    const names = process.readNames(fd);
    process.lseek(fd, 0, 0);
    expect(names).toEqual(listed(process, fd));
    expect(names).toContain('fd');
  });

  it('ENOTDIR: a file; ENOENT: a removed directory; EBADF: O_PATH', () => {
    const process = new Kernel().spawn();
    expect(() => process.readNames(process.open('/etc/passwd', O_RDONLY))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    const fd = make(process, 0);
    process.rmdir('/tmp/d');
    expect(() => process.readNames(fd)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => process.readNames(process.open('/tmp', 0o10000000))).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
