/** Credentials that sign a request. Only temporary credentials have a session token; in Lambda they always are temporary. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Reads credentials from the environment variables in which Lambda puts those of the function's role. Call it for each transmission: AWS
 * does not document whether Lambda replaces them while an execution environment lives (u).
 */
export function credentialsFrom(environment: Readonly<Record<string, string | undefined>>): Credentials {
  return {
    accessKeyId: visibleAscii(environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: visibleAscii(environment, 'AWS_SECRET_ACCESS_KEY'),
    sessionToken: environment.AWS_SESSION_TOKEN ? visibleAscii(environment, 'AWS_SESSION_TOKEN') : undefined,
  };
}

/** Reads a variable that is written into request heads: a line break in it would start another header. Errors never repeat the value. */
function visibleAscii(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[name] ?? '';
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new Error(`'${name}' must be set to visible ASCII characters, got ${value.length} characters; Lambda sets it from the function's role`);
  }
  return value;
}
