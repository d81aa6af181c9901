import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { logicalId, newApi, resourceOf, templateOf } from './construct-fixture';
import { type BroadcastWebSocketApi, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../src';
import { HISTORY_METRIC } from '../src/private/layer-contract';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly metrics?: unknown[][];
    readonly alarms?: unknown[];
    readonly query?: string;
    readonly markdown?: string;
  };
}

/** Returns the widgets as CloudWatch gets them, with values known only at deployment replaced by the name of their resource. */
function widgetsOf(dashboard: Dashboard): Widget[] {
  const body = resourceOf(dashboard).Properties.DashboardBody;
  const text = body['Fn::Join'][1].map((part: string | Record<string, string | string[]>) =>
    (typeof part === 'string' ? part : Object.values(part).flat().join('.'))).join('');
  return JSON.parse(text).widgets;
}

const titled = (widgets: Widget[], title: string) => widgets.find(({ properties }) => properties.title === title);
const shown = (widgets: Widget[]) => JSON.stringify(widgets);
const queued = () => newApi(() => ({ fanOut: FanOut.queued() }));

describe('addDashboard', () => {
  test('creates no dashboard unless it is called', () => {
    templateOf(newApi()).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  test('shows the effects on clients first, and then where to look', () => {
    const widgets = widgetsOf(newApi().addDashboard());
    expect(widgets[0].properties.markdown).toContain('wss://');
    expect(widgets.slice(1).map(({ properties }) => properties.title)).toEqual([
      'Connections opened and closed', 'Clients and messages refused', 'Errors of the routes',
      'Deliveries by outcome', 'Should be empty', 'Messages, in and out',
      'Duration of broadcasts', 'Latency of the routes', 'Pace',
      'Connection handler: errors and throttles', 'Connection handler: duration', 'Connection handler: concurrency',
      'Message handler: errors and throttles', 'Message handler: duration', 'Message handler: concurrency',
      'Throttles of the connections table', 'Capacity of the connections table', 'Errors and warnings',
    ]);
  });

  test('has no overlapping widget, and none beyond the edge', () => {
    const api = queued();
    api.addAlarms();
    const widgets = widgetsOf(api.addDashboard());
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)}/${y + Math.floor(cell / width)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
  });

  test('shows every metric of ours', () => {
    const text = shown(widgetsOf(newApi().addDashboard()));
    for (const name of ['Recipients', 'Delivered', 'Gone', 'Failed', 'Abandoned', 'Retried', 'Throttled', 'StaleConnections', 'IncompleteReads', 'RateLimitFallbacks', 'Requeued',
      'Expired', 'RejectedMessages', 'ConnectionStoreFailures', 'Duration']) expect(text).toContain(`"BroadcastWebSocketApi","${name}"`);
  });

  test('shows half the broadcasts, and the slowest hundredth', () => {
    const [median, slow] = titled(widgetsOf(newApi().addDashboard()), 'Duration of broadcasts')!.properties.metrics!;
    expect([median, slow].map((metric) => (metric.at(-1) as { stat: string }).stat)).toEqual(['p50', 'p99']);
  });

  test('distinguishes opened and closed connections by the writes to the table', () => {
    const api = newApi();
    const { metrics } = titled(widgetsOf(api.addDashboard()), 'Connections opened and closed')!.properties;
    for (const [index, operation] of ['PutItem', 'DeleteItem'].entries()) {
      expect(metrics![index].slice(0, -1))
        .toEqual(['AWS/DynamoDB', 'SuccessfulRequestLatency', 'Operation', operation, 'TableName', logicalId(api.connectionsTable)]);
      expect(metrics![index].at(-1)).toMatchObject({ stat: 'SampleCount' });
    }
  });

  test('shows errors of the function of a WebSocketJwtAuthorizer', () => {
    const authorizer = new WebSocketJwtAuthorizer({ issuer: 'https://issuer.example.com', audience: ['chat'] });
    const graph = JSON.stringify(titled(widgetsOf(newApi(() => ({ authorizer })).addDashboard()), 'Errors of the routes'));
    expect(graph).toContain(`"AWS/Lambda","Errors","FunctionName","${logicalId(authorizer.handler)}"`);
    expect(JSON.stringify(titled(widgetsOf(newApi().addDashboard()), 'Errors of the routes'))).not.toContain('AWS/Lambda');
  });

  test('reads the logs of the functions', () => {
    const api = newApi();
    const query = titled(widgetsOf(api.addDashboard()), 'Errors and warnings')!.properties.query;
    for (const handler of [api.connectionHandler, api.messageHandler]) expect(query).toContain(`SOURCE '${logicalId(handler.logGroup)}'`);
  });

  test('shows no queue, and creates none, if there is none', () => {
    const api = newApi();
    expect(shown(widgetsOf(api.addDashboard()))).not.toContain('AWS/SQS');
    templateOf(api).resourceCountIs('AWS::SQS::Queue', 0);
  });

  const withQueues: [string, () => [BroadcastWebSocketApi, Dashboard]][] = [
    ['that were there before', () => {
      const api = queued();
      return [api, api.addDashboard()];
    }],
    ['that are created later', () => {
      const api = newApi();
      const dashboard = api.addDashboard();
      void api.broadcastQueue;
      return [api, dashboard];
    }],
  ];
  test.each(withQueues)('shows depth and age of queues %s, the dead letters, and the function behind them', (_name, make) => {
    const [api, dashboard] = make();
    const widgets = widgetsOf(dashboard);
    const depth = JSON.stringify(titled(widgets, 'Queues: messages that wait'));
    for (const queue of [api.broadcastQueue, api.deadLetterQueue, api.node.findChild('ChunkQueue')]) expect(depth).toContain(`"${logicalId(queue)}.QueueName"`);
    expect(JSON.stringify(titled(widgets, 'Queues: age of the oldest, in seconds'))).toContain('ApproximateAgeOfOldestMessage');
    expect(JSON.stringify(titled(widgets, 'Delivery handler: concurrency'))).toContain(`"${logicalId(api.deliveryHandler)}"`);
    expect(titled(widgets, 'Errors and warnings of the delivery handler')!.properties.query).toContain(logicalId(api.deliveryHandler.logGroup));
  });

  test('shows the history, its table and its queue, where there is one', () => {
    const api = newApi(() => ({ messageFormat: MessageFormat.ENVELOPE, history: {}, fanOut: FanOut.queued() }));
    const widgets = widgetsOf(api.addDashboard());
    for (const name of Object.values(HISTORY_METRIC)) expect(shown(widgets)).toContain(`"BroadcastWebSocketApi","${name}"`);
    const [table, queue] = [logicalId(api.historyTable!), logicalId(api.node.findChild('MessageQueue'))];
    for (const name of ['ReadThrottleEvents', 'WriteThrottleEvents', 'ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits']) {
      expect(shown(widgets)).toContain(`"AWS/DynamoDB","${name}","TableName","${table}"`);
    }
    for (const title of ['Queues: messages that wait', 'Queues: age of the oldest, in seconds']) {
      expect(JSON.stringify(titled(widgets, title))).toContain(`"${queue}.QueueName"`);
    }
    const plain = shown(widgetsOf(queued().addDashboard()));
    for (const name of Object.values(HISTORY_METRIC)) expect(plain).not.toContain(name);
    expect(plain).not.toMatch(/history/i);
  });

  test('shows the state of the alarms on top, also of those that are made later', () => {
    const api = newApi();
    const alarms = api.addAlarms();
    const dashboard = api.addDashboard();
    void api.broadcastQueue;
    const widgets = widgetsOf(dashboard);
    expect(widgets[1].type).toBe('alarm');
    expect(widgets[1].properties.alarms).toEqual(alarms.alarms.map((alarm) => `${logicalId(alarm)}.Arn`));
  });

  test('shows the state of alarms that are asked for after it', () => {
    const api = newApi();
    const dashboard = api.addDashboard();
    api.addAlarms();
    expect(widgetsOf(dashboard).filter(({ type }) => type === 'alarm')).toHaveLength(1);
  });

  describe('when every alarm of the API is disabled', () => {
    const off = { enabled: false };
    const disabled = {
      failedDeliveries: off,
      abandonedDeliveries: off,
      incompleteReads: off,
      rejectedMessages: off,
      connectionStoreFailures: off,
      handlerErrors: off,
      handlerThrottles: off,
      clientErrors: off,
    };

    test('leaves their widget out', () => {
      const api = newApi();
      expect(api.addAlarms(disabled).alarms).toEqual([]);
      expect(widgetsOf(api.addDashboard()).filter(({ type }) => type === 'alarm')).toEqual([]);
    });

    test('shows those of queues that are created later', () => {
      const api = newApi();
      const alarms = api.addAlarms(disabled);
      const dashboard = api.addDashboard();
      void api.broadcastQueue;
      expect(alarms.alarms.length).toBeGreaterThan(0);
      expect(widgetsOf(dashboard)[1].properties.alarms).toHaveLength(alarms.alarms.length);
    });
  });

  test('can be called once', () => {
    const api = newApi();
    api.addDashboard();
    expect(() => api.addDashboard()).toThrow("addDashboard must be called once, got a second call for 'Test/Api'; ");
  });
});

describe('dashboardName', () => {
  test('is left to CloudFormation by default', () => {
    expect(resourceOf(newApi().addDashboard()).Properties).not.toHaveProperty('DashboardName');
  });

  test.each(['Chat_1-a', 'x'.repeat(255), Lazy.string({ produce: () => 'late' })])('%s is taken', (dashboardName) => {
    const dashboard = newApi().addDashboard({ dashboardName });
    expect(resourceOf(dashboard).Properties.DashboardName).toBe(Stack.of(dashboard).resolve(dashboardName));
  });

  test.each(['', 'a b', 'a/b', 'x'.repeat(256)])('%j is refused before anything is created', (dashboardName) => {
    const api = newApi();
    expect(() => api.addDashboard({ dashboardName })).toThrow(`'dashboardName' must have 1 to 255 letters, digits, hyphens and underscores only, got '${dashboardName}'; `);
    templateOf(api).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });
});

describe('defaultInterval', () => {
  const start = (dashboard: Dashboard) => JSON.stringify(resourceOf(dashboard).Properties.DashboardBody).match(/\\"start\\":\\"([^"\\]+)/)?.[1];

  test('is three hours by default', () => {
    expect(start(newApi().addDashboard())).toBe('-PT3H');
  });

  test('can be another', () => {
    expect(start(newApi().addDashboard({ defaultInterval: Duration.days(2) }))).toBe('-P2D');
  });

  test('that is too short is refused', () => {
    expect(() => newApi().addDashboard({ defaultInterval: Duration.seconds(59) })).toThrow("'defaultInterval' must be a whole number of seconds between 60 and ");
  });
});
