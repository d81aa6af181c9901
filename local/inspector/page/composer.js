/* Sends a message, like a backend of the app or as raw bytes. */
import { $, call, isSame } from './dom.js';
import { personOf, state } from './state.js';

export function say(text, isBad = false) {
  $('result').textContent = text;
  $('result').classList.toggle('bad', isBad);
}

const targetOf = (api, to) => JSON.stringify({ api, to });
const chosen = () => JSON.parse($('target').value || '{}');
const apiOf = (id) => state.apis.find((api) => api.id === id);

export function select(api, to) {
  $('target').value = targetOf(api, to);
  explain();
}

/** @typedef {{ label: string, options: { target: string, text: string }[] }} Group */

/** @type {Group[]} */
let shown = [];

/** Offers the possible targets. */
export function showTargets() {
  const groups = targets();
  if (isSame(groups, shown)) return;
  shown = groups;
  const { value } = $('target');
  $('target').replaceChildren(...groups.flatMap(nodesOf));
  const all = groups.flatMap(({ options }) => options.map(({ target }) => target));
  $('target').value = all.includes(value) ? value : all[0] ?? '';
  explain();
}

/** @returns {Group[]} */
function targets() {
  const ofApi = (text, api) => (state.apis.length > 1 ? `${text} (${apiOf(api)?.path ?? api})` : text);
  const option = (api, to, text) => ({ target: targetOf(api, to), text: ofApi(text, api) });
  const users = state.channels.filter((channel) => channel.userId !== undefined);
  const channels = state.channels.filter((channel) => channel.userId === undefined);
  const open = state.connections.filter(({ isOpen }) => isOpen);
  return [
    { label: '', options: state.apis.map(({ id }) => option(id, '', 'all connections')) },
    { label: 'Channels', options: channels.map(({ api, name, count }) => option(api, `channel:${name}`, `${name} (${count})`)) },
    { label: 'Users', options: users.map(({ api, userId, members }) => option(api, `user:${userId}`, members[0]?.name ?? userId)) },
    { label: 'Connections', options: open.map(({ id, api }) => option(api, `connection:${id}`, [id, personOf(id)].filter(Boolean).join(' · '))) },
  ];
}

/** @param {Group} group */
function nodesOf({ label, options }) {
  const nodes = options.map(({ target, text }) => new Option(text, target));
  if (label === '' || nodes.length === 0) return nodes;
  const node = Object.assign(document.createElement('optgroup'), { label });
  node.append(...nodes);
  return [node];
}

/** Explains the result of sending with the present settings. */
function explain() {
  const api = apiOf(chosen().api);
  const isOfApp = api?.format !== undefined;
  $('mode').disabled = !isOfApp;
  if (!isOfApp) $('mode').value = 'raw';
  $('how').textContent = !api ? '' : howOf(api);
}

/** @param {{ format?: string, queue?: string, hasChannels: boolean }} api */
function howOf({ format, queue, hasChannels }) {
  if ($('mode').value === 'raw') return format === undefined ? 'Sends the text unchanged.' : 'Sends the text unchanged; clients of the app may not understand it.';
  const { to } = chosen();
  if (queue && (to === '' || hasChannels)) return `Publishes to ${queue}, like a backend.`;
  return `Sends in the format ${format}, like a message from a backend; it does not enter a history.`;
}

async function send() {
  const { api, to } = chosen();
  const text = $('text').value;
  try {
    const { recipients, queue } = await call('POST', $('mode').value === 'raw' ? '/send' : '/publish', { api, to, text });
    if (queue) say(`Published by ${queue}`);
    else say(recipients === 0 ? 'No recipients' : `Sent to ${recipients}`, recipients === 0);
    if (queue || recipients > 0) $('text').value = '';
  } catch (error) {
    say(error.message, true);
  }
}

$('target').onchange = $('mode').onchange = explain;

$('composer').onsubmit = (submission) => {
  submission.preventDefault();
  void send();
};

$('text').onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
};
