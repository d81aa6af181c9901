import { randomUUID } from 'node:crypto';
import { connect, type Handshake, silence } from './client';

/*
 * Signs up and signs in a new user at a Cognito user pool, connects with the token and sends a message; then makes connection attempts that have
 * to fail.
 */

/** Payload of an invocation. */
export interface Request {
  readonly url: string;
  /** Origin of pages that may connect. */
  readonly origin: string;
  /** Address of Cognito: `https://cognito-idp.<region>.amazonaws.com`. */
  readonly cognito: string;
  readonly clientId: string;
  readonly message: string;
}

export interface Outcome {
  /** Subprotocol in the answer to the client with the token. */
  readonly subprotocol: string;
  readonly frames: string[];
  /** Credentials of the refused clients. */
  readonly refused: string[];
}

export async function handler({ url, origin, cognito, clientId, message }: Request): Promise<Outcome> {
  const token = await signIn(cognito, clientId);
  const client = await connect(url, { protocols: ['chat', token], origin });
  try {
    client.socket.send(message);
    await silence([client]);
  } finally {
    client.socket.close();
  }
  const refused = await Promise.all([
    isRefused('no token', { protocols: ['chat'], origin }),
    isRefused('a token that was changed', { protocols: ['chat', `${token.slice(0, -8)}AAAAAAAA`], origin }),
    isRefused('another origin', { protocols: ['chat', token], origin: 'https://evil.example' }),
    isRefused('no origin', { protocols: ['chat', token] }),
  ]);
  return { subprotocol: client.socket.protocol, frames: client.frames, refused: refused.flat() };

  async function isRefused(what: string, handshake: Handshake): Promise<string[]> {
    return connect(url, handshake).then(({ socket }) => {
      socket.close();
      return [];
    }, () => [what]);
  }
}

/** Returns the access token of a new user. */
async function signIn(cognito: string, ClientId: string): Promise<string> {
  const [username, password] = [`ann-${randomUUID()}`, `Aa1!${randomUUID()}`];
  await call(cognito, 'SignUp', { ClientId, Username: username, Password: password });
  const { AuthenticationResult } = await call(cognito, 'InitiateAuth', {
    ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return AuthenticationResult!.AccessToken;
}

async function call(cognito: string, operation: string, input: object): Promise<{ AuthenticationResult?: { AccessToken: string } }> {
  const response = await fetch(cognito, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation} was answered ${response.status}: ${await response.text()}`);
  return await response.json() as { AuthenticationResult?: { AccessToken: string } };
}
