import { Duration, Token } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { type AlarmOverrides, type BroadcastAlarmsOptions } from '../../alarm-options';
import { type IBroadcastMetrics } from '../../broadcast-metrics';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { WebSocketJwtAuthorizer } from '../../websocket-jwt-authorizer';
import { type Delivery } from '../handlers/queued-delivery';
import { checkInteger } from '../validation/checks';
import { checkStruct } from '../validation/kinds';
import { ALARM_OPTIONS } from '../validation/shapes';

export const PERIOD = Duration.minutes(5);
const PERIODS_A_DAY = 288;
/** Deliveries that have to fail before their share counts: of two clients, one that is slow is half. */
const MIN_FAILED = 10;

export interface AlarmDefinition {
  readonly id: string;
  /** The property by which it is tuned. */
  readonly option: Exclude<keyof BroadcastAlarmsOptions, 'alarmActions' | 'okActions'>;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Meaning of the alarm, and what to do. */
  readonly description: string;
}

/** Parts of an API that its alarms watch. */
export interface Watched extends IBroadcastMetrics {
  readonly connectionHandler: LambdaFunction;
  /** None where no client may send messages. */
  readonly _messageHandler?: LambdaFunction;
}

/** The function that decides who may connect, if it is ours. */
export function authorizerOf({ authorizer }: BroadcastWebSocketApiProps): LambdaFunction | undefined {
  return authorizer instanceof WebSocketJwtAuthorizer ? authorizer.handler : undefined;
}

/** The alarms that every API can have. */
export function standingAlarms(api: Watched, authorizer?: LambdaFunction): AlarmDefinition[] {
  return [
    ...deliveryAlarms(api),
    {
      id: 'RejectedMessages',
      option: 'rejectedMessages',
      metric: api.metricRejectedMessages({ period: PERIOD }),
      threshold: 10,
      description: 'Messages were not broadcast at all, for their form, their size or a rate. The log of the handlers says why of each. '
        + 'One client that floods: see the rate limits. A publisher: mend what it sends. The delivery rate: see deliveryRateLimit and the quota.',
    },
    {
      id: 'ConnectionStoreFailures',
      option: 'connectionStoreFailures',
      metric: api.metricConnectionStoreFailures({ period: PERIOD }),
      threshold: 1,
      description: 'Clients were not let in, since their connection could not be stored. '
        + 'Look at the throttles of the connections table, its key, and the permissions of the connection handler; its log has the error.',
    },
    ...handlerAlarms('ConnectionHandler', api.connectionHandler, 'clients were not let in, or rows of closed connections stay until they are found'),
    ...(api._messageHandler ? messageHandlerAlarms(api._messageHandler) : []),
    ...(authorizer ? handlerAlarms('Authorizer', authorizer, 'clients were not let in') : []),
    {
      id: 'ClientErrors',
      option: 'clientErrors',
      metric: api.metricClientError({ period: PERIOD }),
      threshold: 100,
      description: 'API Gateway refused clients itself: those whom the authorizer did not let in, or who connect or send more often than the stage allows'
        + `${api._messageHandler ? '' : ', or who send messages although no client may'}. `
        + 'Look for a client that was released with a wrong token or without a pause between its attempts, or for an attack; access logs say who.',
    },
  ];
}

function deliveryAlarms(api: IBroadcastMetrics): AlarmDefinition[] {
  return [
    {
      id: 'FailedDeliveries',
      option: 'failedDeliveries',
      metric: new MathExpression({
        expression: `IF(failed >= ${MIN_FAILED}, 100 * failed / recipients, 0)`,
        usingMetrics: { failed: api.metricFailed({ period: PERIOD }), recipients: api.metricRecipients({ period: PERIOD }) },
        label: 'Failed deliveries in percent',
        period: PERIOD,
      }),
      threshold: 5,
      description: 'API Gateway refused deliveries, or they were lost after all tries. '
        + 'Many Throttled: the account is over its quota, see its other APIs and deliveryRateLimit. The log of the handler says DeliveryDeniedError: see its permissions. '
        + 'Else some clients read too slowly, or API Gateway has trouble: see the AWS health dashboard.',
    },
    {
      id: 'AbandonedDeliveries',
      option: 'abandonedDeliveries',
      metric: api.metricAbandoned({ period: PERIOD }),
      threshold: 1,
      description: 'Recipients went without a message: the function ran out of time, the delivery rate was spoken for, or the broadcast was broken off. '
        + 'Compare Duration with the timeout of the function, and the deliveries per second with deliveryRateLimit; many connections take FanOut.queued.',
    },
    {
      id: 'IncompleteReads',
      option: 'incompleteReads',
      metric: api.metricIncompleteReads({ period: PERIOD }),
      threshold: 1,
      description: 'Broadcasts missed some connections, since the connections table was not read to its end. '
        + 'Look at its read throttles, at the permissions of the function that delivers, and at its log, which has the error.',
    },
  ];
}

