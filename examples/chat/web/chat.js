/*
 * The page: what is typed goes out, what comes in is shown. The chat's address is in ?url=; without one the page asks.
 */
import { openConnection } from './connection.js';
import { Conversation } from './conversation.js';
import { decode, encode, newKey, tidyName } from './messages.js';

const ECHO_TIMEOUT_MS = 15_000;

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
  const conversation = new Conversation($('log'), $('message'));
  const inTransit = new Map(); // own messages on their way: key → timer of the doubt
  const currentName = nameField();
  const showState = statusLine(() => connection.retryNow());
  const follow = followNewest();
  let wasOpen = false;

  $('chat').hidden = false;
  $('address').textContent = new URL(url).host;
  $('second').href = location.href;

  const connection = openConnection(url, { message: receive, state: changeState });
  composer(say);

  function changeState(state, nextAttempt) {
    showState(state, nextAttempt);
    $('send').disabled = state !== 'open';
    if (state === 'reconnecting') doubtAll();
    if (state !== 'open') return;
    if (wasOpen) show(() => conversation.notice('Connected again. What was said in between was not kept.'));
    wasOpen = true;
  }

  /** Returns false when there is no connection to say it on. */
  function say(text) {
    const key = newKey();
    const name = currentName();
    if (!connection.send(encode(key, name, text))) return false;
    inTransit.set(key, setTimeout(doubt, ECHO_TIMEOUT_MS, key));
    show(() => conversation.addPending({ key, name, text }), { own: true });
    return true;
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

  function receive(data) {
    const received = decode(data);
    if (received?.kind === 'problem') {
      doubtAll(); // API Gateway does not say which message it means
      show(() => conversation.notice(`The API could not deliver a message: ${received.text}`));
    }
    if (received?.kind !== 'message') return;
    if (conversation.confirm(received)) settle(received.key);
    else show(() => conversation.add(received));
  }

  function show(change, { own = false } = {}) {
    $('empty').hidden = true;
    follow(change, own);
  }
}

/** Each window is a person of its own, hence sessionStorage. */
function nameField() {
  const field = $('name');
  const stored = sessionStorage.getItem('name');
  field.value = stored ?? inventName();
  keep();
  field.addEventListener('change', keep);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      $('text').focus();
    }
  });
  return () => field.value;

  function keep() {
    field.value = tidyName(field.value) || inventName();
    sessionStorage.setItem('name', field.value);
  }
}

function inventName() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(['Amber', 'Brisk', 'Calm', 'Dapper', 'Eager', 'Gentle', 'Lucky', 'Merry', 'Nimble', 'Quiet', 'Sunny', 'Witty'])} `
    + pick(['Badger', 'Crane', 'Dormouse', 'Finch', 'Gecko', 'Heron', 'Lynx', 'Marten', 'Otter', 'Puffin', 'Robin', 'Wren']);
}

function statusLine(retryNow) {
  const text = { connecting: 'Connecting', open: 'Connected', reconnecting: 'Reconnecting' };
  let ticking;
  $('status').hidden = false;
  $('retry').addEventListener('click', retryNow);

  return (state, nextAttempt) => {
    clearInterval(ticking);
    $('status').dataset.state = state;
    $('state').textContent = text[state];
    $('countdown').textContent = '';
    $('retry').hidden = state !== 'reconnecting';
    if (state !== 'reconnecting') return;
    const tick = () => {
      $('countdown').textContent = `in ${Math.max(1, Math.ceil((nextAttempt - Date.now()) / 1000))} s`;
    };
    tick();
    ticking = setInterval(tick, 250);
  };
}

/** Enter sends, Shift and Enter begin a new line; what could not be sent stays. */
function composer(say) {
  const field = $('text');
  const fit = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  };
  field.addEventListener('input', fit);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $('composer').requestSubmit();
    }
  });
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value.trim() === '' || !say(field.value.trim())) return;
    field.value = '';
    fit();
    field.focus();
  });
  field.focus();
}

/** Stays at the newest message, unless the reader has scrolled away: then a button leads back. */
function followNewest() {
  const scroller = $('scroller');
  const button = $('newest');
  let following = true;
  const toEnd = () => scroller.scrollTo({ top: scroller.scrollHeight });
  button.addEventListener('click', toEnd);
  scroller.addEventListener('scroll', () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    if (following) button.hidden = true;
  });
  new ResizeObserver(() => {
    if (following) toEnd();
  }).observe(scroller);

  return (change, force) => {
    change();
    if (force || following) toEnd();
    else button.hidden = false;
  };
}
