import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { templateFor } from './app';
import type { Address, ApiName } from './subject';
import { eventually } from '../../../harness/eventually';
import { closedPort } from '../../../harness/loopback';
import { environmentOf, REGION } from '../ministack/ministack';
import { startServer } from '../support/processes';

const STACK = 'Witness';

export interface MiniStackGateway {
  readonly addresses: Readonly<Record<ApiName, Address>>;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts MiniStack without TLS and signature checks, which the tests of the shipped bundles use, and creates the app as a stack. */
export async function startMiniStackGateway(python: string, template: ReturnType<typeof templateFor>): Promise<MiniStackGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const port = await closedPort();
  const { AUTH: _auth, USE_SSL: _tls, NODE_OPTIONS: _options, ...env } = environmentOf(folder, port);
  const server = await startServer(python, ['-m', 'hypercorn', 'ministack.app:app', '--bind', `127.0.0.1:${port}`], {
    cwd: folder, env, isReady: (text) => text.includes('Running on http'),
  });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ids = await createStack(port, withoutResponses(template));
    const addressOf = (id: ApiName): Address => ({ port, apiId: ids[id], host: `${ids[id]}.execute-api.${REGION}.amazonaws.com` });
    return { addresses: { Api: addressOf('Api'), Bare: addressOf('Bare'), Guarded: addressOf('Guarded') }, log: server.output, stop };
  } catch (error) {
    const output = server.output();
    await stop();
    throw new Error(`${String(error)}\n${output.slice(-2000)}`);
  }
}

/** Its CloudFormation has no route responses: every route answers as if it had one. */
function withoutResponses({ Resources, Outputs }: ReturnType<typeof templateFor>): object {
  return { Resources: Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => Type !== 'AWS::ApiGatewayV2::RouteResponse')), Outputs };
}

/** Creates the stack; returns its outputs. */
async function createStack(port: number, template: object): Promise<Record<string, string>> {
  const ask = async (parameters: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { Authorization: `AWS4-HMAC-SHA256 Credential=test/20200101/${REGION}/cloudformation/aws4_request, SignedHeaders=host, Signature=x` },
      body: new URLSearchParams({ Version: '2010-05-15', StackName: STACK, ...parameters }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(answer);
    return answer;
  };
  await ask({ Action: 'CreateStack', TemplateBody: JSON.stringify(template) });
  const answer = await eventually(async () => {
    const description = await ask({ Action: 'DescribeStacks' });
    return !description.includes('CREATE_IN_PROGRESS') && description;
  });
  if (!answer.includes('CREATE_COMPLETE')) throw new Error(answer);
  const outputs = [...answer.matchAll(/<OutputKey>(\w+)<\/OutputKey>\s*<OutputValue>([^<]+)</g)].map(([, key, value]) => [key, value]);
  return Object.fromEntries(outputs) as Record<string, string>;
}
