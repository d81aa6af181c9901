import fc from 'fast-check';
import { HistoryModel } from './history-model';
import { VirtualClock } from './virtual-clock';
import type { Message } from '../../client/src/api';
import { Seen } from '../../client/src/seen';
import { Sequence, type Page, type PageRequest } from '../../client/src/sequence';
import { TIMING } from '../../client/src/timing';

const MINUTE = 60_000;

/** A step for one client and its channel. `nth` selects one of several. */
type Step =
  | { readonly kind: 'publish'; readonly fate: 'delivered' | 'late' | 'never' | 'twice' }
  | { readonly kind: 'reserve' | 'disconnect' | 'connect' }
  | { readonly kind: 'fill' | 'arrive' | 'answer' | 'fail' | 'repeat'; readonly nth: number }
  | { readonly kind: 'pass'; readonly millis: number };

/** One client, its channel, and the network between them. */
class World {
  readonly clock: VirtualClock;
  readonly history: HistoryModel;
  readonly sequence: Sequence;
  readonly handed: Message[] = [];
  /** Number of delivered messages at each announced gap. */
  readonly gaps: number[] = [];
  readonly requests: PageRequest[] = [];
  readonly holes: number[] = [];
  /** Frames on their way to the client. */
  readonly under: Message[] = [];
  /** Requests whose answers are on their way. Each answer is computed when it arrives, or when the request came. */
  readonly asked: { readonly request: PageRequest; readonly early?: Page; readonly answered: (page?: Page) => void }[] = [];
  readonly published: Message[] = [];
  isConnected = false;
  begun = 0;
  /** Position at which the client began. */
  start = 0;
  loaded: string[] = [];

  constructor(random: () => number, last: number, private readonly earlyAnswers: boolean) {
    this.clock = new VirtualClock(random);
    this.history = new HistoryModel(this.clock, () => 1 + Math.floor(random() * 4));
    this.sequence = new Sequence(this.clock, {
      ask: (request, answered) => {
        this.requests.push(request);
        this.asked.push({ request, answered, early: this.earlyAnswers ? this.history.answer(request) : undefined });
      },
      emit: (_type, message) => this.handed.push(message),
      missed: () => this.gaps.push(this.handed.length),
      begun: () => {
        if (this.begun++ > 0) return;
        this.start = this.sequence.position!.position;
        this.loaded = last ? this.idsWhere((position) => position <= this.start).slice(-last) : [];
      },
    }, new Seen(), TIMING, { last });
  }

  /** Ids of the history's messages by position. */
  idsWhere(fits: (position: number) => boolean): string[] {
    return this.history.messages().filter(({ position }) => fits(position!)).map(({ id }) => id);
  }

  connect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.sequence.begin();
  }

  disconnect(): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.under.length = 0;
    for (const { answered } of this.asked.splice(0)) answered();
    this.sequence.end();
  }

  send(message: Message | undefined, fate: string): void {
    if (!message) return;
    this.published.push(message);
    if (!this.isConnected || fate === 'never') return;
    if (fate === 'delivered') return this.sequence.take(message);
    this.under.push(message);
    if (fate === 'twice') this.under.push(message);
  }

  answer(nth: number, fails = false): void {
    const [asked] = this.asked.splice(nth % Math.max(1, this.asked.length), 1);
    asked?.answered(fails ? undefined : asked.early ?? this.history.answer(asked.request));
  }

  do(step: Step): void {
    const pick = <T>(from: T[], nth: number): T | undefined => from.splice(nth % Math.max(1, from.length), 1)[0];
    switch (step.kind) {
      case 'publish': return this.send(this.history.publish(), step.fate);
      case 'reserve': return void this.holes.push(this.history.reserve());
      case 'fill': {
        const hole = pick(this.holes, step.nth);
        return hole === undefined ? undefined : this.send(this.history.fill(hole), 'late');
      }
      case 'arrive': {
        const message = pick(this.under, step.nth);
        return message && this.sequence.take(message);
      }
      case 'repeat': {
        const message = this.published[step.nth % Math.max(1, this.published.length)];
        return this.isConnected && message ? this.sequence.take(message) : undefined;
      }
      case 'answer': return this.answer(step.nth);
      case 'fail': return this.answer(step.nth, true);
      case 'connect': return this.connect();
      case 'disconnect': return this.disconnect();
      case 'pass': return this.clock.pass(step.millis);
    }
  }

  /** Runs without faults for long enough. */
  settle(millis = 10 * MINUTE): void {
    this.connect();
    for (let passed = 0; passed < millis; passed += 1_000) {
      for (const message of this.under.splice(0)) this.sequence.take(message);
      while (this.asked.length > 0) this.answer(0);
      this.clock.pass(1_000);
    }
  }
}

