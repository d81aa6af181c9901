import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Lane } from '../../../../lambda-src/aws/connections-api/lane';
import { Post } from '../../../../lambda-src/aws/connections-api/post';

/** A socket whose other end is the test. */
class FakeSocket extends EventEmitter {
  writable = true;
  writableLength = 0;
  readonly written: string[] = [];
  destroyed = false;
  write(bytes: Buffer) {
    this.written.push(bytes.toString());
  }
  destroy() {
    this.destroyed = true;
    this.writable = false;
    process.nextTick(() => this.emit('close'));
  }
}

function laneOn(socket: FakeSocket) {
  const told: string[] = [];
  const open = (onBytes: (bytes: Buffer) => void) => socket.on('data', onBytes) as unknown as Socket;
  const lane: Lane = new Lane({ open, readyEvent: 'connect' }, () => 0, () => 1_000, {
    answered: () => told.push('answered'),
    ready: () => told.push('ready'),
    lost: (_lane, reason) => told.push(`lost: ${reason}`),
  });
  return { lane, told };
}

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const post = () => new Post({}, 0, 'id', { write: () => Buffer.from('request'), signedWith: credentials, areReplaced: () => false });

test('an unused lane closes when the endpoint sends data, while it connects and afterwards', () => {
  for (const connected of [false, true]) {
    const socket = new FakeSocket();
    const { told } = laneOn(socket);
    if (connected) socket.emit('connect');
    socket.emit('data', answer);
    expect(told).toEqual([...(connected ? ['ready'] : []), 'lost: spoke without being asked']);
    expect(socket.destroyed).toBe(true);
  }
});

test('a used lane closes when the endpoint sends more data', async () => {
  const socket = new FakeSocket();
  const { lane, told } = laneOn(socket);
  socket.emit('connect');
  const carried = post();
  lane.carry(carried);
  socket.emit('data', answer);
  socket.emit('data', answer);
  expect(await carried.answer).toEqual({ kind: 'status', status: 200 });
  expect(told).toEqual(['ready', 'answered', 'ready', 'lost: spoke without being asked']);
  expect(socket.written).toEqual(['request']);
});

test('a lane whose answer was complete before its request was flushed is usable only once it is flushed', () => {
  const socket = new FakeSocket();
  const { lane, told } = laneOn(socket);
  socket.emit('connect');
  lane.carry(post());
  socket.writableLength = 1;
  socket.emit('data', answer);
  expect(told).toEqual(['ready', 'answered', 'ready']);
  expect(lane.isFresh()).toBe(false);
  socket.writableLength = 0;
  expect(lane.isFresh()).toBe(true);
});

test('a lane whose answer forbids reuse closes, and reports it once', async () => {
  const socket = new FakeSocket();
  const { lane, told } = laneOn(socket);
  socket.emit('connect');
  lane.carry(post());
  socket.emit('data', Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
  socket.emit('error', new Error('late'));
  await new Promise(setImmediate);
  expect(told).toEqual(['ready', 'answered', 'lost: not reusable']);
});

test('a lane whose socket can no longer be written to is not usable', () => {
  const socket = new FakeSocket();
  const { lane } = laneOn(socket);
  socket.emit('connect');
  expect(lane.isFresh()).toBe(true);
  socket.writable = false;
  expect(lane.isFresh()).toBe(false);
});
