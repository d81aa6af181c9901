/* Reasons for refusing a JSON Web Token with a wrong form or signature. Each holds no part of the token, and names the fix. */

/** Valid lengths of a signature in bytes, by algorithm. An RSA signature is as long as the key, which is a multiple of 64. */
const SIGNATURE_BYTES: Readonly<Record<string, (bytes: number) => boolean>> = {
  RS256: isOfRsa,
  RS384: isOfRsa,
  RS512: isOfRsa,
  ES256: (bytes) => bytes === 64,
  ES384: (bytes) => bytes === 96,
  ES512: (bytes) => bytes === 132,
  EdDSA: (bytes) => bytes === 64 || bytes === 114,
};
const SUPPORTED = Object.keys(SIGNATURE_BYTES).join(', ');

/** Reason for refusing a token by its algorithm. */
export function algorithmProblem(token: string): string {
  return sizeRule(token)
    ? 'its token names another algorithm than the key has: see which one the issuer signs with, and whose token it is'
    : `its token uses an unsupported signing algorithm: the issuer must sign with one of ${SUPPORTED}`;
}

/** Reason for refusing a token whose signature does not match its key. */
export function signatureProblem(token: string): string {
  const bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url').length;
  return sizeRule(token)?.(bytes)
    ? 'the signature of its token does not match the key that it names: the token was changed, or signed with another key'
    : 'the signature of its token is malformed: it was cut off, or written in another encoding than base64url';
}

/** Reason for refusing text that cannot be read as a token. */
export function formProblem(token: string): string {
  return /^[\w-]+={0,2}\.[\w-]+={0,2}\.[\w-]+={0,2}$/.test(token)
    ? 'its token is malformed: its header or its claims are no JSON, or not of the types of RFC 7519'
    : 'it brought something that is not a signed JSON Web Token: three parts in base64url with dots between';
}

function sizeRule(token: string): ((bytes: number) => boolean) | undefined {
  try {
    const { alg } = Object(JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString('utf8'))) as { alg?: unknown };
    return typeof alg === 'string' && Object.hasOwn(SIGNATURE_BYTES, alg) ? SIGNATURE_BYTES[alg] : undefined;
  } catch {
    return undefined;
  }
}

function isOfRsa(bytes: number): boolean {
  return bytes > 0 && bytes % 64 === 0;
}
