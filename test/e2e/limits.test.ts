import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Size, Stack, type CfnElement } from 'aws-cdk-lib';
import type { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { Served } from '../../harness/served';
import { type BroadcastWebSocketApi, FanOut, MessageFormat, MessageRateLimit } from '../../src';

const ENVELOPE = { messageFormat: MessageFormat.ENVELOPE };
const UNLIMITED = { messageRateLimit: MessageRateLimit.unlimited() };

const APIS = {
  Direct: () => ENVELOPE,
  Queued: () => ({ ...ENVELOPE, fanOut: FanOut.queued() }),
  Throttled: () => ({ ...ENVELOPE, ...UNLIMITED, throttle: { rateLimit: 20, burstLimit: 20 } }),
  Small: () => ({ ...ENVELOPE, maxMessageSize: Size.bytes(300) }),
  SmallQueued: () => ({ ...ENVELOPE, fanOut: FanOut.queued(), maxMessageSize: Size.bytes(300) }),
  Large: () => ({ messageFormat: MessageFormat.RAW, maxMessageSize: Size.kibibytes(128) }),
};

let served: Served<keyof typeof APIS>;
let queue: string;

beforeAll(async () => {
  served = await Served.start(APIS, (stack) => {
    const api = stack.node.findChild('SmallQueued') as BroadcastWebSocketApi;
    queue = stack.resolve(Stack.of(api).getLogicalId(api.broadcastQueue.node.defaultChild as CfnElement)) as string;
  });
}, 60_000);

afterEach(() => served.leave());

afterAll(() => served?.stop());

const isError = (frame: string) => frame.includes('"Internal server error"');
const isThrottled = (frame: string) => frame.includes('"Too Many Requests"');
const saying = (text: string) => (frame: string) => frame.includes(`"${text}"`);
const sentBy = ({ frames }: Client, prefix: string) => frames.filter((frame) => frame.includes(`"message":"${prefix}`)).length;

describe.each(['Direct', 'Queued'] as const)('a client that floods: %s', (name) => {
  test('gets its burst through and one error a second, while the others keep chatting', async () => {
    const [flooder, ann, bob] = [await served.join(name), await served.join(name), await served.join(name)];
    const started = Date.now();
    for (let index = 0; index < 300; index++) flooder.send(`flood ${index}`);
    for (let index = 0; index < 5; index++) {
      ann.send(`ann ${index}`);
      await bob.frame(saying(`ann ${index}`));
    }
    await flooder.frame(isError);
    await eventually(() => sentBy(bob, 'flood') >= 30);
    await eventually(() => served.events.filter(({ event, connectionId }) => event === 'message' && connectionId !== undefined).length >= 300);
    const seconds = (Date.now() - started) / 1000;

    expect(sentBy(bob, 'ann')).toBe(5);
    expect(sentBy(bob, 'flood')).toBeLessThanOrEqual(30 + 10 * seconds + 1);
    expect(flooder.frames.filter(isError).length).toBeLessThanOrEqual(seconds + 2);
    expect(served.printed()).toMatch(/"RejectedMessages":[1-9]/);
    served.events.length = 0;
  });
});

describe('throttle', () => {
  test('refuses messages above the rate with an error frame, and later ones pass again', async () => {
    const [flooder, ann, bob] = [await served.join('Throttled'), await served.join('Throttled'), await served.join('Throttled')];
    for (let index = 0; index < 200; index++) flooder.send(`flood ${index}`);
    await flooder.frame(isThrottled);
    const flood = setInterval(() => flooder.send('more'), 50);
    try {
      await eventually(() => {
        ann.send('here I am');
        return bob.frames.some(saying('here I am'));
      });
    } finally {
      clearInterval(flood);
    }
    expect(flooder.frames.filter(isThrottled).length).toBeGreaterThanOrEqual(100);
  });
});

describe('maxMessageSize', () => {
  test.each(['Small', 'SmallQueued'] as const)('a larger message is an error for its sender only: %s', async (name) => {
    const [ann, bob] = [await served.join(name), await served.join(name)];
    ann.send('x'.repeat(300));
    await ann.frame(isError);
    // The recipients' bytes count: 150 characters of two bytes each, and the envelope.
    ann.send('ü'.repeat(150));
    await eventually(() => ann.frames.filter(isError).length === 2);
    ann.send('y'.repeat(100));
    await bob.frame(saying('y'.repeat(100)));
    expect(bob.frames).toHaveLength(1);
  });

  test('a larger message of a backend reaches nobody, and is counted', async () => {
    const bob = await served.join('SmallQueued');
    const sqs = queuesClient(served.local.sqsEndpoint);
    const publish = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl: served.local.queues[queue], MessageBody }));
    served.events.length = 0;
    await publish('z'.repeat(300));
    await eventually(() => /"RejectedMessages":1/.test(served.printed()));
    await publish('small');
    await bob.frame(saying('small'));
    expect(bob.frames).toHaveLength(1);
    sqs.destroy();
  });

  test('of 128 KB allows every message that API Gateway allows', async () => {
    const [ann, bob] = [await served.join('Large'), await served.join('Large')];
    // In frames of at most 32 KB, as API Gateway requires.
    const frame = 'a'.repeat(32 * 1024);
    for (let part = 0; part < 4; part++) ann.socket.send(frame, { fin: part === 3, binary: false });
    expect((await bob.frame(() => true)).length).toBe(128 * 1024);
  });
});
