import { blocksOf, proseOf } from './pages';
import { parseHistory, parsePresence, parsePublish, parseSubscribe, parseUnsubscribe } from '../../lambda-src/core/log/requests';
import { HEARTBEAT } from '../../src/private/contract';
import { ACTION, ERROR_CODE, LAYER, LAYERS_VERSION } from '../../src/private/layer-contract';

/* The frames of docs/wire.md are those that the handlers accept and return. */

const PAGE = 'docs/wire.md';

interface Frame {
  readonly action?: string;
  readonly type?: string;
  readonly code?: string;
  readonly v?: number;
  readonly layers?: string[];
}

const inBlocks = blocksOf(PAGE).filter(({ language }) => language === 'json').map(({ code }) => code);
const inProse = [...proseOf(PAGE).matchAll(/`(\{"action"[^`]*\})`/g)].map(([, code]) => code);
const frames = [...inBlocks, ...inProse].map((code) => [code, JSON.parse(code) as Frame] as const);

const READERS: Record<string, (body: string) => { readonly error?: unknown }> = {
  publish: parsePublish, history: parseHistory, subscribe: parseSubscribe, unsubscribe: parseUnsubscribe, presence: parsePresence,
};

test('the handlers read each action as it stands there', () => {
  const actions = frames.filter(([, { action }]) => action !== undefined && action in READERS);
  expect(new Set(actions.map(([, { action }]) => action))).toEqual(new Set(['publish', 'history', 'subscribe']));
  for (const [code, { action }] of actions) expect([code, READERS[action!](code).error]).toEqual([code, undefined]);
});

test('the ping is the heartbeat, and its answer names layers and the version that there are', () => {
  expect(frames.map(([code]) => code)).toContain(JSON.stringify({ action: HEARTBEAT.action }));
  const [pong] = frames.map(([, frame]) => frame).filter(({ action }) => action === 'pong');
  expect(pong.v).toBe(LAYERS_VERSION);
  expect(Object.values(LAYER)).toEqual(expect.arrayContaining(pong.layers!));
});

test('its table of actions has each one, and layers that there are', () => {
  const rows = [...proseOf(PAGE).matchAll(/^\| (`publish`|`publish` with[^|]*|`\w+`) \| ([^|]+) \|$/gm)];
  const named = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(new Set(rows.flatMap(([, actions]) => named(actions)))).toEqual(new Set(Object.values(ACTION)));
  expect(Object.values(LAYER)).toEqual(expect.arrayContaining(rows.flatMap(([, , layers]) => named(layers))));
});

test('the codes of errors are codes', () => {
  const codes = frames.flatMap(([, { code }]) => code ?? []);
  expect(codes.length).toBeGreaterThan(0);
  expect(Object.values(ERROR_CODE)).toEqual(expect.arrayContaining(codes));
});
