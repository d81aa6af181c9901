import { queueModel } from '../../../harness/queue-model';
import { Schedule } from '../../../local/events/schedule';
import type { ScheduleModel } from '../../../local/model/schedules';
import { readTargets } from '../../../local/model/targets';
import { Queue } from '../../../local/queues/queue';

let invoked: [string, object][];
let lines: string[];
let schedule: Schedule;
const queue = new Queue(queueModel());
const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:the-function';

beforeEach(() => {
  jest.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5) });
  invoked = [];
  lines = [];
});

afterEach(() => {
  schedule.stop();
  queue.purge();
  jest.useRealTimers();
});

function start(overrides: Partial<ScheduleModel> = {}, timeScale = 1): void {
  schedule = new Schedule({
    model: {
      path: 'Stack/Rule',
      arn: 'arn:of:the:rule',
      account: '111122223333',
      region: 'eu-west-1',
      intervalMillis: 60_000,
      source: 'aws.events',
      targets: readTargets([{ Arn: functionArn }]),
      ...overrides,
    },
    ports: {
      invoke: async (name, event) => {
        invoked.push([name, event]);
        return { ok: true, payload: null };
      },
      findQueue: (arn) => (arn === queue.model.arn ? queue : undefined),
      publish: () => undefined,
      log: ({ event, detail }) => lines.push(`${event} ${detail}`),
    },
    timeScale,
  });
}

test('fires at its rate with the event of EventBridge', () => {
  start();
  jest.advanceTimersByTime(59_999);
  expect(invoked).toEqual([]);
  jest.advanceTimersByTime(60_001);
  expect(invoked).toHaveLength(2);
  expect(invoked[0]).toEqual([functionArn, {
    'version': '0',
    'id': expect.any(String),
    'detail-type': 'Scheduled Event',
    'source': 'aws.events',
    'account': '111122223333',
    'time': '2026-01-02T03:05:05Z',
    'region': 'eu-west-1',
    'resources': ['arn:of:the:rule'],
    'detail': {},
  }]);
});

test('fires more often with a time scale', () => {
  start({}, 60);
  jest.advanceTimersByTime(3000);
  expect(invoked).toHaveLength(3);
});

test('sends the configured input of a target instead, also to a queue', () => {
  start({ targets: readTargets([{ Arn: functionArn, Input: '{"a":1}' }, { Arn: queue.model.arn, Input: '"tick"' }]) });
  jest.advanceTimersByTime(60_000);
  expect(invoked).toEqual([[functionArn, { a: 1 }]]);
  expect(queue.receive(10).map(({ body }) => body)).toEqual(['"tick"']);
});

test('logs a target that cannot be reached', () => {
  start({ targets: readTargets([{ Arn: 'arn:aws:sqs:eu-west-1:1:nowhere' }]) });
  jest.advanceTimersByTime(60_000);
  expect(lines).toEqual(['schedule fires at 1 target', 'error the queue arn:aws:sqs:eu-west-1:1:nowhere is not in this cloud assembly']);
});

test('a rate of months does not overflow the timer', () => {
  start({ intervalMillis: 60 * 24 * 60 * 60_000 });
  jest.advanceTimersByTime(60_000);
  expect(invoked).toEqual([]);
});
