/*
 * The page: what is typed goes out, what comes in is shown. The chat's address is in ?url=; without one the page asks.
 * How the connection is kept is in broadcast-client.js, which any page can use.
 */
import { composer, nameField } from './composer.js';
import { Conversation } from './conversation.js';
import { decode, encode, newKey } from './messages.js';
import { connectionState } from './state.js';
import { Reader } from './reader.js';
import { connectBroadcast } from './vendor/broadcast-client.js';

const ECHO_TIMEOUT_MILLIS = 15_000;

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
  const showState = connectionState(() => connection.retryNow());

  $('chat').hidden = false;
  $('address').textContent = new URL(url).host;
  $('second').href = location.href;

  const connection = connectBroadcast({
    url,
    onMessage: receive,
    onState: changeState,
    onGap: () => show(() => conversation.notice('Connected again. What was said in between was not kept.')),
    onProblem(text) {
      doubtAll(); // API Gateway does not say which message it means
      show(() => conversation.notice(`The API could not deliver a message: ${text}`));
    },
  });
  composer(say);

  function changeState(state, retryAt) {
    showState(state, retryAt);
    if (state === 'reconnecting') doubtAll();
  }

  /** Returns false when there is no connection to say it on. */
  function say(text, name = currentName()) {
    const key = newKey();
    if (!connection.send(encode(key, name, text))) return false;
    inTransit.set(key, setTimeout(doubt, ECHO_TIMEOUT_MILLIS, key));
    show(() => conversation.addPending({ key, name, text }));
    reader.goToEnd();
    return true;
  }

  /** Others may have got it after all: then they get it twice, which is why only a person asks for this. */
  function sayAgain({ key, name, text }) {
    if (!say(text, name)) return;
    conversation.remove(key);
    $('text').focus(); // the button that was pressed is gone
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
