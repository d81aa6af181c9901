import { FakeWebSocket } from './fake-web-socket';
import { HistoryModel } from './history-model';
import type { VirtualClock } from './virtual-clock';
import type { Message } from '../../client/src/api';
import type { PageRequest } from '../../client/src/sequence';

/** An API with a history behind a client's sockets. In each direction, a frame may be lost with its connection. */
export class HistoryServer {
  readonly history: HistoryModel;
  /** Every received publish, in order. */
  readonly published: { readonly ref: string; readonly session: string; readonly message: string; readonly again: boolean }[] = [];
  /** Errors that the server returns to a publish instead of an ack, once each. */
  readonly refusals: string[] = [];
  /** Frames that were sent before the server had announced its layers. */
  readonly early: string[] = [];
  private readonly known = new Map<string, Message>();
  private readonly read = new WeakMap<FakeWebSocket, number>();

  constructor(clock: VirtualClock, mostOfPage = () => 10) {
    this.history = new HistoryModel(clock, mostOfPage);
  }

  /** Answers everything that has come. @param answers whether the sender gets the answer */
  serve(answers = true): void {
    for (const socket of FakeWebSocket.made) {
      const from = this.read.get(socket) ?? 0;
      const sent = socket.sent.slice(from);
      this.read.set(socket, socket.sent.length);
      for (const text of sent) this.handle(socket, text, answers);
    }
  }

  private handle(socket: FakeWebSocket, text: string, answers: boolean): void {
    const frame = JSON.parse(text) as PageRequest & { action: string; ref: string; message: string; session: string; again?: boolean };
    const say = (answer: object) => answers && socket.receive(answer);
    if (frame.action === 'ping') return void say({ action: 'pong', v: 1, layers: ['history'] });
    if (socket.said[0] === text && socket.sent[0] === text) this.early.push(text);
    if (frame.action === 'history') return void say({ type: 'history', ref: frame.ref, ...this.history.answer(frame) });
    this.published.push({ ref: frame.ref, session: frame.session, message: frame.message, again: frame.again ?? false });
    const code = this.refusals.shift();
    if (code) return void say({ type: 'error', ref: frame.ref, code, message: `refused: ${code}` });
    const message = this.append(frame);
    for (const each of FakeWebSocket.made) each.receive(message);
    say({ type: 'ack', ref: frame.ref, id: message.id, position: message.position, delivered: 1 });
  }

  /** Appends a message. A repeated one already has a position; without `again`, its id is not looked up. */
  private append({ ref, session, message, again }: { ref: string; session: string; message: string; again?: boolean }): Message {
    const name = `${session} ${ref}`;
    const found = again && this.known.get(name);
    if (found) return found;
    const appended = this.history.publish({ id: name, message });
    this.known.set(name, appended);
    return appended;
  }
}
