/* Shows the channels of the app, their members and users; reads them repeatedly while they are shown or offered as targets. */
import { $, call, element, isSame } from './dom.js';
import { state } from './state.js';

const REFRESH_MILLIS = 2_000;
const NAMED = 20;

/**
 * @param {() => void} onChange
 * @param {(target: { api: string, to: string }) => void} onTarget
 */
export function channels(onChange, onTarget) {
  let isReading = false;

  async function read() {
    const hasChannels = state.apis.some((api) => api.hasChannels);
    $('tab-channels').hidden = !hasChannels;
    if (!hasChannels || isReading || document.hidden) return;
    isReading = true;
    try {
      const answer = await call('GET', '/channels');
      if (isSame(answer.channels, state.channels)) return;
      state.channels = answer.channels;
      show();
      onChange();
    } catch {
      // The runner has stopped or restarts: the stream shows it.
    } finally {
      isReading = false;
    }
  }

  function show() {
    const users = state.channels.filter(({ userId }) => userId !== undefined);
    const others = state.channels.filter(({ userId }) => userId === undefined);
    fill('channel', others, ({ name }) => name, ({ name }) => `channel:${name}`);
    fill('user', users, ({ userId, members }) => [...new Set([members.find((member) => member.name)?.name ?? userId, userId])].join(' · '), ({ userId }) => `user:${userId}`);
  }

  function fill(kind, groups, titleOf, targetOf) {
    $(`${kind}-list`).replaceChildren(...groups.map((group) => {
      const { api, count, members } = group;
      const send = element('button', { type: 'button', textContent: 'Send to', onclick: () => onTarget({ api, to: targetOf(group) }) });
      send.setAttribute('aria-label', `Send to ${titleOf(group)}`);
      const shown = members.slice(0, NAMED).map(({ connectionId, name, userId }) => element('li', {},
        element('code', { textContent: connectionId }), kind === 'channel' && (name ?? userId) ? ` ${name ?? userId}` : ''));
      const more = count > shown.length ? [element('li', { textContent: `and ${count - shown.length} more` })] : [];
      return element('li', {},
        element('div', { className: 'head' }, element('code', { textContent: titleOf(group) }),
          element('span', { className: 'count', textContent: String(count), title: count === 1 ? 'one connection' : `${count} connections` }), send),
        element('ul', {}, ...shown, ...more));
    }));
    $(`no-${kind}s`).hidden = groups.length > 0;
  }

  setInterval(read, REFRESH_MILLIS);
  return { read };
}
