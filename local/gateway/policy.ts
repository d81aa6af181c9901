interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: object;
}

const ACTION = 'execute-api:Invoke';

/**
 * Whether a policy allows an invocation: a statement has to allow it, and none may deny it. Conditions are not evaluated: a statement with
 * one denies, but does not allow. Returns undefined for a value that is not a policy.
 */
export function allows(policy: unknown, methodArn: string): boolean | undefined {
  const statement = (policy as { Statement?: unknown } | null | undefined)?.Statement;
  if (typeof statement !== 'object' || statement === null) return undefined;
  const statements = ([] as Statement[]).concat(statement as Statement | Statement[]);
  if (statements.some(({ Effect }) => Effect !== 'Allow' && Effect !== 'Deny')) return undefined;
  const matching = statements.filter(({ Action, Resource }) => matches(Action, ACTION, 'i') && matches(Resource, methodArn, ''));
  return matching.some(({ Effect, Condition }) => Effect === 'Allow' && Condition === undefined) && !matching.some(({ Effect }) => Effect === 'Deny');
}

/** Whether a pattern matches: `*` stands for any characters and `?` for one. */
function matches(patterns: string | readonly string[] | undefined, text: string, flags: string): boolean {
  return ([] as string[]).concat(patterns ?? []).some((pattern) => {
    const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${literal.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, flags).test(text);
  });
}
