import { MessageTooLargeError, PublishForbiddenError, RateExceededError, RateUncheckedError, SenderUnknownError } from '../../../lambda-src/core/errors';
import { takeIn, type IncomingMessage, type IntakePorts } from '../../../lambda-src/core/intake';
import { encode } from '../../../lambda-src/core/message';

const SENDER = { connectionId: 'abc=', connectedAt: 1_700_000_000_000 };
const incoming: IncomingMessage = { id: 'm1', sentAt: 1_700_000_000_500, sender: SENDER, text: 'hello' };

async function take(over: Partial<IntakePorts> = {}, given: Partial<IncomingMessage> = {}) {
  const refusals: string[] = [];
  const ports: IntakePorts = {
    countRefusal: (id, reason) => refusals.push(`${id}: ${reason}`),
    format: 'ENVELOPE',
    maxBytes: 32 * 1024,
    excludesSender: false,
    ...over,
  };
  const taken = takeIn({ ...incoming, ...given }, ports, new AbortController().signal);
  const [settled] = await Promise.allSettled([taken]);
  const value = settled.status === 'fulfilled' ? settled.value : undefined;
  return {
    message: value && 'id' in value ? value : undefined,
    statusCode: value && 'statusCode' in value ? value.statusCode : undefined,
    error: settled.status === 'rejected' ? settled.reason as Error : undefined,
    refusals,
  };
}

const rateThat = (answer: () => Promise<boolean>) => ({ messageRate: { admits: answer } });

describe('a message that is admitted', () => {
  test('goes to all, in the format of the API, under its sender\'s connection id, and is not counted', async () => {
    const { message, refusals } = await take();
    expect(message).toEqual({ ...incoming, sender: undefined, from: 'abc=', format: 'ENVELOPE', target: '*', excluded: new Set() });
    expect(refusals).toEqual([]);
  });

  test('leaves its sender out if senders do not receive their own', async () => {
    expect((await take({ excludesSender: true })).message!.excluded).toEqual(new Set(['abc=']));
  });

  test('has the name from the authorizer, and still leaves out the sender\'s connection', async () => {
    const { message } = await take({ senderNameKey: 'name', excludesSender: true }, { authorizer: { name: 'Ada' } });
    expect(message).toMatchObject({ from: 'Ada', excluded: new Set(['abc=']) });
  });

  test('may be sent by a client whose authorizer context lists all connections', async () => {
    expect((await take({ publishClaim: { key: 'scope', patterns: false } }, { authorizer: { scope: 'news *' } })).message).toMatchObject({ text: 'hello' });
  });

  test('is checked against the rate with its sender and the time at which it was received', async () => {
    const admits = jest.fn(async () => true);
    await take({ messageRate: { admits } });
    expect(admits).toHaveBeenCalledWith(SENDER, incoming.sentAt, expect.any(AbortSignal));
  });
});

describe('a message that is refused', () => {
  test('gets a status, and is counted, if its sender got an error a moment ago', async () => {
    expect(await take(rateThat(async () => false))).toEqual({ statusCode: 429, refusals: ['m1: the sender exceeds its rate, and got the error for another message less than a second ago'] });
  });

  test.each(['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const)('because it is empty, in %s, gets 404 and is counted, without further checks', async (format) => {
    const admits = jest.fn(async () => true);
    expect(await take({ format, messageRate: { admits } }, { text: '' })).toEqual({ statusCode: 404, refusals: ['m1: the message is empty'] });
    expect(admits).not.toHaveBeenCalled();
  });

  test.each([
    new RateExceededError(10, 30), new SenderUnknownError(),
  ])('is counted once, and its sender gets the error: $name', async (error) => {
    expect(await take(rateThat(async () => {
      throw error;
    }))).toEqual({ error, refusals: [`m1: ${error.name}`] });
  });

  test.each([undefined, {}, { scope: 'news' }, { scope: '*news' }])('because its sender may not publish, with the context %j, is counted once, and its sender gets an error', async (authorizer) => {
    const { error, refusals, message } = await take({ publishClaim: { key: 'scope', patterns: true } }, { authorizer });
    expect(error).toBeInstanceOf(PublishForbiddenError);
    expect(error!.message).toBe("the sender may not publish, so nobody gets the message; its authorizer must list '*' under 'scope' of its context for that");
    expect([refusals, message]).toEqual([['m1: PublishForbiddenError'], undefined]);
  });

  test('because it is over the rate is refused before the check of who may publish', async () => {
    expect(await take({ ...rateThat(async () => false), publishClaim: { key: 'scope', patterns: false } }))
      .toEqual({ statusCode: 429, refusals: ['m1: the sender exceeds its rate, and got the error for another message less than a second ago'] });
  });

  test('because its rate could not be checked does not count as refused, and has the reason', async () => {
    const cause = new Error('throttled');
    const { error, refusals } = await take(rateThat(async () => {
      throw cause;
    }));
    expect(error).toBeInstanceOf(RateUncheckedError);
    expect(error!.cause).toBe(cause);
    expect(refusals).toEqual([]);
  });

  test('because it is too large is measured with the sender\'s name: the last byte that fits, and one more', async () => {
    const named = { senderNameKey: 'name' };
    const authorizer = { name: 'Ada Lovelace' };
    const { message } = await take(named, { authorizer });
    const { length } = encode(message!);
    expect((await take({ ...named, maxBytes: length }, { authorizer })).message).toEqual(message);
    const { error, refusals } = await take({ ...named, maxBytes: length - 1 }, { authorizer });
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(refusals).toEqual(['m1: MessageTooLargeError']);
  });

  test('because it leaves no room for what later steps add', async () => {
    const { length } = encode((await take()).message!);
    expect((await take({ maxBytes: length + 20, reservedBytes: 20 })).message).toBeDefined();
    expect((await take({ maxBytes: length + 19, reservedBytes: 20 })).error).toBeInstanceOf(MessageTooLargeError);
  });

  test('because of its rate is not looked at further: a flood costs no encoding', async () => {
    const { error, refusals } = await take({ ...rateThat(async () => false), maxBytes: 1 });
    expect(error).toBeUndefined();
    expect(refusals).toHaveLength(1);
  });
});
