import { Duration, Lazy, Size } from 'aws-cdk-lib';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, FanOut, MessageRateLimit } from '../../../src';
import { ENV } from '../../../src/private/contract';
import { environmentOf, expectRefused, newApi, resourceOf } from '../../construct-fixture';

const number = (value: number) => Lazy.number({ produce: () => value });

describe('throttle', () => {
  const settingsOf = (props: BroadcastWebSocketApiProps) => resourceOf(newApi(() => props).stage).Properties.DefaultRouteSettings;

  test.each([
    [undefined, 500, 500], [{}, 500, 500], [{ rateLimit: 50 }, 50, 500], [{ burstLimit: 20 }, 500, 20], [{ rateLimit: 2.5, burstLimit: 1 }, 2.5, 1],
    [{ rateLimit: number(7), burstLimit: number(8) }, 7, 8],
  ])('%j sets both members', (throttle, rate, burst) => {
    expect(settingsOf({ throttle })).toEqual({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
  });

  test.each([0, 0.5, -1, NaN, Infinity])('a rate of %d is refused', (rateLimit) => {
    expectRefused({ throttle: { rateLimit } }, `'throttle.rateLimit' must be at least 1 request per second, got ${rateLimit}; `);
  });

  test.each([0, 1.5, -1])('a burst of %d is refused', (burstLimit) => {
    expectRefused({ throttle: { burstLimit } }, `'throttle.burstLimit' must be a whole number of requests of at least 1, got ${burstLimit}; `);
  });
});

describe('maxMessageSize', () => {
  const bytesIn = (api: BroadcastWebSocketApi) =>
    [api.messageHandler, api.deliveryHandler].map((handler) => environmentOf(handler)[ENV.maxMessageBytes]);

  test.each([
    [undefined, '32768'], [Size.kibibytes(128), '131072'], [Size.bytes(1), '1'], [Size.bytes(number(99)), '99'],
  ])('%s reaches every function that writes messages', (maxMessageSize, bytes) => {
    for (const fanOut of [FanOut.direct(), FanOut.queued()]) {
      expect(bytesIn(newApi(() => ({ maxMessageSize, fanOut })))).toEqual([bytes, bytes]);
    }
  });

  test.each([[Size.bytes(0), 0], [Size.kibibytes(129), 132_096], [Size.mebibytes(1), 1_048_576]])('%s is refused', (maxMessageSize, bytes) => {
    expectRefused({ maxMessageSize }, `'maxMessageSize' must be a whole number of bytes between 1 and 131072, got ${bytes}; API Gateway takes no larger message`);
  });
});

describe('messageRateLimit', () => {
  const rateIn = (messageRateLimit?: MessageRateLimit, fanOut = FanOut.direct()) => {
    const { [ENV.messageRate]: rate, [ENV.messageBurst]: burst } = environmentOf(newApi(() => ({ messageRateLimit, fanOut })).messageHandler);
    return [rate, burst];
  };

  test.each([
    ['the default', undefined, '10', '30'],
    ['a rate alone', MessageRateLimit.perSecond(2), '2', '6'],
    ['a rate below one', MessageRateLimit.perSecond(0.1), '0.1', '1'],
    ['both', MessageRateLimit.perSecond(1_000, 10_000), '1000', '10000'],
    ['tokens', MessageRateLimit.perSecond(number(5), number(6)), '5', '6'],
    ['none', MessageRateLimit.unlimited(), undefined, undefined],
  ])('%s reaches the message handler', (_what, limit, rate, burst) => {
    expect(rateIn(limit)).toEqual([rate, burst]);
    expect(rateIn(limit, FanOut.queued())).toEqual([rate, burst]);
  });

  test('is not for the messages of backends', () => {
    expect(environmentOf(newApi().deliveryHandler)).not.toHaveProperty(ENV.messageRate);
  });

  test.each([0, 0.09, 1_001, NaN, -1])('a rate of %d is refused', (rate) => {
    expect(() => MessageRateLimit.perSecond(rate)).toThrow(`'rate' must be between 0.1 and 1000 messages per second, got ${rate}; `);
  });

  test.each([0, 1.5, 10_001])('a burst of %d is refused', (burst) => {
    expect(() => MessageRateLimit.perSecond(10, burst)).toThrow(`'burst' must be a whole number of messages between 1 and 10000, got ${burst}; `);
  });

  test('that is something else is refused', () => {
    expectRefused({ messageRateLimit: { rate: 10 } as never, connectionTtl: Duration.hours(3) }, "'messageRateLimit' must be a MessageRateLimit, got {\"rate\":10}; ");
  });
});
