/*
 * The page: what is typed goes out, what comes in is shown. The chat's address is in ?url=; without one the page asks.
 * How the connection is kept is in the client, which any page can use.
 */
import { composer, nameField } from './composer.js';
import { Conversation } from './conversation.js';
import { decode, encode, newKey } from './messages.js';
import { connectionState } from './state.js';
import { Reader } from './reader.js';
import { connect } from './vendor/broadcast-client.js';

/** An API without a history acknowledges nothing: there, a message was sent when it has come back. */
const ECHO_TIMEOUT_MILLIS = 15_000;
/** What was said before one came. */
const LOADED = 50;

/** Why a message was not sent. */
const REASONS = {
  forbidden: 'Not sent: you may only read here.',
  too_large: 'Not sent: it is too long.',
  rate_exceeded: 'Not sent: that was too fast.',
  denied: 'Not sent: it was refused.',
};

/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);

const address = new URLSearchParams(location.search).get('url') ?? '';
if (/^wss?:\/\//.test(address) && URL.canParse(address)) chat(address);
else ask();

function ask() {
  if (address) {
    $('url').value = address;
    $('url-problem').textContent = 'That is not a WebSocket address: it must begin with ws:// or wss://.';
  }
  $('setup').hidden = false;
  $('url').focus();
}

function chat(url) {
  const inTransit = new Map(); // own messages on their way: key → timer of the doubt
  const conversation = new Conversation($('log'), $('message'), { sayAgain });
  const reader = new Reader(conversation);
  const currentName = nameField();
  const showState = connectionState(() => client.retry());

  $('chat').hidden = false;
  $('address').textContent = new URL(url).host;
  $('second').href = location.href;

  const client = connect({ url, last: LOADED });
  client.on('message', receive);
  client.on('state', changeState);
  client.on('gap', () => show(() => conversation.notice('Connected again. What was said in between was not kept.')));
  client.on('error', ({ message }) => {
    doubtAll(); // where nothing acknowledges, it may be any of them
    show(() => conversation.notice(message));
  });
  composer(say);

  /** @param {import('broadcast-websocket-client').ClientEvents['state']} event */
  function changeState({ state, retryAt }) {
    showState(state, retryAt);
    if (state === 'reconnecting') doubtAll();
  }

  /** Returns false when there is no connection to say it on. */
  function say(text) {
    if (client.state !== 'open') return false;
    const message = { key: newKey(), name: currentName(), text };
    show(() => conversation.addPending(message));
    reader.goToEnd();
    void send(message);
    return true;
  }

  /** It keeps its key, so that an API with a history makes no second message of it. */
  function sayAgain(message) {
    if (client.state !== 'open') return;
    conversation.sending(message.key);
    $('text').focus(); // the button that was pressed is gone
    void send(message, true);
  }

  async function send({ key, name, text }, again = false) {
    try {
      const { id } = await client.send(encode(key, name, text), { ref: key, again: again && client.layers.includes('history') });
      if (id !== undefined) conversation.acknowledge(key);
      else if (conversation.isUnsettled(key)) inTransit.set(key, setTimeout(doubt, ECHO_TIMEOUT_MILLIS, key));
    } catch (error) {
      conversation.doubt(key, REASONS[error.code]);
    }
  }

  function settle(key) {
    clearTimeout(inTransit.get(key));
    inTransit.delete(key);
  }

  function doubt(key) {
    settle(key);
    conversation.doubt(key);
  }

  function doubtAll() {
    [...inTransit.keys()].forEach(doubt);
  }

  function receive(envelope) {
    const message = decode(envelope);
    if (conversation.confirm(message)) return settle(message.key);
    show(() => conversation.add(message));
    reader.received(message);
  }

  function show(change) {
    $('empty').hidden = true;
    change();
  }
}
