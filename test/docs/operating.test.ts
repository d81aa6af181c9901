import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type BroadcastAlarmsOptions, type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../../src';
import { METRIC, METRIC_CONNECTION_STORE_FAILURES, METRIC_DIMENSION, METRIC_DURATION, METRIC_NAMESPACE, METRIC_REJECTED_MESSAGES, STEADY_METRICS, TUNING } from '../../src/private/contract';
import { BATCH_METRIC, CHANNEL_METRIC, HISTORY_METRIC, HOOK_METRIC, PRESENCE_METRIC } from '../../src/private/layer-contract';
import { newApi, newStack, type Resource, resourceOf, resourcesOf } from '../construct-fixture';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'operating.md'), 'utf8');
const section = (title: string) => page.split(/^## /m).find((text) => text.startsWith(title))!;
const METRICS = [
  ...Object.values(METRIC), METRIC_DURATION, METRIC_REJECTED_MESSAGES, METRIC_CONNECTION_STORE_FAILURES, ...Object.values(HISTORY_METRIC),
  ...Object.values(CHANNEL_METRIC), ...Object.values(HOOK_METRIC), ...Object.values(BATCH_METRIC), ...Object.values(PRESENCE_METRIC),
];

function queuedApi(more: BroadcastWebSocketApiProps = {}, add: (api: BroadcastWebSocketApi) => unknown = () => undefined) {
  const authorizer = new WebSocketJwtAuthorizer({ issuer: 'https://issuer.example.com', audience: ['chat'] });
  const api = newApi(() => ({ fanOut: FanOut.queued(), authorizer, allowedOrigins: ['https://chat.example.com'], ...more }));
  add(api);
  return { api, alarms: api.addAlarms().alarms };
}

const HISTORY = { messageFormat: MessageFormat.ENVELOPE, history: {} };
const historyApi = () => queuedApi(HISTORY);

/** An API with every alarm. */
function fullApi() {
  const messageHook = LambdaFunction.fromFunctionName(newStack(), 'Hook', 'moderate');
  const props = { ...HISTORY, messageHook, userIdKey: 'sub', publishAccess: ChannelAccess.anyone() };
  return queuedApi(props, (api) => {
    api.addChannels('room:*', { presence: {} });
    return api.disconnectQueue;
  });
}

/** Counts the metrics that alarms are billed for. */
function billed(alarms: Resource[]): number {
  const metricsOf = ({ Properties: { Metrics } }: Resource) => Metrics?.filter((each: { MetricStat?: unknown }) => each.MetricStat).length ?? 1;
  return alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0);
}

