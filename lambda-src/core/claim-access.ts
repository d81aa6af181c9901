/** Which value of an authorizer's context lists the names that a client may use. */
export interface ClaimRule {
  readonly key: string;
  /** Whether a name that ends with `*` stands for all that begin so. */
  readonly patterns: boolean;
}

/** A beginning of a name of a channel, or none, and then a star. */
const PATTERN = /^(?:[A-Za-z0-9][A-Za-z0-9_.:-]*)?\*$/;

/**
 * Whether an authorizer's context lists a name. Names are compared as a whole: a part of one, or one in capitals, is another.
 */
export function listsName(context: Readonly<Record<string, unknown>> | undefined, { key, patterns }: ClaimRule, name: string): boolean {
  const value = context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (typeof value !== 'string') return false;
  return namesIn(value).some((entry) => entry === name || (patterns && PATTERN.test(entry) && name.startsWith(entry.slice(0, -1))));
}

/** The names in a list: separated by spaces or commas, or an array as our authorizer writes one. */
function namesIn(list: string): readonly string[] {
  if (!list.startsWith('[')) return list.split(/[ ,]+/);
  try {
    const names: unknown = JSON.parse(list);
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
