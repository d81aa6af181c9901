import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { type BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../../../src';
import { newApi } from '../../construct-fixture';

const OPTIONS = { memorySize: 512 };
const CLOSED = { subscribeAccess: ChannelAccess.nobody() };
const WITH_CHANNELS: BroadcastWebSocketApiProps = { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.anyone() };

function withUsers(props: BroadcastWebSocketApiProps): BroadcastWebSocketApiProps {
  const authorizer = new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] });
  return { ...WITH_CHANNELS, ...props, authorizer, userIdKey: 'sub', allowedOrigins: ['https://app.example.com'] };
}

type Props = () => BroadcastWebSocketApiProps;
type Add = (api: BroadcastWebSocketApi) => unknown;
const nothing: Add = () => undefined;

/** Returns the warnings once everything is added. */
function warningsOf(props: Props, add: Add): string[] {
  const api = newApi(props);
  add(api);
  return Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue()).map((found) => String(found.entry.data));
}

test.each<[keyof BroadcastWebSocketApiProps, string, Props, Add]>([
  ['deliveryHandlerOptions', 'without a queue', () => ({ deliveryHandlerOptions: OPTIONS }), nothing],
  ['disconnectHandlerOptions', 'without disconnectQueue', () => ({ disconnectHandlerOptions: OPTIONS }), nothing],
  ['presenceHandlerOptions', "without 'presence' of a channel", () => withUsers({ presenceHandlerOptions: OPTIONS }), (api) => api.addChannels('room:*')],
  ['maxChannelsPerConnection', 'without channels to which clients may subscribe', () => ({ maxChannelsPerConnection: 5 }), nothing],
  ['maxChannelsPerConnection', 'without channels to which clients may subscribe', () => withUsers({ maxChannelsPerConnection: 5 }), nothing],
  [
    'maxChannelsPerConnection', 'without channels to which clients may subscribe', () => ({ ...WITH_CHANNELS, maxChannelsPerConnection: 5 }),
    (api) => api.addChannels('room:*', CLOSED),
  ],
  ['logChannels', 'without channels and users', () => ({ logChannels: true }), nothing],
])('%s has no effect %s, which is warned of', (prop, lack, props, add) => {
  expect(warningsOf(props, add)).toEqual([expect.stringContaining(`'${prop}' has no effect ${lack}`)]);
});

test.each<[keyof BroadcastWebSocketApiProps, Props, Add]>([
  ['deliveryHandlerOptions', () => ({ deliveryHandlerOptions: OPTIONS, fanOut: FanOut.queued() }), nothing],
  ['deliveryHandlerOptions', () => ({ deliveryHandlerOptions: OPTIONS }), (api) => api.broadcastQueue],
  ['disconnectHandlerOptions', () => ({ disconnectHandlerOptions: OPTIONS }), (api) => api.disconnectQueue],
  ['presenceHandlerOptions', () => withUsers({ presenceHandlerOptions: OPTIONS }), (api) => api.addChannels('room:*', { presence: {} })],
  ['maxChannelsPerConnection', () => ({ ...WITH_CHANNELS, maxChannelsPerConnection: 5 }), (api) => {
    api.addChannels('news', CLOSED);
    api.addChannels('room:*');
  }],
  ['logChannels', () => ({ ...WITH_CHANNELS, logChannels: true }), (api) => api.addChannels('room:*')],
  ['logChannels', () => withUsers({ logChannels: true }), nothing],
  ['logChannels', () => ({ logChannels: false }), nothing],
])('%s is not warned of where it has an effect, however late that is added', (_prop, props, add) => {
  expect(warningsOf(props, add)).toEqual([]);
});

test('a warning can be acknowledged by its id', () => {
  const api = newApi(() => ({ logChannels: true }));
  const found = Annotations.fromStack(Stack.of(api)).findWarning('*', Match.anyValue());
  expect(found.map(({ entry }) => String(entry.data))).toEqual([expect.stringContaining('[ack: cdk-broadcast-websocket-api:logChannelsUnused]')]);
});
