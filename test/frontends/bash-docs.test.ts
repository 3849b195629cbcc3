import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shellManual } from '../../scripts/shell-manual.ts';
import { COMMANDS, helpText } from '../../src/bash/index.ts';

describe('docs/SHELL.md', () => {
  it('is current: npm run shell-docs writes it', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/SHELL.md'), 'utf8')).toBe(shellManual());
  });
});

describe('--help', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))('%s shows every option', (_, command) => {
    const help = helpText(command);
    for (const { short, long } of command.options) {
      if (short !== undefined) expect(help).toContain(`-${short}`);
      if (long !== undefined) expect(help).toContain(`--${long}`);
    }
  });
  it('has no option twice in one table', () => {
    for (const { name, options } of COMMANDS) {
      const letters = options.map(({ short }) => short).filter((letter) => letter !== undefined);
      expect([name, letters.length]).toEqual([name, new Set(letters).size]);
    }
  });
});
