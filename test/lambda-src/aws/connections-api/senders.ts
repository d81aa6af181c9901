import { ScriptedEndpoint } from './scripted-endpoint';
import { SignedSender, type SignedSenderOptions } from '../../../../lambda-src/aws/connections-api/signed-sender';
import type { Answer, Transmission } from '../../../../lambda-src/core/sender';

export const body = Buffer.from('hello');

export const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}=`);

export function postAll(transmission: Transmission, count: number): Promise<Answer[]> {
  return Promise.all(ids(count).map((id) => transmission.post(id)));
}

/** Returns the distinct answers: a status as its number, others by their kind. */
export function kinds(answers: readonly Answer[]): (number | string)[] {
  return [...new Set(answers.map((answer) => (answer.kind === 'status' ? answer.status : answer.kind)))];
}

/** Gives each test of the block its own endpoint, and senders to it; ends everything that a test leaves open. */
export function senders(secure: boolean) {
  let endpoint: ScriptedEndpoint;
  let opened: Transmission[];

  beforeEach(async () => {
    endpoint = await ScriptedEndpoint.start(secure);
    opened = [];
  });

  afterEach(async () => {
    for (const transmission of opened) transmission.end();
    await endpoint.stop();
  });

  return {
    endpoint: () => endpoint,
    senderWith: (options: Partial<SignedSenderOptions> = {}) => new SignedSender({
      callbackUrl: endpoint.url,
      region: 'eu-west-1',
      credentials: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
      memoryMegabytes: 1769,
      tls: { ca: endpoint.certificate.cert },
      ...options,
    }),
    begin: (sender: SignedSender, expected: number, content: Uint8Array = body) => {
      const transmission = sender.begin(content, expected);
      opened.push(transmission);
      return transmission;
    },
  };
}
