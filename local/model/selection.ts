/** Looks up a variable of an expression, such as `request.body.action`. */
export type Variables = (name: string) => string | undefined;

/** An escaped character; a variable in braces; a variable that ends where its name does. */
const TOKEN = /\\(.)|\$\{([^}]*)\}|\$([A-Za-z][\w-]*(?:\.[\w-]+|\[\d+\])*)/g;

/**
 * Evaluates a selection expression, such as `$request.body.action`, `${request.body.service}/${request.body.action}` or `\$default`.
 * Returns undefined when one of its variables has no value.
 */
export function evaluate(expression: string, variables: Variables): string | undefined {
  let complete = true;
  const key = expression.replace(TOKEN, (_match, escaped?: string, braced?: string, bare?: string) => {
    if (escaped !== undefined) return escaped;
    const value = variables(braced ?? bare ?? '');
    complete &&= value !== undefined;
    return value ?? '';
  });
  return complete ? key : undefined;
}

/** Names of the variables of an expression. */
export function variablesOf(expression: string): string[] {
  const names: string[] = [];
  evaluate(expression, (name) => {
    names.push(name);
    return '';
  });
  return names;
}

/** Looks up members of a message: only `request.body.…` has values. A message that is not JSON has none. */
export function bodyVariables(message: string): Variables {
  let body: { readonly value: unknown } | undefined;
  return (name) => {
    const path = /^request\.body(?=[.[])(.+)$/.exec(name)?.[1];
    if (path === undefined) return undefined;
    body ??= { value: parse(message) };
    return member(body.value, path);
  };
}

/** @param path such as `.data.items[0].kind` */
function member(body: unknown, path: string): string | undefined {
  let value = body;
  for (const [, name, index] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) {
    const key = name ?? index;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}
