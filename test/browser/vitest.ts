/**
 * What the cases use of Vitest, for a page: it collects tests, and Vitest's own `expect` looks at what they find.
 */
import { type ExpectStatic, chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** With its matchers, which the plug-ins put on chai's own. */
export const expect: ExpectStatic = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
) as unknown as ExpectStatic;

export interface Test {
  readonly name: string;
  readonly run: () => void;
}

export const tests: Test[] = [];
const titles: string[] = [];

export function describe(title: string, body: () => void): void {
  titles.push(title);
  body();
  titles.pop();
}

export function it(title: string, run: () => void): void {
  tests.push({ name: [...titles, title].join(' > '), run });
}

it.each =
  <Row extends object>(rows: readonly Row[]) =>
  (title: string, run: (row: Row) => void): void => {
    for (const row of rows)
      it(
        title.replace(/\$(\w+)/g, (_, key: string) => String(row[key as keyof Row])),
        () => run(row),
      );
  };
