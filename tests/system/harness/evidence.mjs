// What is known of a daemon from outside, kept over its deaths: what it promised to those who asked it,
// what its journal says, and what arrived at the receivers.  Read on from where the last look ended.
import assert from 'node:assert/strict';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** The lines that a growing file has got since the last call. */
function growing(file) {
  let at = 0;
  let rest = '';
  return () => {
    if (!existsSync(file)) return [];
    const fd = openSync(file);
    const bytes = Buffer.alloc(fstatSync(fd).size - at);
    readSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
    at += bytes.length;
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop();
    return lines.map((l) => Buffer.from(l, 'latin1').toString('utf8'));
  };
}

/** "BROADCAST.ORDINAL" of a Message-ID. */
const keyOf = (messageId) => /([\w-]+\.\d+)@/.exec(messageId)[1];
const broadcastOf = (key) => key.slice(0, key.lastIndexOf('.'));
export const about = (broadcast, endpoint) => `${broadcast} ${endpoint}`;

export class Evidence {
  constructor(sinkRecord, relayLog) {
    this.offers = []; // { body, corrects, kind, answer: { status, json }, at }
    this.answers = []; // { broadcast, recipient } that a page has thanked for
    this.roster = { tried: 0, known: 0, answered: 0, unsure: 0 }; // versions; imports by what became of them
    this.kills = []; // { at, aim }
    this.records = [];
    this.ended = 0; // notifications that nothing more becomes of
    this.byEndpoint = new Map(); // about() -> its records
    this.webhooks = []; // { key, broadcast, endpoint, at, told }
    this.mails = [];
    this.relayed = []; // { queue, key }: what the relay began to take, in its order
    this.queued = new Set(); // queue ids: what it has taken to its end
    this.readSink = growing(sinkRecord);
    this.readRelay = growing(relayLog);
  }

  /** Reads what has come since; the journal must go on from where it was. */
  async look(api) {
    const last = this.records.at(-1);
    const page = await api.records('', last?.seq);
    page.forEach((r, i) => {
      const before = i > 0 ? page[i - 1] : last;
      assert.equal(r.seq, (before?.seq ?? 0) + 1, 'the journal has no gap');
      assert.equal(r.prev, before?.hash ?? '', `record ${r.seq} follows from the one that was seen before it`);
      this.take(r);
    });
    this.readSink().forEach((l) => this.arrived(JSON.parse(l)));
    this.readRelay().forEach((l) => this.wasRelayed(l));
  }

  /** The receiver behind the proxy knows a webhook by its path. */
  take(r) {
    this.records.push(r);
    if (/^notification\.(accepted|withdrawn)$/.test(r.event)) this.ended += 1;
    if (!r.endpoint) return;
    const at = about(r.broadcast, r.channel === 'webhook' ? new URL(r.endpoint).pathname : r.endpoint);
    if (!this.byEndpoint.has(at)) this.byEndpoint.set(at, []);
    this.byEndpoint.get(at).push(r);
  }

  arrived(line) {
    if (!line.accepted) return;
    const at = Date.parse(line.time);
    if (line.kind === 'mail') {
      const key = keyOf(line.message_id);
      this.mails.push({ key, broadcast: broadcastOf(key), endpoint: `mailto:${line.to[0]}`, at, told: Date.parse(line.headers.Date), file: line.file });
    } else {
      const event = JSON.parse(line.body);
      this.webhooks.push({ key: line.webhook_id, broadcast: broadcastOf(line.webhook_id), endpoint: line.path, at,
        told: Number(line.webhook_timestamp) * 1000, asks: event.data.acknowledge, missions: event.data.missions });
    }
  }

  wasRelayed(line) {
    const m = /cleanup\[\d+\]: (\w+): message-id=<([^>]+)>/.exec(line);
    if (m) this.relayed.push({ queue: m[1], key: keyOf(m[2]) });
    const taken = /qmgr\[\d+\]: (\w+): from=.*\(queue active\)/.exec(line);
    if (taken) this.queued.add(taken[1]);
  }

  attempts(broadcast, endpoint) {
    return this.byEndpoint.get(about(broadcast, endpoint)) ?? [];
  }

  taken() {
    return this.offers.filter((o) => o.answer && o.answer.status !== 422);
  }
}
