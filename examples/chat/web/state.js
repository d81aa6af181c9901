/* What the reader is told of the connection: a word in the corner, and a banner while there is none. */

/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);

const WORD = { connecting: 'Connecting', open: 'Connected', reconnecting: 'Reconnecting', offline: 'Offline', refused: 'Not let in', kicked: 'Ended' };
const BANNER = {
  connecting: 'Trying to connect again…',
  reconnecting: 'The connection is lost. What you write stays here.',
  refused: 'The chat does not let you in, or is not there.',
  kicked: 'The chat has ended your connection.',
  offline: 'You are offline. What you write stays here, and the chat connects again when you are back.',
};

/** Returns a function that shows a state. */
export function connectionState(retryNow) {
  let wasOpen = false;
  let current = ['connecting'];
  let ticking;
  $('status').hidden = false;
  $('retry').addEventListener('click', retryNow);
  for (const event of ['online', 'offline']) addEventListener(event, () => show(...current));

  function show(state, retryAt) {
    current = [state, retryAt];
    wasOpen ||= state === 'open';
    const told = state === 'reconnecting' && !navigator.onLine ? 'offline' : state;
    document.body.dataset.state = told;
    $('state').textContent = WORD[told];
    $('send').disabled = state !== 'open';
    $('banner').hidden = state === 'open' || (state === 'connecting' && !wasOpen);
    $('why').textContent = BANNER[told] ?? '';
    $('retry').hidden = state !== 'reconnecting' && state !== 'refused';
    countDown(state === 'reconnecting' ? retryAt : undefined);
  }

  function countDown(retryAt) {
    clearInterval(ticking);
    $('countdown').textContent = '';
    if (retryAt === undefined) return;
    const tick = () => {
      $('countdown').textContent = `Next try in ${Math.max(1, Math.ceil((retryAt - Date.now()) / 1000))} s`;
    };
    tick();
    ticking = setInterval(tick, 250);
  }

  return show;
}
