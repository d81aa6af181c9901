import { NOW } from './log/memory-table';
import { VirtualClock } from '../../../harness/virtual-clock';
import { MessageHook, type HookQuestion } from '../../../lambda-src/core/hook';

const QUESTION: HookQuestion = {
  type: 'message', id: 'm', sentAt: NOW, connectionId: 'c', from: 'Ann', channel: 'room', message: 'secret', authorizer: { sub: 'u' },
};

type Invoke = (payload: string, abortSignal: AbortSignal, clock: VirtualClock) => Promise<string>;

/** Returns the decision for a hook with this behaviour, and the reports. */
async function asking(invoke: Invoke, question = QUESTION, millis = 28_000) {
  const clock = new VirtualClock(NOW);
  const reported: string[] = [];
  const payloads: string[] = [];
  const hook = new MessageHook({
    invoke: (payload, abortSignal) => {
      payloads.push(payload);
      return invoke(payload, abortSignal, clock);
    },
    clock,
    report: {
      failed: (id, error) => reported.push(`failed ${id} ${error.message}`),
      denied: (id) => reported.push(`denied ${id}`),
      dropped: (id) => reported.push(`dropped ${id}`),
      took: (duration) => reported.push(`took ${duration}`),
    },
  });
  const ended = new AbortController();
  clock.after(millis, () => ended.abort());
  const outcome = await clock.runUntil(hook.ask(question, ended.signal).catch((error: Error) => error.name));
  return { outcome, reported, payloads };
}

const answering = (answer: unknown, question?: HookQuestion) => asking(async () => (typeof answer === 'string' ? answer : JSON.stringify(answer)), question);

test('is invoked with everything that is known about the message, and nothing else', async () => {
  const { payloads } = await answering({ action: 'allow' });
  expect(JSON.parse(payloads[0])).toEqual({ v: 1, ...QUESTION });
});

test.each([
  ['allows', { action: 'allow' }, { action: 'allow' }, ['took 0']],
  ['changes the text', { action: 'allow', message: 'other' }, { action: 'allow', message: 'other' }, ['took 0']],
  ['changes it to half a character', { action: 'allow', message: 'a\ud800' }, { action: 'allow', message: 'a\ufffd' }, ['took 0']],
  ['denies', { action: 'deny' }, { action: 'deny' }, ['denied m', 'took 0']],
  ['denies with a reason', { action: 'deny', reason: 'too loud' }, { action: 'deny', reason: 'too loud' }, ['denied m', 'took 0']],
  ['denies with a long reason', { action: 'deny', reason: 'x'.repeat(9_999) }, { action: 'deny', reason: 'x'.repeat(256) }, ['denied m', 'took 0']],
  ['drops', { action: 'drop', message: 'x' }, { action: 'drop' }, ['dropped m', 'took 0']],
  ['lies about the sender', { action: 'allow', from: 'Eve', userId: 'eve', id: 'x', channel: 'other', sentAt: 1 }, { action: 'allow' }, ['took 0']],
])('a hook that %s', async (_what, answer, decision, reported) => {
  expect(await answering(answer)).toMatchObject({ outcome: decision, reported });
});

test.each<[string, unknown]>([
  ['nothing', ''], ['no JSON', 'allow'], ['null', null], ['a list', [{ action: 'allow' }]], ['a string', '"allow"'], ['true', 'true'], ['no action', {}],
  ['another action', { action: 'ALLOW' }], ['an action that is inherited', '{"__proto__":{"action":"allow"}}'],
  ['an empty text', { action: 'allow', message: '' }], ['a text that is none', { action: 'allow', message: { a: 1 } }],
  ['a reason that is none', { action: 'deny', reason: 1 }], ['what is huge', `{"action":"allow","x":"${'x'.repeat(1024 * 1024)}"}`],
])('a hook that answers %s allows nothing', async (_what, answer) => {
  const { outcome, reported } = await answering(answer);
  expect(outcome).toBe('HookFailedError');
  expect(reported).toEqual([expect.stringMatching(/^failed m the message hook allowed nothing: .*lambda:InvokeFunction/), 'took 0']);
  expect(reported[0]).not.toContain('secret');
});

test.each<[string, object]>([['changes what is none', { action: 'allow', message: 'm' }], ['drops what is none', { action: 'drop' }]])(
  'a client that wants to join is not let in by a hook that %s', async (_what, answer) => {
    expect((await answering(answer, { ...QUESTION, type: 'subscribe', message: undefined })).outcome).toBe('HookFailedError');
  },
);

test('a hook that throws allows nothing, and its error is the cause', async () => {
  const { outcome, reported } = await asking(() => Promise.reject(new Error('boom')));
  expect([outcome, reported]).toEqual(['HookFailedError', [expect.stringContaining('the function failed, or could not be called'), 'took 0']]);
});

test.each([
  ['stops when it is told to', (abortSignal: AbortSignal, clock: VirtualClock) => clock.sleep(60_000).then(() => (abortSignal.aborted ? 'x' : '{"action":"allow"}'))],
  ['never stops', () => new Promise<string>(() => undefined)],
])('a slow hook that %s allows nothing after 3 seconds', async (_what, invoke) => {
  const { outcome, reported } = await asking((_payload, abortSignal, clock) => invoke(abortSignal, clock));
  expect([outcome, reported]).toEqual(['HookFailedError', [expect.stringContaining('took longer than 3000 ms'), 'took 3000']]);
});

test('a hook has no more time than the invocation', async () => {
  expect((await asking(() => new Promise<string>(() => undefined), QUESTION, 500)).reported).toEqual([expect.stringContaining('failed'), 'took 500']);
});