const nth = fc.nat({ max: 50 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('publish' as const), fate: fc.constantFrom('delivered', 'late', 'never', 'twice') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('reserve', 'disconnect', 'connect', 'connect') }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('fill', 'arrive', 'arrive', 'answer', 'answer', 'fail', 'repeat'), nth }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), millis: fc.constantFrom(10, 100, 300, 1_000, 3_000, 40_000) }) },
) as fc.Arbitrary<Step>;

/** Random values that fast-check chooses. */
const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })).map((stream) => () => stream.next().value as number);

const world = fc.tuple(chance, fc.constantFrom(0, 0, 1, 5, 50), fc.boolean()).map((of) => new World(...of));

function expectOrdered(messages: readonly Message[]): void {
  const positions = messages.map(({ position }) => position!);
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
}

test('whatever happens to a connection, every later message is delivered once, in order', () => {
  fc.assert(fc.property(world, fc.array(step, { maxLength: 120 }), (it, steps) => {
    it.connect();
    while (it.begun === 0) it.answer(0);
    const beginning = it.sequence.position!.position;
    for (const each of steps) it.do(each);
    it.settle();
    expectOrdered(it.handed);
    expect(it.handed.map(({ id }) => id)).toEqual(it.history.messages().map(({ id }) => id));
    expect(beginning).toBe(0);
    expect(it.gaps).toEqual([]);
  }), { numRuns: 3_000 });
});

test('who comes later gets what comes after the beginning, and as many before it as were asked for', () => {
  fc.assert(fc.property(world, fc.array(step, { maxLength: 60 }), fc.array(step, { maxLength: 60 }), (it, before, steps) => {
    for (const each of before) if (!['connect', 'disconnect', 'repeat'].includes(each.kind)) it.do(each);
    it.connect();
    for (const each of steps) it.do(each);
    it.settle();
    expectOrdered(it.handed);
    const later = it.handed.filter(({ position }) => position! > it.start).map(({ id }) => id);
    expect(later).toEqual(it.idsWhere((position) => position > it.start));
    expect(it.handed.map(({ id }) => id)).toEqual(expect.arrayContaining(it.loaded));
    expect(it.gaps).toEqual([]);
  }), { numRuns: 3_000 });
});

type Misfortune = Step | { readonly kind: 'expire' | 'restart'; readonly nth: number };

test('what cannot be recovered is announced, and what comes after that is complete', () => {
  const misfortune: fc.Arbitrary<Misfortune> = fc.oneof(
    { weight: 12, arbitrary: step as fc.Arbitrary<Misfortune> },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('expire' as const, 'restart' as const), nth }) },
  );
  fc.assert(fc.property(world, fc.array(misfortune, { maxLength: 120 }), (it, steps) => {
    it.connect();
    while (it.begun === 0) it.answer(0);
    const lost = new Set<string>();
    let announced = it.history.messages();
    for (const each of steps) {
      if (each.kind === 'expire' || each.kind === 'restart') {
        announced = it.history.messages();
        if (each.kind === 'expire') it.history.expire(each.nth % 8);
        else it.history.restart(each.nth % 2 ? it.history.last + 1_000 : each.nth % 5);
        const left = new Set(it.history.messages().map(({ id }) => id));
        for (const { id } of announced) if (!left.has(id)) lost.add(id);
        if (each.kind === 'restart') it.under.length = 0;
      } else {
        it.do(each as Step);
      }
    }
    it.settle();
    const handed = it.handed.map(({ id }) => id);
    expect(new Set(handed).size).toBe(handed.length);
    // Between two gaps, in order.
    [0, ...it.gaps].forEach((start, index) => expectOrdered(it.handed.slice(start, it.gaps[index])));
    if ([...lost].some((id) => !handed.includes(id))) expect(it.gaps.length).toBeGreaterThan(0);
    // Nothing is lost from here on.
    const now = it.handed.length;
    const later = Array.from({ length: 5 }, () => it.history.publish());
    it.settle();
    expect(it.handed.slice(now).map(({ id }) => id)).toEqual(later.map(({ id }) => id));
  }), { numRuns: 3_000 });
});

