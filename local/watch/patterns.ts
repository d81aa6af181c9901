/** Matches relative paths with forward slashes against the patterns of `cdk watch`: `*`, `**`, `?` and `{a,b}`. */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(expressionOf);
  return (path) => expressions.some((expression) => expression.test(path));
}

const PARTS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/^\.\//, '').replace(/\/$/, '').replace(/\*\*\/|\*\*|[*?]|\{[^{}]*\}|[\\^$+.()|[\]{}]/g, (part) => {
    if (part.length > 1 && part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map((choice) => expressionOf(choice).source.slice(1, -1)).join('|')})`;
    return PARTS[part] ?? `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
