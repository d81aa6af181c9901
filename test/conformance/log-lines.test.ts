import { API_ID, BROADCAST_QUEUE, CHUNK_QUEUE, DIRECT, SECRETS, SITUATIONS, type Situation } from './log-situations';
import { Handler } from '../../harness/handler/handler';
import { addressOfNothing, Rig } from '../../harness/rig';
import { type HandlerName, shippedBundle } from '../../harness/shipped-bundle';
import { Queues } from '../../local/queues/queues';
import { BroadcastWebSocketApi, FanOut, type IBroadcastWebSocketApi } from '../../src';
import { ENV, METRIC_DIMENSION, METRIC_NAMESPACE, METRIC_CONNECTION_STORE_FAILURES } from '../../src/private/contract';
import { BATCH_METRIC, CHANNEL_METRIC, HISTORY_METRIC, HOOK_METRIC, PRESENCE_METRIC } from '../../src/private/layer-contract';
import { newApi, newStack, resourcesOf } from '../construct-fixture';

/* Provokes every log line of the shipped functions, and checks each. */

/** Output of the situations by name. */
const written: Record<string, string> = {};
const linesOf = (output: string) => output.split('\n').filter((line) => line !== '');
const allLines = () => Object.values(written).flatMap(linesOf);

const bundles: { [name in HandlerName]?: string } = {};
/** Each has one situation at a time. None of them watches the clock. */
let rigs: Rig[] = [];
let queues: Queues;

beforeAll(async () => {
  rigs = await Promise.all([Rig.start(), Rig.start()]);
  queues = await Queues.start([CHUNK_QUEUE, BROADCAST_QUEUE], () => {});
  const remaining = [...SITUATIONS];
  await Promise.all(rigs.map(async (rig) => {
    for (let next = remaining.shift(); next; next = remaining.shift()) written[next.name] = await provoke(next, rig);
  }));
}, 180_000);

afterAll(async () => {
  await queues?.stop();
  await Promise.all(rigs.map((rig) => rig.stop()));
});

async function provoke(situation: Situation, rig: Rig): Promise<string> {
  const { handler: name, event, rows = [], table, scripts, others, env, timeoutMillis, endpointIsDown, sqsIsDown } = situation;
  const { children, tables, endpoint } = rig;
  await endpoint.play({ scripts, others });
  const nothing = await addressOfNothing();
  const handler = await Handler.start(children, {
    bundle: bundles[name] ??= shippedBundle(name),
    tableName: await tables.create(rows, table),
    tableEndpoint: tables.endpoint,
    callbackUrl: endpointIsDown ? nothing : endpoint.url,
    env: {
      [ENV.apiId]: API_ID,
      [ENV.chunkQueueUrl]: CHUNK_QUEUE.url,
      [ENV.chunkQueueArn]: CHUNK_QUEUE.arn,
      [ENV.broadcastQueueUrl]: BROADCAST_QUEUE.url,
      [ENV.maxAgeSeconds]: '3600',
      AWS_ENDPOINT_URL_SQS: sqsIsDown ? nothing : queues.endpoint,
      ...env,
    },
  });
  const { output } = await handler.invoke(event, timeoutMillis);
  await handler.stop();
  return output;
}

interface MetricLine {
  readonly _aws: { readonly CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[] };
  readonly [member: string]: unknown;
}

/** Returns every metric that CloudWatch would find in the lines: namespace, name, unit, dimensions and values. */
function emitted(): Set<string> {
  const lines = allLines().filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line) as MetricLine);
  return new Set(lines.flatMap((line) => line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => Metrics.map(({ Name, Unit }) => {
      expect(typeof line[Name]).toBe('number');
      return key(Namespace, Name, Unit, Object.fromEntries(names.map((name) => [name, line[name]])));
    })))));
}

/** Metrics of the layers' functions only: see test/lambda-src/aws/layer-reports.test.ts. */
const OF_LAYERS = [BATCH_METRIC, CHANNEL_METRIC, HISTORY_METRIC, HOOK_METRIC, PRESENCE_METRIC].flatMap((each) => Object.values<string>(each));

const key = (...parts: unknown[]) => JSON.stringify(parts);

