import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { FakeWebSocket } from './fake-web-socket';
import { useBroadcast, useChannel } from '../../client/src/react';

/* Pages that a server renders first. */

test('on a server nothing connects, and the page shows the state connecting', async () => {
  FakeWebSocket.made = [];
  const App = () => {
    const { client, state, messages, send } = useBroadcast({ url: 'wss://example.test', WebSocket: FakeWebSocket });
    const { isSubscribed, presence, publish } = useChannel(client, 'room:1');
    void Promise.all([send('too early'), publish('too early')]).catch(({ code }: { code: string }) => codes.push(code));
    return createElement('p', null, `${state} ${messages.length} ${isSubscribed} ${presence?.count}`);
  };
  const codes: string[] = [];
  expect(renderToString(createElement(App))).toBe('<p>connecting 0 false undefined</p>');
  await new Promise((resolve) => setImmediate(resolve));
  expect(FakeWebSocket.made).toEqual([]);
  expect(codes).toEqual(['closed']);
});
