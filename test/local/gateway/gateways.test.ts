import { WebSocket } from 'ws';
import { Gateways } from '../../../local/gateway/gateways';
import { gatewayLimits } from '../../../local/gateway/limits';
import { Ports } from '../../../local/gateway/ports';
import { RegionalRates, TokenBucket } from '../../../local/gateway/rates';
import type { ApiModel } from '../../../local/model/apis';

/** Each region accepts only one new connection. */
const rates = new RegionalRates(() => ({ requests: new TokenBucket(0, 1_000), newConnections: new TokenBucket(0, 1) }));

const api = (apiId: string, region: string): ApiModel => ({
  logicalId: apiId,
  path: `Stack/${apiId}`,
  apiId,
  region,
  host: `${apiId}.execute-api.${region}.amazonaws.com`,
  arn: `arn:aws:execute-api:${region}:111122223333:${apiId}`,
  routeSelectionExpression: '$request.body.action',
  routes: new Map(),
  stages: [{ name: 'prod', path: `Stack/${apiId}/Stage` }],
});

test('the APIs of one region share the rates of the account', async () => {
  const gateways = new Gateways({ ports: new Ports(0), rates, limits: gatewayLimits(), log: () => undefined });
  try {
    await gateways.apply([api('one', 'eu-west-1'), api('two', 'eu-west-1'), api('three', 'us-east-1')]);
    gateways.start(async () => ({ ok: true, payload: {} }));
    const answers: string[] = [];
    for (const { port } of gateways.served) {
      const client = new WebSocket(`ws://127.0.0.1:${port}/prod`);
      answers.push(await new Promise((resolve) => client.once('open', () => resolve('open')).once('error', ({ message }) => resolve(message))));
      client.terminate();
    }
    expect(answers).toEqual(['open', 'Unexpected server response: 429', 'open']);
  } finally {
    await gateways.stop();
  }
});
