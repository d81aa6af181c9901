/*
 * The page: sends messages and shows those that arrive. The chat's address is in ?url=; without one the page asks for it. The connection is
 * kept by the client, which any page can use.
 */
import { Chat } from './chat-page.js';
import { $ } from './dom.js';

const address = new URLSearchParams(location.search).get('url') ?? '';
if (/^wss?:\/\//.test(address) && URL.canParse(address)) new Chat(address, () => ask(''));
else ask(address && 'That is not a WebSocket address: it must begin with ws:// or wss://.');

function ask(problem) {
  $('url').value = address;
  $('url-problem').textContent = problem;
  $('app').hidden = true;
  $('setup').hidden = false;
  $('url').focus();
}
