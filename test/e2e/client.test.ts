import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { connect, TIMING } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { synthesizePlainApi } from '../../harness/example';
import { scratchFolder } from '../../harness/scratch';
import { startLocal } from '../../local';

/** 2 hours become 6 seconds, 10 minutes half a second. */
const TIME_SCALE = 1_200;

test('the client of the examples misses nothing while the API closes every connection after two hours', async () => {
  const scratch = scratchFolder();
  synthesizePlainApi(scratch.path);
  let [connects, posts] = [0, 0];
  const local = await startLocal({
    assembly: scratch.path,
    timeScale: TIME_SCALE,
    log: (_, { event }) => {
      if (event === 'connect') connects++;
      if (event === 'post') posts++;
    },
  });
  const timing = Object.fromEntries(Object.entries(TIMING).map(([name, millis]) => [name, millis / TIME_SCALE]));
  const received: string[] = [];
  const gaps = jest.fn();
  const client = connect({
    url: local.apis[0].url,
    WebSocket,
    // The times of the network and the functions, and those that keep to the rate of a connection: the scale changes none of them.
    timing: {
      ...timing,
      firstDelay: TIMING.firstDelay,
      shortestDelay: TIMING.shortestDelay,
      longestDelay: TIMING.longestDelay,
      pongTimeout: TIMING.pongTimeout,
      connectTimeout: TIMING.connectTimeout,
      answerTimeout: TIMING.answerTimeout,
      sendTimeout: TIMING.sendTimeout,
      gap: TIMING.gap,
      rotation: timing.rotation * 0.8,
      overlap: 1_500,
    },
  });
  client.on('message', ({ message }) => received.push(message));
  client.on('gap', gaps);
  const said: string[] = [];
  const sending: Promise<unknown>[] = [];
  let unsaid = 0;
  try {
    await client.send('the first');
    // Connected for more than 4 hours: two limits, and a change of connection before each.
    const end = Date.now() + 2.2 * 6_000;
    while (Date.now() < end) {
      const text = `message ${said.length}`;
      if (client.state === 'open') said.push(text);
      else unsaid++;
      sending.push(client.send(text));
      // One connection may send 10 messages a second, heartbeats among them; a message that is sent again counts as ten.
      await sleep(200);
    }
    await Promise.all(sending);
    await eventually(() => said.every((text) => received.includes(text)));

    expect(said.length).toBeGreaterThan(50);
    expect(received.filter((text, index) => received.indexOf(text) !== index)).toEqual([]);
    expect(said.filter((text) => !received.includes(text))).toEqual([]);
    expect(unsaid).toBe(0);
    expect(gaps).not.toHaveBeenCalled();
    expect(connects).toBeGreaterThanOrEqual(3);
    expect(posts).toBeGreaterThan(received.length); // In each overlap, both connections get the same messages.
  } finally {
    client.close();
    await local.stop();
    scratch.remove();
  }
}, 90_000);
