import { DynamoDbError } from '../client';

export type Token =
  | { readonly kind: 'word' | 'quoted' | 'text' | 'number' | 'symbol'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' };

/** Tried in this order. */
const KINDS: readonly (readonly [Exclude<Token['kind'], 'end'>, RegExp])[] = [
  ['text', /'((?:[^']|'')*)'/y],
  ['quoted', /"((?:[^"]|"")*)"/y],
  ['number', /((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y],
  ['word', /([A-Za-z_][\w$]*)/y],
  ['symbol', /(<<|>>|<=|>=|<>|!=|[=<>+\-*?.,:()[\]{}])/y],
];

/** Splits a PartiQL statement into tokens. */
export function tokensOf(statement: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < statement.length) {
    const space = /\s+|--[^\n]*/y;
    space.lastIndex = at;
    const skipped = space.exec(statement)?.[0].length ?? 0;
    at += skipped;
    if (skipped > 0) continue;
    const token = next(statement, at);
    if (!token) throw malformed(`unexpected character '${statement[at]}' at ${at + 1}`);
    tokens.push(token.token);
    at = token.end;
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function next(statement: string, at: number): { readonly token: Token; readonly end: number } | undefined {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const match = pattern.exec(statement);
    if (match) return { token: { kind, text: kind === 'text' ? match[1].replaceAll("''", "'") : match[1].replaceAll('""', '"') }, end: pattern.lastIndex };
  }
  return undefined;
}

export function malformed(why: string): DynamoDbError {
  return new DynamoDbError('ValidationException', `Statement wasn't well formed, can't be processed: ${why}`);
}