/** The alarms of what is there once an API has queues. */
export function deliveryHandlerAlarms(api: IBroadcastMetrics, { handler, deadLetterQueue, messageQueue }: Delivery): AlarmDefinition[] {
  return [
    ...handlerAlarms('DeliveryHandler', handler, 'messages come later, and after three times end in the dead-letter queue'),
    {
      id: 'ExpiredMessages',
      option: 'expiredMessages',
      metric: api.metricExpired({ period: PERIOD }),
      threshold: 1,
      description: 'Messages, or parts of them, were dropped, since they waited on the queues for longer than maxAge. '
        + 'Look at the age of the oldest message, at errors and throttles of the delivery handler, and at the deliveries per second against deliveryRateLimit.',
    },
    {
      id: 'DeadLetters',
      option: 'deadLetters',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
      threshold: 1,
      description: 'Messages that could not be broadcast lie in the dead-letter queue, for four days. '
        + 'The log of the delivery handler says why of each. What a publisher did wrong has to be mended there. Then purge the queue, or move back what may still be broadcast.',
    },
    ...(messageQueue ? [messageQueueAlarm(messageQueue)] : []),
  ];
}

/** The alarm of the queue by which clients' messages travel that are in the history. */
export function messageQueueAlarm(queue: IQueue): AlarmDefinition {
  return {
    id: 'MessageQueueAge',
    option: 'messageQueueAge',
    metric: queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: Stats.MAXIMUM }),
    threshold: 60,
    description: 'A message of a client that is in the history waits for its delivery; after maxAge it is dropped, and reaches only who asks. '
      + 'Look at errors and throttles of the delivery handler, and at the deliveries per second against deliveryRateLimit.',
  };
}

/** The alarms of a function that takes messages, where it is not there from the start. */
export function messageHandlerAlarms(handler: LambdaFunction): AlarmDefinition[] {
  return handlerAlarms('MessageHandler', handler, 'the messages of clients were lost, and their senders got an error frame');
}

export function handlerAlarms(id: string, handler: LambdaFunction, meaning: string): AlarmDefinition[] {
  return [
    {
      id: `${id}Errors`,
      option: 'handlerErrors',
      metric: handler.metricErrors({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 5,
      description: `A function threw, crashed, or ran out of time or memory: ${meaning}. Look at its log: it ends with the error, with 'Task timed out' or with 'Runtime exited'.`,
    },
    {
      id: `${id}Throttles`,
      option: 'handlerThrottles',
      metric: handler.metricThrottles({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      description: `Lambda did not run a function, since the concurrency of the account, or what is reserved for it, was used up: ${meaning}. `
        + 'Look at the concurrent executions of all functions of the account; raise the quota, or reserve concurrency.',
    },
  ];
}

export function createAlarm(scope: Construct, { id, metric, description, ...defaults }: AlarmDefinition, tuning: AlarmOverrides): Alarm {
  return new Alarm(scope, id, {
    metric,
    alarmDescription: description,
    threshold: tuning.threshold ?? defaults.threshold,
    evaluationPeriods: tuning.evaluationPeriods ?? 1,
    datapointsToAlarm: tuning.datapointsToAlarm,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Throws on the first tuning that makes no sense. Creates nothing. */
export function validateAlarms(options: BroadcastAlarmsOptions): void {
  checkStruct('options', options, ALARM_OPTIONS);
  const { alarmActions, okActions, ...tunings } = options;
  for (const [option, tuning = {}] of Object.entries(tunings) as [string, AlarmOverrides | undefined][]) {
    const { threshold, evaluationPeriods = 1, datapointsToAlarm } = tuning;
    if (threshold !== undefined && !Token.isUnresolved(threshold) && !(threshold > 0)) {
      throw new Error(`'${option}.threshold' must be more than 0, got ${threshold}; with 0 all is always too much: leave the alarm out with enabled: false`);
    }
    checkInteger(`${option}.evaluationPeriods`, evaluationPeriods, 1, PERIODS_A_DAY, 'periods', 'an alarm looks at one period at least and at one day at most: leave it out to get 1');
    const most = Token.isUnresolved(evaluationPeriods) ? PERIODS_A_DAY : evaluationPeriods;
    checkInteger(`${option}.datapointsToAlarm`, datapointsToAlarm, 1, most, 'periods', 'it is a part of evaluationPeriods: leave it out to get all of them');
  }
}
