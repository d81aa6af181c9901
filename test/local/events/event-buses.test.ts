import { queueModel } from '../../../harness/queue-model';
import { EventBuses } from '../../../local/events/event-buses';
import type { RuleModel } from '../../../local/model/rules';
import { readTargets } from '../../../local/model/targets';
import { Queue } from '../../../local/queues/queue';

const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:f:live';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:topic';

let queue: Queue;
let invoked: [string, object][];
let published: [string, string][];
let lines: string[];
let buses: EventBuses;

beforeEach(() => {
  queue = new Queue(queueModel());
  invoked = [];
  published = [];
  lines = [];
  buses = new EventBuses({
    invoke: async (name, event) => {
      invoked.push([name, event]);
      return { ok: true, payload: null };
    },
    findQueue: (arn) => (arn === queue.model.arn ? queue : undefined),
    publish: (...publication) => published.push(publication),
    log: ({ source, event, detail }) => lines.push(`${source} ${event} ${detail}`),
  });
});

afterEach(() => queue.stop());

function rule(overrides: Partial<RuleModel> = {}, ...targets: Record<string, unknown>[]): RuleModel {
  return {
    path: 'Stack/Rule',
    arn: 'arn:aws:events:eu-west-1:111122223333:rule/r',
    bus: { name: 'default', region: 'eu-west-1' },
    account: '111122223333',
    region: 'eu-west-1',
    pattern: { source: ['orders'] },
    targets: readTargets(targets.length > 0 ? targets : [{ Arn: FUNCTION }]),
    ...overrides,
  };
}

const entry = { Source: 'orders', DetailType: 'Order sent', Detail: '{"order":17}' };
const bodies = () => queue.receive(10).map(({ body }) => body);

test('an event goes to the targets of the rules that match, as EventBridge has it', () => {
  buses.apply([rule({}, { Arn: FUNCTION }, { Arn: queue.model.arn }), rule({ pattern: { source: ['other'] } })]);
  expect(buses.put({ ...entry, Time: 1_800_000_000, Resources: ['arn:x'] }, 'eu-west-1')).toEqual({ EventId: expect.any(String) });
  const event = {
    'version': '0', 'id': expect.any(String), 'detail-type': 'Order sent', 'source': 'orders', 'account': '111122223333', 'time': '2027-01-15T08:00:00Z', 'region': 'eu-west-1', 'resources': ['arn:x'], 'detail': { order: 17 },
  };
  expect(invoked).toEqual([[FUNCTION, event]]);
  expect(bodies().map((body) => JSON.parse(body) as object)).toEqual([event]);
  expect(lines).toEqual(["local event 'Order sent' of 'orders' on the bus 'default' matches a rule"]);
});

test('each target gets the input that it is configured with', () => {
  buses.apply([rule({},
    { Arn: FUNCTION, InputPath: '$.detail' },
    { Arn: queue.model.arn, Input: '{"constant":true}' },
    { Arn: TOPIC, InputTransformer: { InputPathsMap: { order: '$.detail.order' }, InputTemplate: '"order <order>"' } },
  )]);
  buses.put(entry, 'eu-west-1');
  expect([invoked, bodies(), published]).toEqual([[[FUNCTION, { order: 17 }]], ['{"constant":true}'], [[TOPIC, '"order 17"']]]);
});

test('a bus has its own rules', () => {
  buses.apply([rule(), rule({ bus: { name: 'mine', region: 'eu-west-1' } }, { Arn: queue.model.arn, Input: 'mine' })]);
  buses.put({ ...entry, EventBusName: 'arn:aws:events:eu-west-1:111122223333:event-bus/mine' }, 'eu-west-1');
  expect([invoked, bodies()]).toEqual([[], ['mine']]);
  buses.put({ ...entry, EventBusName: 'another' }, 'eu-west-1');
  expect(lines.at(-1)).toBe("local event 'Order sent' of 'orders' on the bus 'another' matches no rule");
});

test('a bus belongs to its region, and forwards an event to a bus of another region once', () => {
  const bus = (region: string) => `arn:aws:events:${region}:111122223333:event-bus/default`;
  const inRegion = (region: string, other: string) => rule({ bus: { name: 'default', region }, region }, { Arn: `${FUNCTION}-${region}` }, { Arn: bus(other) });
  buses.apply([inRegion('eu-west-1', 'us-east-1'), inRegion('us-east-1', 'eu-west-1'), inRegion('sa-east-1', 'eu-west-1')]);
  buses.put(entry, 'us-east-1');
  const event = expect.objectContaining({ region: 'us-east-1', detail: { order: 17 } });
  expect(invoked).toEqual([[`${FUNCTION}-us-east-1`, event], [`${FUNCTION}-eu-west-1`, event]]);
});

test('an event of a region without rules goes to the only region that has some', () => {
  buses.apply([rule({}, { Arn: FUNCTION })]);
  buses.put(entry, 'us-west-2');
  expect(invoked).toEqual([[FUNCTION, expect.objectContaining({ region: 'eu-west-1' })]]);
});

test('a target that cannot be reached does not keep the event from the others', () => {
  buses.apply([rule({}, { Arn: 'arn:aws:sqs:eu-west-1:111122223333:elsewhere' }, { Arn: 'arn:aws:firehose:x' }, { Arn: FUNCTION, Input: 'no JSON' }, { Arn: FUNCTION })]);
  buses.put(entry, 'eu-west-1');
  expect(invoked).toHaveLength(1);
  expect(lines.filter((line) => line.includes(' error '))).toEqual([
    'Stack/Rule error the queue arn:aws:sqs:eu-west-1:111122223333:elsewhere is not in this cloud assembly',
    'Stack/Rule error a function takes JSON, which the input of this target is not',
  ]);
});

test.each([
  [{ ...entry, Source: '' }, 'InvalidArgument'],
  [{ ...entry, DetailType: undefined }, 'InvalidArgument'],
  [{ ...entry, Detail: undefined }, 'InvalidArgument'],
  [{ ...entry, Detail: 'text' }, 'MalformedDetail'],
  [{ ...entry, Detail: '[1]' }, 'MalformedDetail'],
])('%j is refused', (wrong, ErrorCode) => {
  buses.apply([rule()]);
  expect(buses.put(wrong, 'eu-west-1')).toMatchObject({ ErrorCode });
  expect(invoked).toEqual([]);
});
