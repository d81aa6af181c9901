/**
 * Evaluates a route selection expression, such as `$request.body.action` or `${request.body.service}/${request.body.action}`,
 * for a message. Returns undefined when the message has no such member; the route is then `$default`.
 */
export function selectRouteKey(expression: string, message: string): string | undefined {
  const body = parse(message);
  const single = /^\$\{?request\.body\.([^{}$]+)\}?$/.exec(expression);
  if (single) return member(body, single[1]);
  let complete = true;
  const key = expression.replace(/\$\{request\.body\.([^}]+)\}/g, (_match, path: string) => {
    const value = member(body, path);
    complete &&= value !== undefined;
    return value ?? '';
  });
  return complete ? key : undefined;
}

function member(body: unknown, path: string): string | undefined {
  let value = body;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
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
