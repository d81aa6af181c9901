/* The inspector's page. Events come over one stream; channels and rows are requested. */
import { channels } from './channels.js';
import { say, select as selectTarget, showTargets } from './composer.js';
import { connections } from './connections.js';
import { $, clock, element } from './dom.js';
import { jsonNodes, parsed } from './json.js';
import { List } from './list.js';
import { addMetrics, clearMetrics } from './metrics.js';
import { readRows, showTables } from './rows.js';
import { personOf, state } from './state.js';
import { tabs } from './tabs.js';

const messages = new List('messages', 'message', ({ at, direction, connectionIds, count, text, bytes }) => {
  const json = parsed(text);
  const from = direction === 'in';
  const who = count === 1 ? connectionIds[0] : `${count} connections`;
  const arrow = element('span', { className: 'arrow', textContent: from ? '→' : '←', title: from ? 'from a client' : 'to clients' });
  arrow.setAttribute('role', 'img');
  arrow.setAttribute('aria-label', arrow.title);
  return element('li', { className: direction },
    clock(at),
    arrow,
    element('code', { className: 'who', textContent: [who, count === 1 && personOf(connectionIds[0])].filter(Boolean).join(' · '), title: connectionIds.join('\n') }),
    element('pre', {}, ...json === undefined ? [text] : jsonNodes(json)),
    element('small', { textContent: `${bytes} B` }));
});

const events = new List('events', 'event', ({ at, source, event, connectionId, detail }) => element('li', { className: event },
  clock(at),
  element('span', { className: 'source', textContent: source, title: source }),
  element('span', { className: 'kind', textContent: event }),
  element('code', { className: 'detail', textContent: [connectionId, detail].filter(Boolean).join(' ') })));

const connectionList = connections(select, say);
let connectionCount = 0;
let hasReadChannels = false;

const channelList = channels(() => {
  connectionList.show(connectionCount);
  showTargets();
}, ({ api, to }) => {
  selectTarget(api, to);
  $('text').focus();
});

/** Shows only the messages of one connection, and sends to it. */
function select(id) {
  state.selected = id;
  $('filter').hidden = id === undefined;
  $('filter-id').textContent = id ?? '';
  connectionList.show(connectionCount);
  messages.filter(id === undefined ? undefined : ({ connectionIds }) => connectionIds.includes(id));
  const api = state.connections.find((connection) => connection.id === id)?.api ?? state.apis[0]?.id;
  selectTarget(api, id === undefined ? '' : `connection:${id}`);
}

const stream = new EventSource('/feed');
stream.onopen = () => live('on', 'Live');
stream.onerror = () => live('off', 'The runner has stopped; waiting for it');
stream.onmessage = ({ data }) => {
  const news = JSON.parse(data);
  Object.assign(state, { apis: news.apis, connections: news.connections, tables: news.tables });
  connectionCount = news.connectionCount;
  $('apis').replaceChildren(...state.apis.flatMap(({ urls, path }) => urls.map((url) => element('li', {},
    element('code', { textContent: url }), ' ', element('small', { textContent: path })))));
  if (state.selected !== undefined && !state.connections.some(({ id }) => id === state.selected)) select(undefined);
  connectionList.show(connectionCount);
  showTargets();
  showTables();
  messages.add(news.messages ?? []);
  events.add(news.events ?? []);
  if (news.metrics?.length > 0) addMetrics(news.metrics);
  if (!hasReadChannels) void channelList.read();
  hasReadChannels = true;
};

function live(className, text) {
  $('live').className = className;
  $('live').textContent = text;
  // A new runner starts counting at 0.
  if (className !== 'off') return;
  messages.clear();
  events.clear();
  clearMetrics();
}

$('filter-off').onclick = () => select(undefined);
$('clear-messages').onclick = () => messages.clear();
$('clear-events').onclick = () => events.clear();

tabs((panel) => {
  if (panel === 'rows') void readRows();
  if (panel === 'channels') void channelList.read();
  if (panel === 'messages') messages.toEnd();
  if (panel === 'events') events.toEnd();
});
