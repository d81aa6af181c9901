'use strict';

/*
 * The inspector's page. Everything it shows comes over one stream of events; whatever comes is put into the page as text, never as
 * markup: messages and rows can hold anything.
 */
const KEPT = 300;
/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);

const state = { connections: [], tables: [], messages: new Map(), events: new Map(), selected: undefined };

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const clock = (at) => element('time', { textContent: new Date(at).toTimeString().slice(0, 8), dateTime: new Date(at).toISOString() });

function ago(at) {
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

async function call(method, path, input) {
  const response = method === 'GET'
    ? await fetch(`${path}?${new URLSearchParams(input)}`)
    : await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function say(text, isBad = false) {
  $('result').textContent = text;
  $('result').classList.toggle('bad', isBad);
}

// --- the stream ----------------------------------------------------------------------------------------------------

const stream = new EventSource('/feed');
stream.onopen = () => live('on', 'Live');
stream.onerror = () => live('off', 'The runner is gone; waiting for it');
stream.onmessage = ({ data }) => {
  const news = JSON.parse(data);
  for (const message of news.messages ?? []) keep(state.messages, message);
  for (const event of news.events ?? []) keep(state.events, event);
  Object.assign(state, { connections: news.connections, tables: news.tables });
  showApis(news.apis);
  showConnections(news.connectionCount);
  showTables();
  if (news.messages) showMessages();
  if (news.events) showEvents();
};

function live(className, text) {
  $('live').className = className;
  $('live').textContent = text;
  // A new runner counts anew.
  if (className === 'off') for (const list of [state.messages, state.events]) list.clear();
}

function keep(list, item) {
  list.set(item.number, item);
  if (list.size > KEPT) list.delete(list.keys().next().value);
}

// --- connections ---------------------------------------------------------------------------------------------------

function showApis(apis) {
  $('apis').replaceChildren(...apis.map(({ url, path }) => element('li', {}, element('code', { textContent: url }), ' ', element('small', { textContent: path }))));
}

/** Nodes are kept, so that the focus stays where it is. */
function showConnections(count) {
  const list = $('connection-list');
  const known = new Map([.../** @type {HTMLElement[]} */ (list.children)].map((item) => [item.dataset.id, item]));
  for (const connection of state.connections) {
    const item = known.get(connection.id) ?? list.appendChild(connectionItem(connection.id));
    known.delete(connection.id);
    const { isOpen, stage, connectedAt, sent, received, userAgent } = connection;
    const what = isOpen ? `${stage} · ${ago(connectedAt)} · sent ${sent}, got ${received}` : `${stage} · connecting`;
    item.querySelector('.what').textContent = what;
    item.querySelector('.pick').title = userAgent ?? '';
    item.querySelector('.close').disabled = !isOpen;
  }
  for (const gone of known.values()) gone.remove();
  if (state.selected !== undefined && !state.connections.some(({ id }) => id === state.selected)) select(undefined);
  $('connection-count').textContent = count;
  $('no-connections').hidden = count > 0;
  showTargets();
}

function connectionItem(id) {
  const pick = element('button', { className: 'pick', onclick: () => select(state.selected === id ? undefined : id) },
    element('code', { textContent: id }), element('span', { className: 'what' }));
  pick.setAttribute('aria-pressed', 'false');
  const close = element('button', { className: 'close', textContent: 'Disconnect', onclick: () => disconnect(id) });
  close.setAttribute('aria-label', `Disconnect ${id}`);
  const item = element('li', {}, pick, close);
  item.dataset.id = id;
  return item;
}

async function disconnect(connectionId) {
  try {
    await call('POST', '/disconnect', { connectionId });
    say(`Disconnected ${connectionId}`);
  } catch (error) {
    say(error.message, true);
  }
}

/** Shows the messages of one connection only, and sends to it. */
function select(id) {
  state.selected = id;
  for (const item of $('connection-list').children) item.querySelector('.pick').setAttribute('aria-pressed', String(item.dataset.id === id));
  $('filter').hidden = id === undefined;
  $('filter-id').textContent = id ?? '';
  showTargets();
  $('target').value = id ?? '';
  showMessages();
}

function showTargets() {
  const { value } = $('target');
  const ids = state.connections.filter(({ isOpen }) => isOpen).map(({ id }) => id);
  const shown = [...$('target').options].map((option) => option.value);
  if (JSON.stringify(shown) === JSON.stringify(['', ...ids])) return;
  $('target').replaceChildren(new Option('all connections', ''), ...ids.map((id) => new Option(id, id)));
  $('target').value = ids.includes(value) ? value : '';
}

// --- messages and events -------------------------------------------------------------------------------------------

function showMessages() {
  const shown = [...state.messages.values()].filter(({ connectionIds }) => state.selected === undefined || connectionIds.includes(state.selected));
  show('messages', shown, ({ at, direction, connectionIds, count, text, bytes }) => element('li', { className: direction },
    clock(at),
    element('span', { className: 'arrow', textContent: direction === 'in' ? '→' : '←', title: direction === 'in' ? 'from the client' : 'to the client' }),
    element('code', { className: 'who', textContent: count === 1 ? connectionIds[0] : `${count} connections`, title: connectionIds.join('\n') }),
    element('pre', { textContent: text }),
    element('small', { textContent: `${bytes} B` })));
}

function showEvents() {
  show('events', [...state.events.values()], ({ at, source, event, connectionId, detail }) => element('li', { className: event },
    clock(at),
    element('span', { className: 'source', textContent: source, title: source }),
    element('span', { className: 'kind', textContent: event }),
    element('code', { className: 'detail', textContent: [connectionId, detail].filter(Boolean).join(' ') })));
}

/** The newest stays in sight, unless the reader has gone back to an older one. */
function show(name, items, create) {
  const panel = $(name);
  const atEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 40;
  $(`${name.slice(0, -1)}-list`).replaceChildren(...items.map(create));
  $(`no-${name}`).hidden = items.length > 0;
  if (atEnd) panel.scrollTop = panel.scrollHeight;
}

// --- tables --------------------------------------------------------------------------------------------------------

let next;
let items = [];

function showTables() {
  const { value, options } = $('table');
  if (JSON.stringify([...options].map((option) => option.value)) === JSON.stringify(state.tables.map(({ name }) => name))) return;
  $('table').replaceChildren(...state.tables.map(({ name, path }) => new Option(path, name)));
  if (state.tables.some(({ name }) => name === value)) $('table').value = value;
  void readRows();
}

async function readRows(start) {
  if (state.tables.length === 0) return;
  try {
    const page = await call('GET', '/rows', { table: $('table').value, start: start ? JSON.stringify(start) : '' });
    items = start ? [...items, ...page.items] : page.items;
    next = page.next;
    showRows(page.keys);
  } catch (error) {
    $('row-count').textContent = error.message;
  }
}

function showRows(keys) {
  const names = [...new Set([...keys, ...items.flatMap((item) => Object.keys(item)).sort()])];
  $('row-table').tHead.replaceChildren(element('tr', {}, ...names.map((name) => element('th', { scope: 'col', textContent: name }))));
  $('row-table').tBodies[0].replaceChildren(...items.map((item) => element('tr', {}, ...names.map((name) => cell(item[name])))));
  $('row-table').hidden = $('more').hidden = items.length === 0;
  $('no-rows').hidden = items.length > 0;
  $('more').hidden = next === undefined;
  $('row-count').textContent = `${items.length}${next ? '+' : ''} rows, read at ${new Date().toTimeString().slice(0, 8)}`;
}

/** Numbers that can only be a time say when that is. */
function cell(value) {
  if (value === undefined) return element('td');
  const [[type, content]] = Object.entries(value);
  const text = ['S', 'N', 'B', 'BOOL'].includes(type) ? String(content) : JSON.stringify(content);
  const number = type === 'N' ? Number(content) : NaN;
  const milliseconds = number > 1e12 && number < 1e13 ? number : number > 1e9 && number < 1e10 ? number * 1000 : NaN;
  return element('td', { textContent: text, title: Number.isNaN(milliseconds) ? '' : new Date(milliseconds).toLocaleString() });
}

$('table').onchange = () => readRows();
$('refresh').onclick = () => readRows();
$('more').onclick = () => readRows(next);

// --- tabs and composer ---------------------------------------------------------------------------------------------

/** @type {NodeListOf<HTMLElement>} */
const tabList = document.querySelectorAll('[role=tab]');
const tabs = [...tabList];

function open(tab) {
  for (const other of tabs) {
    const isOpen = other === tab;
    other.setAttribute('aria-selected', String(isOpen));
    other.tabIndex = isOpen ? 0 : -1;
    $(other.getAttribute('aria-controls')).hidden = !isOpen;
  }
  $('clear').hidden = tab.id === 'tab-rows';
  if (tab.id === 'tab-rows') void readRows();
  for (const name of ['messages', 'events']) $(name).scrollTop = $(name).scrollHeight;
}

tabs.forEach((tab, index) => {
  tab.onclick = () => open(tab);
  tab.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const target = key === 'Home' ? tabs[0] : key === 'End' ? tabs.at(-1) : step && tabs.at((index + step) % tabs.length);
    if (!target) return;
    target.focus();
    open(target);
  };
});

$('filter-off').onclick = () => select(undefined);
$('clear').onclick = () => {
  const isMessages = $('tab-messages').getAttribute('aria-selected') === 'true';
  (isMessages ? state.messages : state.events).clear();
  if (isMessages) showMessages();
  else showEvents();
};

$('composer').onsubmit = async (submission) => {
  submission.preventDefault();
  const connectionId = $('target').value || undefined;
  try {
    const { recipients } = await call('POST', '/send', { connectionId, text: $('text').value });
    say(recipients === 0 ? 'Nobody is connected' : `Sent to ${recipients}`, recipients === 0);
    if (recipients > 0) $('text').value = '';
  } catch (error) {
    say(error.message, true);
  }
};

$('text').onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
};
