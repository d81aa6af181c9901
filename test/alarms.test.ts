import { Lazy, Stack } from 'aws-cdk-lib';
import { type Alarm, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { logicalId, newApi, newStack, resourceOf, resourcesOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, type BroadcastAlarmsOptions, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../src';

const STANDING = [
  'FailedDeliveries', 'AbandonedDeliveries', 'IncompleteReads', 'RejectedMessages', 'ConnectionStoreFailures', 'ConnectionHandlerErrors',
  'ConnectionHandlerThrottles', 'MessageHandlerErrors', 'MessageHandlerThrottles', 'ClientErrors',
];
const OF_QUEUES = ['DeliveryHandlerErrors', 'DeliveryHandlerThrottles', 'ExpiredMessages', 'DeadLetters'];
const OF_HISTORY = ['HistoryFailures', 'HistoryThrottles', 'UndeliveredMessages', 'FailedRecoveries', 'SealedPositions'];
const OF_MESSAGE_QUEUE = ['MessageQueueAge'];
const ALL = [...STANDING, ...OF_QUEUES, ...OF_HISTORY, ...OF_MESSAGE_QUEUE];

/** Property of each kind of alarm, its default, and the alarms of that kind. */
const KINDS: [keyof BroadcastAlarmsOptions, number, string[]][] = [
  ['failedDeliveries', 5, ['FailedDeliveries']],
  ['abandonedDeliveries', 1, ['AbandonedDeliveries']],
  ['incompleteReads', 1, ['IncompleteReads']],
  ['rejectedMessages', 10, ['RejectedMessages']],
  ['connectionStoreFailures', 1, ['ConnectionStoreFailures']],
  ['handlerErrors', 5, ['ConnectionHandlerErrors', 'MessageHandlerErrors', 'DeliveryHandlerErrors']],
  ['handlerThrottles', 1, ['ConnectionHandlerThrottles', 'MessageHandlerThrottles', 'DeliveryHandlerThrottles']],
  ['expiredMessages', 1, ['ExpiredMessages']],
  ['deadLetters', 1, ['DeadLetters']],
  ['clientErrors', 100, ['ClientErrors']],
  ['historyFailures', 1, ['HistoryFailures']],
  ['historyThrottles', 1, ['HistoryThrottles']],
  ['undeliveredMessages', 1, ['UndeliveredMessages']],
  ['failedRecoveries', 100, ['FailedRecoveries']],
  ['sealedPositions', 10, ['SealedPositions']],
  ['messageQueueAge', 60, ['MessageQueueAge']],
];

const queued = () => newApi(() => ({ fanOut: FanOut.queued() }));
const HISTORY = { messageFormat: MessageFormat.ENVELOPE, history: {} };
/** An API with everything that alarms watch. */
const full = () => newApi(() => ({ ...HISTORY, fanOut: FanOut.queued() }));
const idsOf = (alarms: Alarm[]) => alarms.map(({ node }) => node.id);
const byId = (alarms: Alarm[], id: string) => resourceOf(alarms.find(({ node }) => node.id === id)!).Properties;

/** Returns the metrics of an alarm as CloudFormation gets them. */
function metricsOf(properties: Record<string, any>): { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: unknown }[] }[] {
  if (!properties.Metrics) return [properties as never];
  return properties.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: never } }) => MetricStat?.Metric ?? []);
}

