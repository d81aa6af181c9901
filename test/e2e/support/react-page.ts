/* A page with the client's hooks, which a test controls through `window.page`. It is bundled, and runs in the browser only. */
import { type BroadcastClient, type ConnectOptions } from 'broadcast-websocket-client';
import { createElement as h, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { useBroadcast, useChannel, type BroadcastView } from 'broadcast-websocket-client/react';

export interface PageProps {
  readonly url: string;
  /** Whether a function gives the address, another one each time. */
  readonly asks?: boolean;
  /** @default - the hooks' own */
  readonly keep?: number;
  /** Names of the shown channels, one component each. */
  readonly rooms: readonly string[];
  readonly timing: ConnectOptions['timing'];
}

export interface ReactPage {
  show(props: PageProps): void;
  unmount(): void;
  send(text: string): Promise<unknown>;
  publish(room: string, text: string): Promise<unknown>;
}

let root: Root | undefined;
let shown: BroadcastView | undefined;

function List({ name, messages }: { readonly name: string; readonly messages: BroadcastView['messages'] }) {
  return h('ol', { 'aria-label': name }, messages.map(({ id, message }) => h('li', { key: id }, message)));
}

function Room({ client, name, label }: { readonly client: BroadcastClient | undefined; readonly name: string; readonly label: string }) {
  const { messages, gaps, isSubscribed, error } = useChannel(client, name, { last: 20 });
  return h('section', null,
    h('output', { 'aria-label': `${label} status` }, error ? error.message : isSubscribed ? `in, ${gaps} gaps` : 'outside'),
    h(List, { name: label, messages }));
}

/** Shows the messages to everybody a second time, over the connection of the first. */
function Beside({ client }: { readonly client: BroadcastClient }) {
  return h(List, { name: 'beside', messages: useBroadcast(client).messages });
}

function App({ url, asks, keep, rooms, timing }: PageProps) {
  const view = useBroadcast({ url: asks ? () => url : url, timing, last: 20, keep });
  shown = view;
  return h('main', null,
    h('output', { 'aria-label': 'state' }, `${view.state}, ${view.gaps} gaps`),
    h(List, { name: 'all', messages: view.messages }),
    view.client && h(Beside, { client: view.client }),
    rooms.map((name, index) => h(Room, { key: index, client: view.client, name, label: `room ${index}` })));
}

const page: ReactPage = {
  show(props) {
    root ??= createRoot(document.getElementById('root')!);
    root.render(h(StrictMode, null, h(App, props)));
  },
  unmount() {
    root?.unmount();
    root = undefined;
  },
  send: (text) => shown!.send(text),
  publish: (room, text) => shown!.client!.channel(room).publish(text),
};

Object.assign(window, { page });
