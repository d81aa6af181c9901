/** Value of an authorizer's context that lists the names a client may use. */
export interface ClaimRule {
  readonly key: string;
  /** Whether a name that ends with `*` stands for all names with that prefix. */
  readonly patterns: boolean;
}

/** Prefix of channel names, possibly empty, followed by a star. */
const PATTERN = /^(?:[A-Za-z0-9][A-Za-z0-9_.:-]*)?\*$/;

/** Whether an authorizer's context lists a name. Names match as a whole and in the same case. */
export function listsName(context: Readonly<Record<string, unknown>> | undefined, { key, patterns }: ClaimRule, name: string): boolean {
  const value = context && Object.hasOwn(context, key) ? context[key] : undefined;
  if (typeof value !== 'string') return false;
  return namesIn(value).some((entry) => entry === name || (patterns && PATTERN.test(entry) && name.startsWith(entry.slice(0, -1))));
}

/** Returns the names in a list, separated by spaces or commas; this library's authorizer writes a JSON array. */
function namesIn(list: string): readonly string[] {
  if (!list.startsWith('[')) return list.split(/[ ,]+/);
  try {
    const names: unknown = JSON.parse(list);
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
