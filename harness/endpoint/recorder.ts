import { createHash } from 'node:crypto';
import type { Answer, Detail, Post, Report, Script } from './protocol';

/** Plays the script of each connection and keeps what arrived. */
export class Recorder {
  private readonly posts: Post[] = [];
  private readonly refused: string[] = [];
  private readonly played = new Map<string, number>();
  /** Each body once, by its hash. */
  private readonly bodies = new Map<string, Buffer>();
  private inFlight = 0;
  private highestInFlight = 0;
  private accepted = 0;

  constructor(private readonly scripts: Readonly<Record<string, Script>>, private readonly others: Script) {}

  begin(): void {
    this.inFlight++;
    this.highestInFlight = Math.max(this.highestInFlight, this.inFlight);
  }

  end(): void {
    this.inFlight--;
  }

  /** The answer to a POST, which is kept. */
  answer(connectionId: string, body: Buffer, at: number): Answer {
    const script = this.scripts[connectionId] ?? this.others;
    const turn = this.played.get(connectionId) ?? 0;
    this.played.set(connectionId, turn + 1);
    const answer = script[Math.min(turn, script.length - 1)];
    const accepted = isAccepted(answer);
    if (accepted) this.accepted++;
    const hash = createHash('sha256').update(body).digest('hex');
    if (!this.bodies.has(hash)) this.bodies.set(hash, body);
    this.posts.push({ connectionId, at, body: hash, accepted, answer: nameOf(answer) });
    return answer;
  }

  refuse(reason: string): void {
    this.refused.push(reason);
  }

  report(detail: Detail, { stalledMillis, cpuMicros }: Pick<Report, 'stalledMillis' | 'cpuMicros'>): Report {
    return {
      posts: detail === 'times' ? [] : this.posts,
      bodies: detail === 'bodies' ? Object.fromEntries([...this.bodies].map(([hash, body]) => [hash, body.toString('utf8')])) : {},
      times: this.posts.map(({ at }) => at),
      accepted: this.accepted,
      inFlight: this.inFlight,
      highestInFlight: this.highestInFlight,
      stalledMillis,
      cpuMicros,
      refused: this.refused,
    };
  }
}

function isAccepted(answer: Answer): boolean {
  if ('status' in answer) return answer.status >= 200 && answer.status < 300;
  return 'reset' in answer && answer.reset === 'after';
}

function nameOf(answer: Answer): string {
  if ('status' in answer) return String(answer.status);
  return 'hang' in answer ? 'hang' : `reset ${answer.reset}`;
}
