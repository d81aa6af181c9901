import { ChatStage } from './support/chat-stage';
import { describeWithChromium } from '../../harness/chromium';
import { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { synthesizePlainApi } from '../../harness/example';

/** Two hours of API Gateway become 8 seconds: the page, which lives in real time, cannot foresee that limit. */
const TIME_SCALE = 900;

describeWithChromium('the chat after two hours', () => {
  let stage: ChatStage;
  let terminal: Client;
  let talking: NodeJS.Timeout;

  beforeAll(async () => {
    stage = await ChatStage.start(synthesizePlainApi);
  }, 90_000);

  afterEach(async () => {
    clearInterval(talking);
    terminal?.kill();
    await stage.leave();
  });

  afterAll(() => stage?.stop());

  test('replaces its connection before, while others talk, misses nothing, and does not show the change', async () => {
    await stage.serve();
    const window = await stage.blankWindow();
    const sockets: string[] = [];
    window.page.on('websocket', (socket) => {
      sockets.push('opening');
      socket.once('framereceived', () => sockets.push('open'));
      socket.on('close', () => sockets.push('closed'));
    });
    await window.page.clock.install();
    await window.open(stage.local.page!);
    await window.page.evaluate(() => {
      const states = new Set<string>();
      Object.assign(globalThis, { states });
      new MutationObserver(() => states.add(document.body.dataset.state!)).observe(document.body, { attributes: true });
    });
    terminal = await Client.open(stage.local.apis[0].url);
    const said: string[] = [];
    talking = setInterval(() => {
      said.push(`word ${said.length}.`);
      terminal.send(said.at(-1)!);
    }, 150); // Within messageRateLimit.
    /* Waits until new messages reach the page, so that a slow machine has time before the next leap. */
    const talk = async () => {
      const enough = said.length + 3;
      await eventually(() => said.length >= enough);
      await window.arrived(said.at(-1)!);
    };

    const pass = async (time: string) => {
      await window.page.clock.fastForward(time);
      await talk(); // The answers to due heartbeats have time.
    };

    await talk();
    for (let minutes = 0; minutes < 96; minutes += 8) await pass('08:00');
    expect(sockets).toEqual(['opening', 'open']);
    for (let seconds = 0; sockets.length < 3 && seconds < 15 * 60; seconds += 30) await pass('00:30'); // Shorter than the overlap.
    await becomes(sockets, ['opening', 'open', 'opening', 'open']); // Both connections receive the messages.
    await talk();
    await window.page.clock.fastForward('01:00');
    await becomes(sockets, ['opening', 'open', 'opening', 'open', 'closed']);
    await talk();
    clearInterval(talking);
    await window.arrived(said.at(-1)!);

    const texts = await window.texts();
    expect(texts.slice(texts.indexOf(said[0]))).toHaveLength(said.length);
    expect([...texts].sort()).toEqual([...said].sort());
    expect(await window.page.locator('.notice').count()).toBe(0);
    expect(await window.page.evaluate(() => [...(globalThis as unknown as { states: Set<string> }).states])).not.toContain('reconnecting');
  }, 90_000);

  test('shows when it is closed all the same, reconnects, and has missed nothing', async () => {
    await stage.serve({ timeScale: TIME_SCALE });
    const window = await (await stage.blankWindow()).open(stage.local.page!);
    terminal = await Client.open(stage.local.apis[0].url);
    const said: string[] = [];
    talking = setInterval(() => {
      if (terminal.socket.readyState !== terminal.socket.OPEN) return;
      said.push(`word ${said.length}.`);
      terminal.send(said.at(-1)!);
    }, 150);

    await window.state('Reconnecting');
    await window.page.getByRole('region', { name: 'Connection' }).getByText('The connection is lost').waitFor();
    await window.button('Try now').click();
    await window.state('Connected');
    clearInterval(talking);
    const lastWord = said.findLast((_, index) => index < said.length - 10)!; // The last ones may have been lost with the connection.
    await window.arrived(lastWord);
    // No acknowledgement was awaited, so messages may overtake one another.
    const texts = await window.texts();
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    await Promise.all(said.slice(0, said.indexOf(lastWord)).map((text) => window.arrived(text)));
    expect(await window.page.locator('.notice').count()).toBe(0);
  }, 60_000);
});

async function becomes(actual: string[], expected: string[]): Promise<void> {
  await eventually(() => actual.length >= expected.length);
  expect(actual).toEqual(expected);
}
