import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchSynth } from '../../bench/synth';

const directory = mkdtempSync(join(tmpdir(), 'bench-synth-'));

afterAll(() => rmSync(directory, { recursive: true }));

test('the app by hand has the resources of the construct, and both synthesise in the bench', () => {
  const titles: string[] = [];
  const figures = benchSynth({ children: { directory } }, { progress: () => undefined, show: ({ title }) => titles.push(title) }, 1);
  expect(titles).toEqual(['Synthesis of an app, its start included']);
  expect(figures).toEqual([expect.objectContaining({ name: 'synth, against the same resources as plain L2 constructs', value: expect.any(Number) })]);
}, 60_000);
