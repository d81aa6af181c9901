import { ChatStage } from './support/chat-stage';
import type { ChatWindow } from './support/chat-window';
import { describeWithChromium } from '../../harness/chromium';
import { eventually } from '../../harness/eventually';
import { synthesizeExample } from '../../harness/example';

const PAGES = 20;
/** Pause of each page: fifty messages a second from all. */
const PAUSE_MILLIS = 400;
const MESSAGES = 15;
/** Pages that are opened at once. */
const AT_ONCE = 4;

describeWithChromium('the chat in a busy room, where messages share frames', () => {
  let stage: ChatStage;

  beforeAll(async () => {
    stage = await ChatStage.start((outdir) => synthesizeExample('chat', outdir, { BUSY: 'on' }));
    await stage.serve();
    for (let first = 0; first < PAGES; first += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, async (_, n) => {
        const window = await stage.blankWindow({ viewport: { width: 800, height: 600 } });
        await window.open(stage.local.page!, `Speaker ${first + n}`);
        await window.isIn('Lobby');
        await window.canWrite();
      }));
    }
  }, 120_000);

  afterAll(() => stage?.stop());

  /** Sends messages at an even pace through the page's own field. */
  function talk({ page }: ChatWindow, speaker: number): Promise<void> {
    return page.evaluate(async ([said, count, pause]) => {
      const [field, form] = [document.getElementById('text') as HTMLTextAreaElement, document.getElementById('composer') as HTMLFormElement];
      for (let n = 0; n < count; n++) {
        field.value = `${said} says ${n}.`;
        field.dispatchEvent(new Event('input'));
        form.requestSubmit();
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }, [speaker, MESSAGES, PAUSE_MILLIS] as const);
  }

  test('fifty messages a second reach twenty pages, all of them, once and in one order', async () => {
    const { windows } = stage;
    const frames: number[] = [];
    windows[0].page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload).split('"type":"message"').length - 1)));
    await windows[0].page.reload();
    await windows[0].isIn('Lobby');
    await windows[0].canWrite();
    await Promise.all(windows.map(talk));
    await Promise.all(windows.map(({ page }) => eventually(
      async () => await page.locator('.message:not([data-fate="sending"])').count() === PAGES * MESSAGES, 60_000,
    )));

    const [first, ...others] = await Promise.all(windows.map((window) => window.texts()));
    for (const other of others) expect(other).toEqual(first);
    for (let speaker = 0; speaker < PAGES; speaker++) {
      const own = first.filter((text) => text.startsWith(`${speaker} says `));
      expect(own).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${speaker} says ${n}.`));
    }
    for (const { page } of windows) expect(await page.locator('.notice, [data-fate="failed"]').count()).toBe(0);
    expect(stage.complaints()).toEqual([]);
    // Several messages share a frame; otherwise there would be as many frames as messages.
    expect(Math.max(...frames)).toBeGreaterThan(1);
  }, 120_000);
});
