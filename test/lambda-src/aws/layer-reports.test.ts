import { ChannelReport } from '../../../lambda-src/aws/channel-report';
import { FrameReport } from '../../../lambda-src/aws/frame-report';
import { HistoryReport } from '../../../lambda-src/aws/history-report';
import { HookReport } from '../../../lambda-src/aws/hook-report';
import { PresenceReport } from '../../../lambda-src/aws/presence-report';
import { BroadcastWebSocketApi, type IBroadcastWebSocketApi } from '../../../src';
import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../../../src/private/contract';
import { BATCH_METRIC, CHANNEL_METRIC, HISTORY_METRIC, HOOK_METRIC, PRESENCE_METRIC } from '../../../src/private/layer-contract';
import { newStack } from '../../construct-fixture';

/* The layers' functions emit exactly the metrics that the metric methods return. For the base see test/conformance/log-lines.test.ts. */

const API_ID = 'abc123';
const LAYERS = [HISTORY_METRIC, CHANNEL_METRIC, HOOK_METRIC, PRESENCE_METRIC].flatMap((each) => Object.values<string>(each));
const error = new Error('a reason');

const environment = process.env;
let written: string[];

beforeEach(() => {
  written = [];
  process.env = { ...environment, POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_SERVICE_NAME: API_ID };
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => written.push(String(line)) > 0);
  for (const method of ['log', 'info', 'warn', 'error'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
});

afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

interface MetricLine {
  readonly _aws: { readonly CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[] };
  readonly [member: string]: unknown;
}

/** Namespace, name, unit and dimension of each metric in the lines. */
function emitted(): string[] {
  const metricsIn = (line: MetricLine) => line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    expect(Dimensions).toEqual([[METRIC_DIMENSION]]);
    return Metrics.map(({ Name, Unit }) => {
      expect(typeof line[Name]).toBe('number');
      return JSON.stringify([Namespace, Name, Unit, line[METRIC_DIMENSION]]);
    });
  });
  return [...new Set(written.flatMap((line) => metricsIn(JSON.parse(line) as MetricLine)))].sort();
}

/** Metrics that the layers' metric methods return. */
function asked(): string[] {
  const api = BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', { webSocketApiId: API_ID });
  const methods: (keyof IBroadcastWebSocketApi)[] = [];
  for (let type = Object.getPrototypeOf(api); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    methods.push(...Object.getOwnPropertyNames(type).filter((name) => /^metric[A-Z]/.test(name)) as (keyof IBroadcastWebSocketApi)[]);
  }
  return methods.map((name) => (api[name] as IBroadcastWebSocketApi['metricFailed']).call(api).toMetricConfig().metricStat!)
    .filter(({ metricName }) => LAYERS.includes(metricName))
    .map(({ namespace, metricName, unitFilter, dimensions = [] }) => JSON.stringify([namespace, metricName, unitFilter, dimensions[0].value])).sort();
}

test('the functions of the layers write the metrics of the metric methods, with their units and dimension', () => {
  const history = new HistoryReport();
  history.appended(2);
  history.sealed(1);
  history.unrecovered('m1');
  history.failed('m1', error);
  history.undelivered('m1', error);
  const channels = new ChannelReport();
  channels.failed('m1', error);
  channels.kicked('m1', 2, 1);
  const hook = new HookReport();
  hook.failed('m1', error);
  hook.denied('m1');
  hook.dropped('m1');
  hook.took(12);
  const presence = new PresenceReport();
  presence.published(3);
  presence.failed('m1', error);
  expect(emitted()).toEqual(asked());
  expect(emitted()).toHaveLength(LAYERS.length);
});

test('messages and their frames are counted separately', () => {
  new FrameReport().framed(94, 1);
  expect(emitted()).toEqual(Object.values(BATCH_METRIC).map((name) => JSON.stringify([METRIC_NAMESPACE, name, 'Count', API_ID])).sort());
  expect(JSON.parse(written[0])).toMatchObject({ [BATCH_METRIC.messages]: 94, [BATCH_METRIC.frames]: 1 });
});
