type Item = Readonly<Record<string, unknown>>;

/** Returns the same text for all ways to write one key: DynamoDB may return a number in another form than it was given. */
export function keyId(item: Item, keys: readonly string[]): string {
  return JSON.stringify(keys.map((name) => {
    const { S, N, B } = (item[name] ?? {}) as Partial<Record<string, string>>;
    if (typeof N === 'string') return ['N', canonicalNumber(N)];
    return typeof B === 'string' ? ['B', Buffer.from(B, 'base64').toString('base64')] : ['S', S];
  }));
}

/** Returns the significant digits and the power of ten. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^\s*([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?\s*$/i.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign === '-' ? '-' : ''}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`;
}
