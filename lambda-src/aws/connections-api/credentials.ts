/** What signs a request. A session token comes with temporary credentials only, which in Lambda they always are. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Reads credentials from environment variables, where Lambda puts its role's. Call it for each transmission: whether Lambda
 * replaces them while an execution environment lives is not documented (u).
 */
export function credentialsFrom(environment: Readonly<Record<string, string | undefined>>): Credentials {
  return {
    accessKeyId: visibleAscii(environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: visibleAscii(environment, 'AWS_SECRET_ACCESS_KEY'),
    sessionToken: environment.AWS_SESSION_TOKEN ? visibleAscii(environment, 'AWS_SESSION_TOKEN') : undefined,
  };
}

/** They are written into request heads: a line break in one would be a header of its own. The value is never repeated. */
function visibleAscii(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[name] ?? '';
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new Error(`'${name}' must be set to visible ASCII characters, got ${value.length} characters; Lambda sets it from the function's role`);
  }
  return value;
}
