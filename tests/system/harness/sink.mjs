// The liaison-sink of a scene: what arrived there, counted.
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';
import { Part, wholeLines } from './scene.mjs';

const binary = process.env.LIAISON_SINK ?? 'liaison-sink';

/** rules: its script.  The record and the control socket are in the scene's folder. */
export async function sink(it, { rules = [], args = [], name = 'sink' } = {}) {
  const record = it.file(`${name}.jsonl`);
  const control = it.file(`${name}.sock`);
  const script = it.file(`${name}.json`);
  writeFileSync(script, JSON.stringify(rules));
  const part = new Part(it, 'liaison-sink', binary, ['--smtp', '127.0.0.1:0', '--http', '127.0.0.1:0',
    '--script', script, '--record', record, '--control', control, '--digests', ...args]);
  it.defer(async () => {
    const how = await part.stop();
    if (how !== 0) throw new Error(`liaison-sink ended with ${how}: ${part.lines.slice(-30).join('\n')}`);
  });
  const ready = JSON.parse(await part.line(/"event": ?"ready"/));
  const port = (address) => Number(address.split(':').at(-1));
  const ask = (command) => new Promise((resolve, reject) => {
    const socket = net.connect(control);
    socket.on('error', reject);
    socket.write(`${JSON.stringify(command)}\n`);
    readline.createInterface({ input: socket }).once('line', (line) => { socket.destroy(); resolve(JSON.parse(line)); });
  });
  const records = () => wholeLines(record).map((l) => JSON.parse(l));
  return {
    smtp: port(ready.smtp),
    http: port(ready.http),
    ask,
    records,
    /** Until so many different mails and webhooks are in; a late one is a failure with the counts. */
    async wait({ mails = 0, webhooks = 0, ms = 60_000 }) {
      const r = await ask({ cmd: 'wait', mails, webhooks, timeout_ms: ms });
      if (!r.reached) throw new Error(`the sink waited ${ms} ms for ${mails} mails and ${webhooks} webhooks: ${JSON.stringify(r)}`);
    },
    script: (next) => ask({ cmd: 'script', rules: next }),
    mails: () => records().filter((r) => r.kind === 'mail' && r.accepted),
    webhooks: () => records().filter((r) => r.kind === 'webhook' && r.accepted),
  };
}

/** recipient -> how often it got a mail. */
export function tally(mails) {
  const counts = new Map();
  for (const m of mails) for (const to of m.to) counts.set(to, (counts.get(to) ?? 0) + 1);
  return counts;
}
