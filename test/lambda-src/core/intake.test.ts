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
  test('is for all, in the format of the API, named by the connection of its sender, and not counted', async () => {
    const { message, refusals } = await take();
    expect(message).toEqual({ ...incoming, sender: undefined, from: 'abc=', format: 'ENVELOPE', target: '*', excluded: new Set() });
    expect(refusals).toEqual([]);
  });

  test('leaves its sender out if senders do not receive their own', async () => {
    expect((await take({ excludesSender: true })).message!.excluded).toEqual(new Set(['abc=']));
  });

  test('bears the name that the authorizer gave, and still leaves out the connection', async () => {
    const { message } = await take({ senderNameKey: 'name', excludesSender: true }, { authorizer: { name: 'Ada' } });
    expect(message).toMatchObject({ from: 'Ada', excluded: new Set(['abc=']) });
  });

  test('may be sent by whose authorizer lists all connections', async () => {
    expect((await take({ publishClaim: { key: 'scope', patterns: false } }, { authorizer: { scope: 'news *' } })).message).toMatchObject({ text: 'hello' });
  });

  test('is asked for by its sender and the time at which it was received', async () => {
    const admits = jest.fn(async () => true);
    await take({ messageRate: { admits } });
    expect(admits).toHaveBeenCalledWith(SENDER, incoming.sentAt, expect.any(AbortSignal));
  });
});

describe('a message that is refused', () => {
  test('is a status, and counted, while its sender knows', async () => {
    expect(await take(rateThat(async () => false))).toEqual({ statusCode: 429, refusals: ['m1: the sender exceeds its rate, and got the error for another message less than a second ago'] });
  });

  test.each(['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const)('as it is empty, in %s, is not found: it is counted, and nothing is asked', async (format) => {
    const admits = jest.fn(async () => true);
    expect(await take({ format, messageRate: { admits } }, { text: '' })).toEqual({ statusCode: 404, refusals: ['m1: the message is empty'] });
    expect(admits).not.toHaveBeenCalled();
  });

  test.each([
    new RateExceededError(10, 30), new SenderUnknownError(),
  ])('is counted once, and its sender told: $name', async (error) => {
    expect(await take(rateThat(async () => {
      throw error;
    }))).toEqual({ error, refusals: [`m1: ${error.name}`] });
  });

  test.each([undefined, {}, { scope: 'news' }, { scope: '*news' }])('as its sender may not publish, by the context %j, is counted once, and its sender told', async (authorizer) => {
    const { error, refusals, message } = await take({ publishClaim: { key: 'scope', patterns: true } }, { authorizer });
    expect(error).toBeInstanceOf(PublishForbiddenError);
    expect(error!.message).toBe("the sender may not publish, so nobody gets the message; its authorizer must list '*' under 'scope' of its context for that");
    expect([refusals, message]).toEqual([['m1: PublishForbiddenError'], undefined]);
  });

  test('as it is over the rate is no matter of who may publish', async () => {
    expect(await take({ ...rateThat(async () => false), publishClaim: { key: 'scope', patterns: false } }))
      .toEqual({ statusCode: 429, refusals: ['m1: the sender exceeds its rate, and got the error for another message less than a second ago'] });
  });

  test('as its rate could not be checked is no refusal of ours, and says why', async () => {
    const cause = new Error('throttled');
    const { error, refusals } = await take(rateThat(async () => {
      throw cause;
    }));
    expect(error).toBeInstanceOf(RateUncheckedError);
    expect(error!.cause).toBe(cause);
    expect(refusals).toEqual([]);
  });

  test('as it is too large counts its name as well: the last byte that fits, and one over', async () => {
    const named = { senderNameKey: 'name' };
    const authorizer = { name: 'Ada Lovelace' };
    const { message } = await take(named, { authorizer });
    const { length } = encode(message!);
    expect((await take({ ...named, maxBytes: length }, { authorizer })).message).toEqual(message);
    const { error, refusals } = await take({ ...named, maxBytes: length - 1 }, { authorizer });
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(refusals).toEqual(['m1: MessageTooLargeError']);
  });

  test('as it leaves no room for what later steps add', async () => {
    const { length } = encode((await take()).message!);
    expect((await take({ maxBytes: length + 20, reservedBytes: 20 })).message).toBeDefined();
    expect((await take({ maxBytes: length + 19, reservedBytes: 20 })).error).toBeInstanceOf(MessageTooLargeError);
  });

  test('by its rate is not looked at further: a flood costs no encoding', async () => {
    const { error, refusals } = await take({ ...rateThat(async () => false), maxBytes: 1 });
    expect(error).toBeUndefined();
    expect(refusals).toHaveLength(1);
  });
});