describe('addAlarms', () => {
  test('creates no alarm unless it is called', () => {
    templateOf(newApi()).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('makes the alarms that every API can have, and creates no queue', () => {
    const api = newApi();
    expect(idsOf(api.addAlarms().alarms)).toEqual(STANDING);
    templateOf(api).resourceCountIs('AWS::SQS::Queue', 0);
    templateOf(api).resourceCountIs('AWS::CloudWatch::Alarm', STANDING.length);
  });

  test('creates those of the queues if there are queues', () => {
    expect(idsOf(queued().addAlarms().alarms).sort()).toEqual([...STANDING, ...OF_QUEUES].sort());
  });

  test('creates those of the queues later, when the queues are created later', () => {
    const api = newApi();
    const alarms = api.addAlarms();
    void api.broadcastQueue;
    expect(idsOf(alarms.alarms)).toEqual([...STANDING, ...OF_QUEUES]);
    templateOf(api).resourceCountIs('AWS::CloudWatch::Alarm', STANDING.length + OF_QUEUES.length);
  });

  test('creates those of the history if there is one, and that of its queue if clients\' messages are queued', () => {
    expect(idsOf(newApi(() => HISTORY).addAlarms().alarms).sort()).toEqual([...STANDING, ...OF_HISTORY].sort());
    expect(idsOf(full().addAlarms().alarms).sort()).toEqual([...ALL].sort());
    const api = newApi(() => HISTORY);
    const alarms = api.addAlarms();
    void api.broadcastQueue;
    expect(idsOf(alarms.alarms)).toEqual([...STANDING, ...OF_HISTORY, ...OF_QUEUES]);
  });

  test('watches the table of the history, its throttles in either direction, and the message queue', () => {
    const api = full();
    const { alarms } = api.addAlarms();
    const { Metrics: [sum, ...rest] } = byId(alarms, 'HistoryThrottles');
    expect(sum.Expression).toBe('FILL(reads, 0) + FILL(writes, 0)');
    const dimensions = [{ Name: 'TableName', Value: { Ref: logicalId(api.historyTable!) } }];
    expect(rest.map(({ MetricStat: { Metric, Stat } }: any) => [Metric.MetricName, Metric.Dimensions, Stat]))
      .toEqual([['ReadThrottleEvents', dimensions, 'Sum'], ['WriteThrottleEvents', dimensions, 'Sum']]);
    expect(byId(alarms, 'MessageQueueAge')).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [logicalId(api.node.findChild('MessageQueue')), 'QueueName'] } }],
    });
  });

  test('describes in each what it means and what to do, within the limits of CloudWatch', () => {
    for (const { Properties: { AlarmDescription } } of resourcesOf(full().addAlarms(), 'AWS::CloudWatch::Alarm')) {
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
      expect(AlarmDescription).toMatch(/\. .*(Look|look|see|Compare|mend)/);
    }
  });

  test('never counts missing data as an alarm, and evaluates 5 minutes', () => {
    for (const { Properties } of resourcesOf(full().addAlarms(), 'AWS::CloudWatch::Alarm')) {
      expect(Properties).toMatchObject({
        TreatMissingData: 'notBreaching', EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      });
      expect(Properties.Period ?? Properties.Metrics[1].MetricStat.Period).toBe(300);
    }
  });

  test('evaluates the share of failed deliveries, from ten deliveries on', () => {
    const { Metrics: [share, ...rest] } = byId(newApi().addAlarms().alarms, 'FailedDeliveries');
    expect(share.Expression).toBe('IF(failed >= 10, 100 * failed / recipients, 0)');
    expect(rest.map(({ Id, MetricStat }: any) => [Id, MetricStat.Metric.MetricName, MetricStat.Stat]))
      .toEqual([['failed', 'Failed', 'Sum'], ['recipients', 'Recipients', 'Sum']]);
  });

  test('watches the functions and the dead-letter queue of this API', () => {
    const api = queued();
    const { alarms } = api.addAlarms();
    for (const [id, handler] of [['ConnectionHandler', api.connectionHandler], ['MessageHandler', api.messageHandler], ['DeliveryHandler', api.deliveryHandler]] as const) {
      const dimensions = [{ Name: 'FunctionName', Value: { Ref: logicalId(handler) } }];
      expect(byId(alarms, `${id}Errors`)).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions: dimensions });
      expect(byId(alarms, `${id}Throttles`)).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles', Dimensions: dimensions });
    }
    expect(byId(alarms, 'DeadLetters')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [logicalId(api.deadLetterQueue), 'QueueName'] } }],
    });
  });

  test('watches the function of a WebSocketJwtAuthorizer', () => {
    const authorizer = new WebSocketJwtAuthorizer({ issuer: 'https://issuer.example.com', audience: ['chat'] });
    const { alarms } = newApi(() => ({ authorizer })).addAlarms();
    expect(idsOf(alarms).sort()).toEqual([...STANDING, 'AuthorizerErrors', 'AuthorizerThrottles'].sort());
    for (const [id, name] of [['AuthorizerErrors', 'Errors'], ['AuthorizerThrottles', 'Throttles']]) {
      expect(byId(alarms, id)).toMatchObject({ MetricName: name, Dimensions: [{ Name: 'FunctionName', Value: { Ref: logicalId(authorizer.handler) } }] });
    }
  });

  test('of two APIs in one stack watch one each', () => {
    const stack = newStack();
    const [one, two] = ['One', 'Two'].map((id) => new BroadcastWebSocketApi(stack, id).addAlarms().alarms);
    for (const id of STANDING) expect(metricsOf(byId(one, id))).not.toEqual(metricsOf(byId(two, id)));
  });

  test('can be called once', () => {
    const api = newApi();
    api.addAlarms();
    expect(() => api.addAlarms()).toThrow("addAlarms must be called once, got a second call for 'Test/Api'; use what the first call has returned");
  });
});

