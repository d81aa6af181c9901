import { Duration, Token } from 'aws-cdk-lib';
import {
  type Alarm, AlarmStatusWidget, type AlarmStatusWidgetProps, Dashboard, GraphWidget, type IMetric, type IWidget, LogQueryWidget, MathExpression,
  Metric, Stats, TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { type Watched } from './alarms';
import { capacityOf, throttlesOf } from './table-metrics';
import { type IBroadcastMetrics } from '../../broadcast-metrics';
import { type BroadcastDashboardOptions } from '../../dashboard';
import { type Presence } from '../handlers/presence';
import { type Delivery } from '../handlers/queued-delivery';
import { type Disconnection } from '../handlers/queued-disconnect';
import { checkDuration } from '../validation/checks';
import { checkStruct } from '../validation/kinds';
import { DASHBOARD_OPTIONS } from '../validation/shapes';

/* A row is 24 wide. */
const WIDTH = 24;
const period = { period: Duration.minutes(1) };
const MAXIMUM = { ...period, statistic: Stats.MAXIMUM };
const P50 = { ...period, statistic: Stats.percentile(50), label: 'p50' };
const P99 = { ...period, statistic: Stats.percentile(99), label: 'p99' };

/** Parts of an API that its dashboard shows. */
export interface Shown extends Watched {
  readonly url: string;
  readonly connectionsTable: ITable;
}

interface DashboardSettings extends BroadcastDashboardOptions {
  readonly authorizer?: LambdaFunction;
  readonly alarms?: Alarm[];
}

/** From top to bottom: is somebody suffering, who, and where to look. */
export function createDashboard(scope: Construct, id: string, api: Shown, { authorizer, alarms, ...options }: DashboardSettings): Dashboard {
  const dashboard = new Dashboard(scope, id, {
    dashboardName: options.dashboardName,
    defaultInterval: options.defaultInterval ?? Duration.hours(3),
  });
  dashboard.addWidgets(new TextWidget({
    width: WIDTH,
    height: 2,
    markdown: `**${api.url}** · Most graphs are empty while all is well: what is not sent is 0. The maximum of Recipients is about the number of open connections.`,
  }));
  if (alarms) showAlarms(dashboard, alarms);
  const handlers = [
    handlerGraphs(api.connectionHandler, 'Connection handler'), ...(api._messageHandler ? [handlerGraphs(api._messageHandler, 'Message handler')] : []),
  ];
  for (const row of [clients(api, authorizer), deliveries(api), times(api), ...handlers, resources(api)]) dashboard.addWidgets(...row);
  return dashboard;
}

function clients(api: Shown, authorizer?: LambdaFunction): IWidget[] {
  return [
    graph('Connections opened and closed', [
      rowsOf(api.connectionsTable, 'PutItem', 'opened'), rowsOf(api.connectionsTable, 'DeleteItem', 'closed, or found closed'),
    ], [api.metricRecipients({ ...MAXIMUM, label: 'recipients, at most' })]),
    graph('Clients and messages refused', [api.metricClientError(period), api.metricConnectionStoreFailures(period), api.metricRejectedMessages(period)]),
    graph('Errors of the routes', [api.metricIntegrationError(period), api.metricExecutionError(period)], authorizer && [
      authorizer.metricErrors({ ...period, label: 'authorizer: errors' }), authorizer.metricThrottles({ ...period, label: 'authorizer: throttles' }),
    ]),
  ];
}

function deliveries(api: Shown): IWidget[] {
  return [
    graph('Deliveries by outcome', [
      api.metricDelivered(period), api.metricGone(period), api.metricFailed(period), api.metricAbandoned(period),
    ], [], { stacked: true }),
    graph('Should be empty', [
      api.metricFailed(period), api.metricAbandoned(period), api.metricIncompleteReads(period), api.metricExpired(period),
      api.metricStaleConnections(period), api.metricRateLimitFallbacks(period),
    ]),
    graph('Messages, in and out', [api.metricMessageCount(period)], [api.metricConnectCount(period)]),
  ];
}

function times(api: Shown): IWidget[] {
  return [
    graph('Duration of broadcasts', [api.metricDuration(P50), api.metricDuration(P99), api.metricDuration({ ...MAXIMUM, label: 'longest' })]),
    graph('Latency of the routes', [api.metricIntegrationLatency(P50), api.metricIntegrationLatency(P99)]),
    graph('Pace', [perSecond(api.metricDelivered(period))], [api.metricThrottled(period), api.metricRetried(period), api.metricRequeued(period)]),
  ];
}

function resources({ connectionsTable: table, connectionHandler, _messageHandler }: Shown): IWidget[] {
  return [
    graph('Throttles of the connections table', throttlesOf(table, period.period)),
    graph('Capacity of the connections table', capacityOf(table, period.period)),
    troubles('Errors and warnings', connectionHandler, ...(_messageHandler ? [_messageHandler] : [])),
  ];
}

/** Adds the graphs of a history. */
export function showHistory(dashboard: Dashboard, api: IBroadcastMetrics, table: ITable): void {
  dashboard.addWidgets(
    graph('History: messages appended', [api.metricAppendedMessages(period)], [api.metricFailedRecoveries(period)]),
    graph('History: should be empty', [
      api.metricHistoryFailures(period), api.metricUndeliveredMessages(period), api.metricSealedPositions(period),
      ...throttlesOf(table, period.period),
    ]),
    graph('Capacity of the history table', capacityOf(table, period.period)),
  );
}

/** Adds the graphs of the queues. */
export function showDelivery(dashboard: Dashboard, { broadcastQueue, chunkQueue, messageQueue, deadLetterQueue, handler }: Delivery): void {
  const queues: [IQueue, string][] = [[broadcastQueue, 'messages'], [chunkQueue, 'parts']];
  if (messageQueue) queues.push([messageQueue, 'clients\' messages']);
  dashboard.addWidgets(
    graph('Queues: messages that wait', queues.map(([queue, label]) => depth(queue, label)), [depth(deadLetterQueue, 'dead letters')]),
    graph('Queues: age of the oldest, in seconds', queues.map(([queue, label]) => age(queue, label))),
    troubles('Errors and warnings of the delivery handler', handler),
  );
  dashboard.addWidgets(...handlerGraphs(handler, 'Delivery handler'));
}

/** Adds the graph of the queue of clients' messages if it is created later than the others. */
export function showMessageQueue(dashboard: Dashboard, queue: IQueue): void {
  const label = 'clients\' messages';
  dashboard.addWidgets(graph('Queue of clients\' messages', [depth(queue, label)], [age(queue, `${label}: age in seconds`)]));
}

/** Adds the graphs of a message handler that does not exist from the start. */
export function showMessageHandler(dashboard: Dashboard, handler: LambdaFunction): void {
  dashboard.addWidgets(...handlerGraphs(handler, 'Message handler'));
}

/** Adds the graphs of the queue on which backends close connections. */
export function showDisconnection(dashboard: Dashboard, api: IBroadcastMetrics, { disconnectQueue, deadLetterQueue, handler }: Disconnection): void {
  dashboard.addWidgets(
    graph('Disconnect queue: requests that wait', [depth(disconnectQueue, 'requests')], [depth(deadLetterQueue, 'dead letters')]),
    graph('Connections closed by backends', [api.metricKickedConnections(period), api.metricFailedKicks(period)]),
    troubles('Errors and warnings of the disconnect handler', handler),
  );
  dashboard.addWidgets(...handlerGraphs(handler, 'Disconnect handler'));
}

/** Adds the graph of messages that share frames. */
export function showBatches(dashboard: Dashboard, api: IBroadcastMetrics): void {
  const [messages, frames] = [api.metricBatchedMessages(period), api.metricBatchedFrames(period)];
  const each = new MathExpression({ expression: 'messages / frames', usingMetrics: { messages, frames }, label: 'messages a frame', ...period });
  dashboard.addWidgets(graph('Batches: messages, and the frames that they shared', [messages, frames], [each]));
}

/** Adds the graphs of a hook. */
export function showHook(dashboard: Dashboard, api: IBroadcastMetrics, hook: IFunction): void {
  dashboard.addWidgets(
    graph('Hook: messages refused and dropped', [api.metricHookDenied(period), api.metricHookDropped(period), api.metricHookFailed(period)]),
    graph('Hook: duration, as the handlers see it', [api.metricHookDuration(P50), api.metricHookDuration(P99), api.metricHookDuration({ ...MAXIMUM, label: 'longest' })]),
    graph('Hook: errors and throttles', [hook.metricErrors(period), hook.metricThrottles(period)], [hook.metricInvocations(period)]),
  );
}

/** Adds the graphs of the members table. */
export function showMembers(dashboard: Dashboard, api: IBroadcastMetrics, table: ITable): void {
  dashboard.addWidgets(
    graph('Channels: the members table was not available', [api.metricChannelFailures(period)]),
    graph('Throttles of the members table', throttlesOf(table, period.period)),
    graph('Capacity of the members table', capacityOf(table, period.period)),
  );
}

/** Adds the graphs of presence. */
export function showPresence(dashboard: Dashboard, api: IBroadcastMetrics, { queue, deadLetterQueue, handler }: Presence): void {
  dashboard.addWidgets(
    graph('Presence queue: lists to be made', [depth(queue, 'lists')], [depth(deadLetterQueue, 'dead letters')]),
    graph('Presence: lists, and their frames', [api.metricPresenceLists(period), api.metricPresenceFailures(period)], [api.metricPresenceFrames(period)]),
    troubles('Errors and warnings of the presence handler', handler),
  );
  dashboard.addWidgets(...handlerGraphs(handler, 'Presence handler'));
}

/** Is left out while every alarm is disabled: only the synthesis knows, since those of the queues come later. */
class AlarmsWidget extends AlarmStatusWidget {
  constructor(private readonly shown: AlarmStatusWidgetProps & { readonly alarms: Alarm[] }) {
    super(shown);
  }

  public toJson(): any[] {
    return this.shown.alarms.length > 0 ? super.toJson() : [];
  }
}

/** Shows the state of alarms, also of those that are added to the list later. */
export function showAlarms(dashboard: Dashboard, alarms: Alarm[]): void {
  dashboard.addWidgets(new AlarmsWidget({ title: 'Alarms', alarms, width: WIDTH, height: 4 }));
}

/** Throws on the first option that CloudWatch would refuse. Creates nothing. */
export function validateDashboard(options: BroadcastDashboardOptions): void {
  checkStruct('options', options, DASHBOARD_OPTIONS);
  const { dashboardName, defaultInterval } = options;
  if (dashboardName !== undefined && !Token.isUnresolved(dashboardName) && !/^[A-Za-z0-9_-]{1,255}$/.test(dashboardName)) {
    throw new Error(
      `'dashboardName' must have 1 to 255 letters, digits, hyphens and underscores only, got '${dashboardName}'; CloudWatch refuses any other`,
    );
  }
  if (defaultInterval?.isUnresolved()) {
    throw new Error("'defaultInterval' must be known when the app is synthesised, got a token; it becomes a part of a text: write Duration.hours(3)");
  }
  checkDuration('defaultInterval', defaultInterval, 60, 455 * 24 * 60 * 60, 'a graph has a value a minute, and CloudWatch keeps it for 455 days: use Duration.hours(3)');
}

function graph(title: string, left: IMetric[], right: IMetric[] = [], options: { stacked?: boolean } = {}): GraphWidget {
  const axes = { leftYAxis: { min: 0 }, rightYAxis: { min: 0 } };
  return new GraphWidget({ title, left, right, width: WIDTH / 3, height: 6, ...period, ...axes, ...options });
}

function handlerGraphs(handler: LambdaFunction, name: string): GraphWidget[] {
  return [
    graph(`${name}: errors and throttles`, [handler.metricErrors(period), handler.metricThrottles(period)], [handler.metricInvocations(period)]),
    graph(`${name}: duration`, [handler.metricDuration(P50), handler.metricDuration(P99), handler.metricDuration({ ...MAXIMUM, label: 'longest' })]),
    graph(`${name}: concurrency`, [handler.metric('ConcurrentExecutions', MAXIMUM)]),
  ];
}

function perSecond(metric: IMetric): IMetric {
  return new MathExpression({ expression: 'delivered / PERIOD(delivered)', usingMetrics: { delivered: metric }, label: 'delivered per second', ...period });
}

/** Number of requests of an operation. DynamoDB has no other count of rows that were put or deleted. */
function rowsOf(table: ITable, operation: string, label: string): IMetric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'SuccessfulRequestLatency',
    dimensionsMap: { TableName: table.tableName, Operation: operation },
    statistic: Stats.SAMPLE_COUNT,
    label,
    ...period,
  });
}

function depth(queue: IQueue, label: string): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ ...MAXIMUM, label });
}

function age(queue: IQueue, label: string): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ ...MAXIMUM, label });
}

/** The latest lines that say that something is wrong. */
function troubles(title: string, ...handlers: LambdaFunction[]): LogQueryWidget {
  return new LogQueryWidget({
    title,
    width: WIDTH / 3,
    height: 6,
    logGroupNames: handlers.map(({ logGroup }) => logGroup.logGroupName),
    queryLines: ['fields @timestamp, level, message, error.message, messageId', 'filter level in ["ERROR", "WARN"]', 'sort @timestamp desc', 'limit 50'],
  });
}