describe('one client', () => {
  function begin(last = 0): World {
    const it = new World(() => 0, last, false);
    it.connect();
    it.answer(0);
    return it;
  }

  test('asks for a gap after 300 ms, and not when the message comes before', () => {
    const it = begin();
    const [one, two] = [it.history.publish(), it.history.publish()];
    it.sequence.take(two);
    it.clock.pass(299);
    expect(it.requests).toHaveLength(1);
    it.sequence.take(one);
    it.clock.pass(2_000);
    expect(it.requests).toHaveLength(1);
    expect(it.handed).toEqual([one, two]);

    const [, four] = [it.history.publish(), it.history.publish()];
    it.sequence.take(four);
    it.clock.pass(300);
    expect(it.requests.at(-1)).toEqual({ since: 2, epoch: 'epoch 0' });
    it.answer(0);
    expect(it.handed).toHaveLength(4);
  });

  test('an empty position holds up what follows for about two seconds', () => {
    const it = begin();
    it.history.reserve();
    it.sequence.take(it.history.publish());
    for (let passed = 0; passed < 2_300; passed += 50) {
      while (it.asked.length > 0) it.answer(0);
      it.clock.pass(50);
    }
    expect(it.handed).toHaveLength(1);
    expect(it.requests.length).toBeLessThan(25);
  });

  test('a channel that is silent for nine minutes is asked for', () => {
    const it = begin();
    it.history.publish();
    it.clock.pass(TIMING.heartbeat - 1);
    expect(it.requests).toHaveLength(1);
    it.clock.pass(1);
    it.answer(0);
    expect(it.handed).toHaveLength(1);
    it.clock.pass(5 * MINUTE);
    it.sequence.take(it.history.publish());
    it.clock.pass(8 * MINUTE);
    expect(it.requests).toHaveLength(2);
  });

  test('loads the newest messages at the beginning, by as many pages as it takes', () => {
    const it = new World(() => 0, 5, false);
    for (let count = 0; count < 9; count++) it.history.publish();
    it.settle(1_000);
    expect(it.handed.map(({ position }) => position)).toEqual([5, 6, 7, 8, 9]);
    expect(it.requests.map(({ before }) => before)).toEqual([undefined, 9, 8, 7, 6]);
  });

  test('an answer that took long says nothing of what the server did meanwhile', () => {
    const it = new World(() => 0, 0, true);
    it.connect();
    it.answer(0);
    it.history.reserve();
    it.sequence.take(it.history.publish());
    it.clock.pass(300);
    it.answer(0);
    it.clock.pass(1_000);
    expect(it.asked).toHaveLength(1);
    it.clock.pass(60_000);
    it.answer(0);
    it.settle(2_000);
    expect(it.gaps).toEqual([]);
    expect(it.handed).toHaveLength(1);
  });

  test('what comes by itself is a way on: an older answer that ends there does not mean that the history began anew', () => {
    const it = begin();
    const hole = it.history.reserve();
    it.sequence.take(it.history.publish());
    it.clock.pass(300);
    it.answer(0);
    const message = it.history.fill(hole)!;
    it.clock.pass(40_000); // The next question has no answer.
    it.answer(0, true);
    it.clock.pass(40_000);
    it.history.publish();
    it.sequence.take(message);
    it.answer(0);
    it.settle(2_000);
    expect(it.gaps).toEqual([]);
    expect(it.handed).toHaveLength(3);
  });

  test('reports a gap once, starts over and goes on', () => {
    const it = begin(2);
    it.disconnect();
    const missed = Array.from({ length: 6 }, () => it.history.publish());
    it.history.expire(3);
    it.settle(2_000);
    expect(it.gaps).toEqual([0]);
    expect(it.handed).toEqual(missed.slice(-2));
  });

  test('a new history at lower positions is noticed by the first message that does not fit', () => {
    const it = begin();
    for (let count = 0; count < 5; count++) it.sequence.take(it.history.publish());
    it.history.restart(0);
    it.sequence.take(it.history.publish());
    it.settle(2_000);
    expect(it.gaps).toHaveLength(1);
    const next = it.history.publish();
    it.sequence.take(next);
    expect(it.handed.at(-1)).toEqual(next);
  });

  test('leaves no timer behind when the connection ends', () => {
    const it = begin();
    it.history.reserve();
    it.sequence.take(it.history.publish());
    it.disconnect();
    expect(it.clock.waiting).toBe(0);
  });
});
