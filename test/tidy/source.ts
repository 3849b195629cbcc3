/**
 * TypeScript source as the tidy rules read it. Linux's like is scripts/checkpatch.pl: text rules over source text.
 *
 * A small scanner rather than a compiler: the rules need to know only what is a comment, what is a literal and what is code.
 */

/** The same text with comments, and on request the contents of literals, replaced by spaces; lines keep their numbers. */
export function blank(source: string, options: { literals: boolean }): string {
  let out = '';
  let at = 0;
  // One entry per template we are inside of: how many braces are open within its `${`.
  const templates: number[] = [];
  const hide = (text: string): string => text.replace(/[^\n]/g, ' ');
  const literal = (text: string): string =>
    options.literals && text.length > 1 ? `${text[0]}${hide(text.slice(1, -1))}${text[text.length - 1]}` : text;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const char = source[at] as string;
    let text: string | undefined;
    if ((text = match(/\/\/[^\n]*|\/\*[\s\S]*?\*\//y)) !== undefined) {
      out += hide(text);
    } else if ((text = match(/'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y)) !== undefined) {
      out += literal(text);
    } else if (
      char === '/' &&
      regexMayStart(out) &&
      (text = match(/\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y)) !== undefined
    ) {
      out += literal(text);
    } else if (char === '`' || (char === '}' && templates[templates.length - 1] === 0)) {
      if (char === '}') templates.pop();
      text = match(/[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y) ?? char;
      if (text.endsWith('${')) templates.push(0);
      out += options.literals ? hide(text) : text;
    } else {
      const top = templates.length - 1;
      if (top >= 0 && char === '{') templates[top] = (templates[top] as number) + 1;
      if (top >= 0 && char === '}') templates[top] = (templates[top] as number) - 1;
      text = char;
      out += char;
    }
    at += text.length;
  }
  return out;
}

/** A slash begins a regular expression where an operand is due, and divides elsewhere. */
function regexMayStart(before: string): boolean {
  const code = before.trimEnd();
  return code === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(code) || /\b(?:return|typeof|case|in|of|void|delete|throw|yield|await)$/.test(code);
}

/** What a module names in `import`, `export … from`, `import()` and `/// <reference>`. */
export function importsOf(source: string): string[] {
  const code = blank(source, { literals: false });
  const found: string[] = [];
  for (const match of code.matchAll(/(?:^|[;}\s])(?:import|export)\b(?:[\w\s{},*$]*?\bfrom\s*|\s*)['"]([^'"\n]+)['"]/g))
    found.push(match[1] as string);
  for (const match of code.matchAll(/\bimport\s*\(\s*['"`]([^'"`\n]+)['"`]/g)) found.push(match[1] as string);
  for (const match of code.matchAll(/\brequire\s*\(\s*['"]([^'"\n]+)['"]/g)) found.push(match[1] as string);
  for (const match of source.matchAll(/^\/\/\/\s*<reference\s+(?:types|path)="([^"]+)"/gm)) found.push(match[1] as string);
  return found;
}

/** Lines (from 1) on which a pattern is found. */
export function linesOf(text: string, pattern: RegExp): number[] {
  const lines: number[] = [];
  text.split('\n').forEach((line, index) => {
    if (pattern.test(line)) lines.push(index + 1);
  });
  return lines;
}
