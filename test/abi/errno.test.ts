import { getSystemErrorName, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as errno from '../../src/abi/errno.ts';
import { EAGAIN, EILSEQ, ENOENT, EOPNOTSUPP, errnoMessage, errnoName, LinuxError } from '../../src/abi/errno.ts';

describe('errnoName', () => {
  it('names every number that has a constant', () => {
    const codes = Object.entries<unknown>({ ...errno }).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    expect(codes.length).toBe(134);
    for (const [name, number] of codes) {
      const alias = { EWOULDBLOCK: 'EAGAIN', EDEADLOCK: 'EDEADLK', ENOTSUP: 'EOPNOTSUPP' }[name];
      expect(errnoName(number)).toBe(alias ?? name);
    }
  });
  it('prefers the name of the kernel for a number with two', () => {
    expect(errnoName(EAGAIN)).toBe('EAGAIN');
    expect(errnoName(EOPNOTSUPP)).toBe('EOPNOTSUPP');
  });
  it.runIf(process.platform === 'linux')('agrees with the host where the host knows the number', () => {
    expect(getSystemErrorName(-ENOENT)).toBe('ENOENT');
    expect(getSystemErrorName(-EILSEQ)).toBe('EILSEQ');
  });
  it.each([41, 58, 134, -1, 1.5, Number.NaN])('makes one up for %d', (number) => {
    expect(errnoName(number)).toBe(`E${number}`);
    expect(errnoMessage(number)).toBe(`Unknown error ${number}`);
  });
});

describe('errnoMessage', () => {
  it.each([
    [0, 'Success'],
    [ENOENT, 'No such file or directory'],
    [EILSEQ, 'Invalid or incomplete multibyte or wide character'],
    [133, 'Memory page has hardware error'],
  ])('of %d', (number, text) => expect(errnoMessage(number)).toBe(text));
});

describe('LinuxError', () => {
  it('is an Error that no Error constructor made', () => {
    const error = new LinuxError(ENOENT);
    expect(error).toBeInstanceOf(LinuxError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('LinuxError');
    expect(Object.hasOwn(error, 'stack')).toBe(false);
  });
  it('holds its fields in one order', () => {
    expect(Object.keys(new LinuxError(ENOENT))).toEqual(['errno', 'code', 'message', 'syscall', 'path', 'dest']);
  });
  it('says what failed, as a string and as an uncaught error', () => {
    const error = new LinuxError(ENOENT);
    expect(error.stack).toBe('LinuxError: ENOENT: No such file or directory');
    error.syscall = 'rename';
    error.path = '/a';
    error.dest = '/b';
    expect(String(error)).toBe("LinuxError: ENOENT: No such file or directory, rename '/a' -> '/b'");
    expect(error.stack).toBe(String(error));
    expect(inspect(error)).toContain(String(error));
  });
  it('takes a sentence and a cause', () => {
    const cause = new LinuxError(ENOENT);
    const error = new LinuxError(EILSEQ, 'not a name', { cause });
    expect(error.message).toBe('not a name');
    expect(error.code).toBe('EILSEQ');
    expect(error.cause).toBe(cause);
    expect('cause' in cause).toBe(false);
  });
  it('captures a stack when asked to', () => {
    function failing(): LinuxError {
      return new LinuxError(ENOENT).captureStack();
    }
    const error = failing();
    const lines = error.stack.split('\n');
    expect(lines[0]).toBe('LinuxError: ENOENT: No such file or directory');
    expect(lines[1]).toContain('failing');
    expect(Object.keys(error)).not.toContain('stack');
    expect(error.captureStack(failing)).toBe(error);
  });
  it('leaves out the frames it is told to', () => {
    function inner(): LinuxError {
      return new LinuxError(ENOENT).captureStack(inner);
    }
    function outer(): LinuxError {
      return inner();
    }
    expect(outer().stack.split('\n')[1]).toContain('outer');
  });
  it('has a stack that can be replaced', () => {
    const error = new LinuxError(ENOENT);
    error.stack = 'shortened';
    expect(error.stack).toBe('shortened');
  });
  it('costs less to make than an Error by far', () => {
    const count = 20_000;
    const elapsed = (make: () => unknown): number => {
      const start = performance.now();
      for (let i = 0; i < count; i++) make();
      return performance.now() - start;
    };
    // The best of several: other programs share the machine.
    const best = (make: () => unknown): number => Math.min(...Array.from({ length: 5 }, () => elapsed(make)));
    const real = best(() => new Error('no such file'));
    expect(best(() => new LinuxError(ENOENT))).toBeLessThan(real / 3);
  });
});