describe('the metrics that the shipped functions write', () => {
  const imported = () => BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', { webSocketApiId: API_ID });

  test('are those that the metric methods ask for, with their units and dimensions, and no others', () => {
    const api = imported();
    const methods: (keyof IBroadcastWebSocketApi)[] = [];
    for (let type = Object.getPrototypeOf(api); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
      methods.push(...Object.getOwnPropertyNames(type).filter((name) => /^metric[A-Z]/.test(name)) as (keyof IBroadcastWebSocketApi)[]);
    }
    const asked = methods.map((name) => (api[name] as IBroadcastWebSocketApi['metricFailed']).call(api).toMetricConfig().metricStat!)
      .filter(({ namespace, metricName }) => namespace === METRIC_NAMESPACE && !OF_LAYERS.includes(metricName))
      .map(({ namespace, metricName, unitFilter, dimensions = [] }) =>
        key(namespace, metricName, unitFilter, Object.fromEntries(dimensions.map(({ name, value }) => [name, value]))));
    expect([...emitted()].sort()).toEqual(asked.sort());
  });

  test('are those that alarms and dashboards look at', () => {
    const api = newApi(() => ({ fanOut: FanOut.queued() }));
    api.addAlarms();
    api.addDashboard();
    const names = new Set([...emitted()].map((each) => JSON.parse(each)[1] as string));
    const texts = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard'].map((type) => JSON.stringify(resourcesOf(api, type)).replaceAll('\\"', '"'));
    const alarmed = [...texts[0].matchAll(/"MetricName":"(\w+)","Namespace":"BroadcastWebSocketApi"/g)].map(([, name]) => name);
    const shown = [...texts[1].matchAll(/"BroadcastWebSocketApi","(\w+)","(\w+)"/g)].map(([, name, dimension]) => {
      expect(dimension).toBe(METRIC_DIMENSION);
      return name;
    });
    expect(new Set(alarmed).size).toBeGreaterThan(5);
    for (const name of [...alarmed, ...shown]) expect(names).toContain(name);
    expect(new Set(shown)).toEqual(names);
  });

  test('of a broadcast are one line', () => {
    const refused = ['the message is too large', 'the sender is not stored', 'the rate of the sender is out of reach'];
    for (const name of DIRECT.map((situation) => situation.name).filter((each) => !refused.includes(each))) {
      expect(linesOf(written[name]).filter((line) => line.includes('"_aws"'))).toHaveLength(1);
    }
  });

  test('count a client that could not be let in', () => {
    expect(written['its row cannot be stored']).toContain(`"${METRIC_CONNECTION_STORE_FAILURES}":1`);
    expect(written['a client connects'].trim()).toBe('');
  });
});

describe('the lines that the shipped functions write', () => {
  test.each(Object.entries(SECRETS))('hold no %s', (_what, secret) => {
    const hidden = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(0, -3), Buffer.from(secret).toString('base64url').slice(0, -3)];
    for (const line of allLines()) for (const form of hidden) expect(line).not.toContain(form);
  });

  test('are each one of ours, or Lambda\'s about an error', () => {
    expect(allLines().length).toBeGreaterThan(SITUATIONS.length);
    for (const line of allLines()) {
      const [, lambda] = /^\S+\t\S+\tERROR\tInvoke Error\t(.*)$/.exec(line) ?? [];
      const parsed = JSON.parse(lambda ?? line);
      expect(parsed).toEqual(lambda ? expect.objectContaining({ errorType: expect.any(String) }) : expect.objectContaining({ service: API_ID }));
    }
  });

  test('cannot be forged', () => {
    for (const line of allLines()) expect(line).not.toMatch(/^\{"level":"ERROR","message":"forged"|Z forged/);
    expect(allLines().join()).not.toContain('forged');
  });

  test('say why, where something went wrong', () => {
    const troubled = SITUATIONS.filter(({ name }) => !['a client connects', 'a publisher\'s message is delivered', 'a part is delivered',
      'all is well, but for one who is gone', 'a client\'s message goes on the queue', 'what is left of a part goes back'].includes(name));
    for (const { name } of troubled) expect([name, written[name]]).toEqual([name, expect.stringMatching(/"level":"(INFO|WARN|ERROR)"|"reason":"|Invoke Error/)]);
  });
});