test('the table of metrics has each one, those first that are always sent', () => {
  const listed = [...section('Metrics').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(listed.slice(0, 3).sort()).toEqual([...STEADY_METRICS, METRIC_DURATION].sort());
  expect([...listed].sort()).toEqual([...METRICS].sort());
  expect(section('Metrics')).toContain(`\`${METRIC_NAMESPACE}\``);
  expect(section('Metrics')).toContain(`\`${METRIC_DIMENSION}\``);
});

test('there is a runbook for each alarm, with its default', () => {
  const { alarms } = fullApi();
  const runbooks = section('What to do').split(/^### /m).slice(1);
  const titled = runbooks.flatMap((text) => text.split('\n')[0].split(', ').map((id) => ({ id, threshold: Number(/^\((\d+)/m.exec(text)![1]) })));
  const real = alarms.map((alarm) => ({ id: alarm.node.id, threshold: resourceOf(alarm).Properties.Threshold as number }));
  const byId = (one: { id: string }, other: { id: string }) => one.id < other.id ? -1 : 1;
  expect(titled.sort(byId)).toEqual(real.sort(byId));
});

test('errors are named as the functions name them', () => {
  const names = new Set([...page.matchAll(/`(\w+Error)`/g)].map(([, name]) => name).filter((name) => !['IntegrationError', 'ClientError', 'ExecutionError'].includes(name)));
  const errors = ['core/errors.ts', 'core/layer-errors.ts', 'core/log/log-table.ts', 'aws/token-verifier.ts'].map((file) => readFileSync(join(__dirname, '..', '..', 'lambda-src', file), 'utf8')).join();
  for (const name of names) expect(errors).toContain(`name = '${name}'`);
});

test('the queries ask for what is in the lines', () => {
  const queries = [...page.matchAll(/```text\n([^`]+)```/g)].map(([, query]) => query);
  expect(queries).toHaveLength(5);
  const accessLog = JSON.parse(resourceOf(newApi(() => ({ accessLogs: {} })).stage).Properties.AccessLogSettings.Format);
  const known = [...METRICS, 'level', 'message', 'error', 'messageId', ...Object.keys(accessLog)];
  const words = ['fields', 'timestamp', 'filter', 'in', 'sort', 'desc', 'limit', 'ispresent', 'stats', 'sum', 'max', 'count', 'by', 'bin', 'm'];
  for (const query of queries) {
    const names = query.replace(/"[^"]*"/g, '').match(/[A-Za-z]+/g)!;
    for (const name of names) expect([...known, ...words]).toContain(name);
  }
});

test('the query of the dashboard is the first of the page', () => {
  const { api } = queuedApi();
  const body = JSON.stringify(resourceOf(api.addDashboard()).Properties.DashboardBody);
  const query = /```text\n([^`]+)\n```/.exec(page)![1];
  expect(body).toContain(query.replace(/"/g, '\\\\\\"').replace(/\n/g, '\\\\n'));
});

test('the costs are those of what there is', () => {
  const api = newApi();
  api.addAlarms();
  const standing = resourcesOf(api, 'AWS::CloudWatch::Alarm');
  expect(section('What it costs')).toContain(`${standing.length} alarms on ${billed(standing)} metrics, at $0.10 a metric | $${(billed(standing) / 10).toFixed(2)} |`);
  const all = resourcesOf(queuedApi().api, 'AWS::CloudWatch::Alarm');
  const queues = billed(all) - billed(standing) - 2;
  expect(section('What it costs')).toContain(`its ${all.length - standing.length - 2} alarms of the queues | $${(queues / 10).toFixed(2)} |`);
  const withHistory = resourcesOf(historyApi().api, 'AWS::CloudWatch::Alarm');
  const [alarms, metrics] = [withHistory.length - all.length, billed(withHistory) - billed(all)];
  expect(section('What it costs')).toContain(`its ${alarms} alarms of a history with queues, on ${metrics} metrics | $${(metrics / 10).toFixed(2)} |`);
  const steady = STEADY_METRICS.length + 1;
  expect(section('What it costs')).toContain(`always sent: ${steady}, at $0.30 each for the hours in which there are broadcasts | up to $${(steady * 0.3).toFixed(2)} |`);
});

test('the dashboard shows as many metrics as it says beside its price', () => {
  const metrics = shownMetrics(queuedApi().api);
  expect(metrics).toBeGreaterThan(30);
  expect(metrics).toBeLessThan(50);
  expect(section('What it costs')).toContain(`with a history and queues it shows ${shownMetrics(historyApi().api)} metrics`);
});

function shownMetrics(api: BroadcastWebSocketApi): number {
  const body = resourceOf(api.addDashboard()).Properties.DashboardBody['Fn::Join'][1]
    .map((part: string | object) => (typeof part === 'string' ? part : Object.values(part).flat().join('.'))).join('');
  const metrics = JSON.parse(body).widgets.flatMap(({ properties }: { properties: { metrics?: unknown[][] } }) => properties.metrics ?? []);
  return new Set(metrics.filter(([namespace]: unknown[]) => typeof namespace === 'string').map((metric: unknown[]) => JSON.stringify(metric.slice(0, -1)))).size;
}

test('times and counts are the contract\'s', () => {
  expect(page).toContain(`comes back after ${TUNING.queueVisibilitySeconds} seconds, three times in all`);
  expect([TUNING.queueReceives, TUNING.deadLetterDays]).toEqual([3, 4]);
});

test('each option of addAlarms has a runbook', () => {
  const options: Record<keyof Omit<BroadcastAlarmsOptions, 'alarmActions' | 'okActions'>, RegExp> = {
    failedDeliveries: /^### FailedDeliveries$/m,
    abandonedDeliveries: /^### AbandonedDeliveries$/m,
    incompleteReads: /^### IncompleteReads$/m,
    rejectedMessages: /^### RejectedMessages$/m,
    connectionStoreFailures: /^### ConnectionStoreFailures$/m,
    handlerErrors: /^### ConnectionHandlerErrors, /m,
    handlerThrottles: /^### ConnectionHandlerThrottles, /m,
    expiredMessages: /^### ExpiredMessages$/m,
    deadLetters: /^### DeadLetters$/m,
    clientErrors: /^### ClientErrors$/m,
    historyFailures: /^### HistoryFailures$/m,
    historyThrottles: /^### HistoryThrottles$/m,
    undeliveredMessages: /^### UndeliveredMessages$/m,
    failedRecoveries: /^### FailedRecoveries$/m,
    sealedPositions: /^### SealedPositions$/m,
    messageQueueAge: /^### MessageQueueAge$/m,
    hookFailures: /^### HookFailures$/m,
    channelFailures: /^### ChannelFailures$/m,
    presenceFailures: /^### PresenceFailures$/m,
  };
  for (const heading of Object.values(options)) expect(page).toMatch(heading);
});