describe.each(KINDS)('%s', (option, threshold, ids) => {
  test(`fires from ${threshold} on by default`, () => {
    const { alarms } = full().addAlarms();
    for (const id of ids) expect(byId(alarms, id).Threshold).toBe(threshold);
  });

  test('can be tuned, and the others stay as they are', () => {
    const tuning = { threshold: 7.5, evaluationPeriods: 4, datapointsToAlarm: 3 };
    const { alarms } = full().addAlarms({ [option]: tuning });
    for (const id of ids) expect(byId(alarms, id)).toMatchObject({ Threshold: 7.5, EvaluationPeriods: 4, DatapointsToAlarm: 3 });
    for (const alarm of alarms.filter(({ node }) => !ids.includes(node.id))) expect(resourceOf(alarm).Properties.EvaluationPeriods).toBe(1);
  });

  test('can be left out', () => {
    expect(idsOf(full().addAlarms({ [option]: { enabled: false } }).alarms).sort()).toEqual(ALL.filter((id) => !ids.includes(id)).sort());
  });

  test.each([0, -1, NaN])('a threshold of %d is refused before anything is created', (wrong) => {
    const api = newApi();
    expect(() => api.addAlarms({ [option]: { threshold: wrong } })).toThrow(`'${option}.threshold' must be more than 0, got ${wrong}; `);
    templateOf(api).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test.each([0, 1.5, 289])('%d periods are refused', (evaluationPeriods) => {
    expect(() => newApi().addAlarms({ [option]: { evaluationPeriods } }))
      .toThrow(`'${option}.evaluationPeriods' must be a whole number of periods between 1 and 288, got ${evaluationPeriods}; `);
  });

  test('more data points than periods are refused', () => {
    expect(() => newApi().addAlarms({ [option]: { evaluationPeriods: 2, datapointsToAlarm: 3 } }))
      .toThrow(`'${option}.datapointsToAlarm' must be a whole number of periods between 1 and 2, got 3; `);
  });

  test('accepts tokens', () => {
    const [threshold3, periods2] = [3, 2].map((value) => Lazy.number({ produce: () => value }));
    const { alarms } = full().addAlarms({ [option]: { threshold: threshold3, evaluationPeriods: periods2 } });
    for (const id of ids) expect(byId(alarms, id)).toMatchObject({ Threshold: 3, EvaluationPeriods: 2 });
  });
});

describe('actions', () => {
  const action = (stack: Stack, id: string): [IAlarmAction, unknown] => {
    const topic = new Topic(stack, id);
    return [new SnsAction(topic), { Ref: logicalId(topic) }];
  };

  test('are none by default', () => {
    for (const { Properties } of resourcesOf(newApi().addAlarms(), 'AWS::CloudWatch::Alarm')) {
      expect(Properties).not.toHaveProperty('AlarmActions');
      expect(Properties).not.toHaveProperty('OKActions');
    }
  });

  test('passed or attached later belong to every alarm, also to those that are created afterwards', () => {
    const api = newApi();
    const [[alarm, alarmArn], [ok, okArn], [later, laterArn]] = ['Alarm', 'Ok', 'Later'].map((id) => action(Stack.of(api), id));
    const alarms = api.addAlarms({ alarmActions: [alarm], okActions: [ok] });
    alarms.addAlarmAction(later);
    void api.broadcastQueue;
    const made = resourcesOf(api, 'AWS::CloudWatch::Alarm');
    expect(made).toHaveLength(STANDING.length + OF_QUEUES.length);
    for (const { Properties } of made) expect(Properties).toMatchObject({ AlarmActions: [alarmArn, laterArn], OKActions: [okArn] });
  });
});
