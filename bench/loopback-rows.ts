// A server that sends a result without having one: the same reply again and again, as large as it is told, to whoever
// fetches. What a reader gets from it is what loopback and the reader themselves allow.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { FrameReader } from '../src/wire/frame-reader.ts';
import { readMessageHeader } from '../src/wire/message-header.ts';
import { NegotiationReader, negotiationMessage, saslStatus } from '../src/wire/sasl-negotiation.ts';
import { encodeReply } from '../src/wire/struct-codec.ts';
import { cannedReply } from './canned-replies.ts';

const frameLimitBytes = 1 << 20;

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    'reply-rows': { type: 'string' },
    'reply-bytes': { type: 'string' },
  },
});
const rows = Number(values.rows);
const replyRows = Number(values['reply-rows']);
/** Stands where a reply's first value goes. */
const firstValue = 0x0102030405;
const firstValueBytes = Buffer.from('0000000102030405', 'hex');
const full = fetchReply(replyRows, Number(values['reply-bytes']));
const firstValueEnd = full.indexOf(firstValueBytes) + firstValueBytes.length;
const rest = full.subarray(firstValueEnd);
const end = fetchReply(0, 0);

const server = createServer({ noDelay: true }, serve);
server.listen({ host: '127.0.0.1', port: 0 }, () => {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  process.send?.({ event: 'ready', port });
});
process.on('disconnect', () => process.exit());

function serve(socket: Socket): void {
  const negotiation = new NegotiationReader(frameLimitBytes);
  const frames = new FrameReader(frameLimitBytes);
  let isOpen = false;
  let sentRows = 0;
  socket.on('error', () => socket.destroy()).on('data', take);

  function take(chunk: Buffer): void {
    if (isOpen) {
      for (const frame of frames.push(chunk)) answer(frame);
      return;
    }
    negotiation.push(chunk);
    for (let message = negotiation.next(); message !== undefined; message = negotiation.next()) {
      isOpen = message.status !== saslStatus.start;
    }
    if (isOpen) socket.write(negotiationMessage(saslStatus.complete, ''));
  }

  function answer(frame: Buffer): void {
    if (readMessageHeader(frame).name !== 'FetchResults') {
      socket.write(cannedReply(frame));
    } else if (sentRows >= rows) {
      sentRows = 0; // whoever asks again reads it again
      socket.write(end);
    } else {
      socket.cork();
      socket.write(beginningFrom(sentRows));
      socket.write(rest);
      socket.uncork();
      sentRows += replyRows;
    }
  }
}

/** The reply up to its first value, which is the number of this row. */
function beginningFrom(row: number): Buffer {
  const beginning = Buffer.from(full.subarray(0, firstValueEnd));
  beginning.writeBigInt64BE(BigInt(row), firstValueEnd - firstValueBytes.length);
  return beginning;
}

/** A framed reply: one column of bigints, and another that brings it to the wanted size. */
function fetchReply(rowCount: number, wantedBytes: number): Buffer {
  const nulls = Buffer.alloc(1);
  const bigints = Array.from({ length: rowCount }, (_, row) => (row === 0 ? firstValue : row));
  const filling = Buffer.alloc(Math.max(0, wantedBytes - 8 * rowCount));
  const message = encodeReply('FetchResults', 0, {
    status: { statusCode: 0 },
    hasMoreRows: false,
    results: {
      startRowOffset: 0,
      rows: [],
      columns: [
        { i64Val: { values: bigints, nulls } },
        { binaryVal: { values: [filling], nulls } },
      ],
    },
  });
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}
