import { Duration, Stack } from 'aws-cdk-lib';
import { type IMetric, Metric, type MetricOptions, type MetricStatConfig, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { environmentOf, newApi, newStack, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, type IBroadcastWebSocketApi } from '../src';
import { ENV, METRIC, METRIC_DIMENSION, METRIC_DURATION, METRIC_NAMESPACE, METRIC_REJECTED_MESSAGES, METRIC_CONNECTION_STORE_FAILURES } from '../src/private/contract';
import * as layers from '../src/private/layer-contract';

type MetricMethod = Exclude<Extract<keyof IBroadcastWebSocketApi, `metric${string}`>, 'metric'>;

const GATEWAY = ['ConnectCount', 'MessageCount', 'IntegrationError', 'ClientError', 'ExecutionError', 'IntegrationLatency'];
/** Of every layer, also of one that comes. */
const OF_LAYERS = Object.entries(layers).filter(([name]) => name.endsWith('_METRIC')).flatMap(([, names]) => Object.values(names) as string[]);
const OURS = [...Object.values(METRIC), METRIC_DURATION, METRIC_REJECTED_MESSAGES, METRIC_CONNECTION_STORE_FAILURES, ...OF_LAYERS];

const imported = () => BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', { webSocketApiId: 'abc123', stageName: 'live' });

function call(api: IBroadcastWebSocketApi, name: string, props?: MetricOptions): Metric {
  return api[`metric${name}` as MetricMethod](props);
}

function statOf(metric: IMetric): MetricStatConfig {
  return metric.toMetricConfig().metricStat!;
}

test('there is a method for each of our metrics and of API Gateway\'s, and one for any of ours by name', () => {
  const names: string[] = [];
  for (let type = BroadcastWebSocketApi.prototype; type; type = Object.getPrototypeOf(type)) {
    names.push(...Object.getOwnPropertyNames(type).filter((name) => name.startsWith('metric')));
  }
  expect(names.sort()).toEqual(['metric', ...[...OURS, ...GATEWAY].map((name) => `metric${name}`)].sort());
});

test.each(OURS)('%s is a metric of ours, of this API', (name) => {
  const api = newApi();
  const { namespace, metricName, dimensions } = statOf(call(api, name));
  expect({ namespace, metricName }).toEqual({ namespace: METRIC_NAMESPACE, metricName: name });
  expect(Stack.of(api).resolve(dimensions)).toEqual([{ name: METRIC_DIMENSION, value: environmentOf(api.messageHandler)[ENV.apiId] }]);
});

test.each(OURS)('%s can be asked for by its name', (name) => {
  const api = newApi();
  const props = { period: Duration.minutes(1) };
  expect(statOf(api.metric(name, props))).toEqual(statOf(call(api, name, props)));
});

test.each(GATEWAY)('%s is a metric of API Gateway, of this stage', (name) => {
  const api = newApi(() => ({ stageName: 'live' }));
  const { namespace, metricName, dimensions } = statOf(call(api, name));
  expect({ namespace, metricName }).toEqual({ namespace: 'AWS/ApiGateway', metricName: name });
  expect(Stack.of(api).resolve(dimensions)).toEqual(Stack.of(api).resolve([
    { name: 'ApiId', value: api.webSocketApi.apiId }, { name: 'Stage', value: 'live' },
  ]));
});

test.each([...OURS, ...GATEWAY])('%s of an imported API is the same', (name) => {
  const stat = statOf(call(imported(), name));
  const ids = Object.fromEntries(stat.dimensions!.map((dimension) => [dimension.name, dimension.value]));
  expect(ids).toEqual(OURS.includes(name as never) ? { [METRIC_DIMENSION]: 'abc123' } : { ApiId: 'abc123', Stage: 'live' });
});

test('counts are summed, and times are the 99th percentile', () => {
  const api = newApi();
  expect(statOf(api.metricFailed())).toMatchObject({ statistic: 'Sum', unitFilter: Unit.COUNT, period: Duration.minutes(5) });
  expect(statOf(api.metricDuration())).toMatchObject({ statistic: 'p99', unitFilter: Unit.MILLISECONDS });
  expect(statOf(api.metricMessageCount())).toMatchObject({ statistic: 'Sum', unitFilter: undefined });
  expect(statOf(api.metricIntegrationLatency())).toMatchObject({ statistic: 'p99', unitFilter: undefined });
});

test('each has overrides', () => {
  const metric = newApi().metricRecipients({ statistic: 'Maximum', period: Duration.minutes(1), label: 'connections' });
  expect(statOf(metric)).toMatchObject({ statistic: 'Maximum', period: Duration.minutes(1) });
  expect(metric.label).toBe('connections');
});

test('none creates anything', () => {
  const api = newApi();
  const before = templateOf(newApi()).toJSON();
  for (const name of [...OURS, ...GATEWAY]) call(api, name);
  expect(templateOf(api).toJSON()).toEqual(before);
});
