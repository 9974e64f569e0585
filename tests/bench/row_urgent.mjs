// Immediate broadcasts to 60 posts while 100,000 routine notifications drain, and on an idle daemon: 1,528 posts
// with two representatives each, and as many routine broadcasts to all of them as that takes.
import { nowUs, receiver, row } from './bench.mjs';
import { liaisond, settled } from './daemon.mjs';
import { broadcast, chicago } from '../system/harness/roster.mjs';

const BACKLOG = Number(process.env.BENCH_BACKLOG ?? 100_000);
const POSTS = 1528;
const AFFECTED = 60;
const ROUNDS = 100;

const roster = chicago(POSTS, (i, mission) => [1, 2].map((k) => ({ email: `liaison${k}@${mission}.example` })), (i) => (i <= AFFECTED ? { country: 'DE' } : {}));

/** ms from the request to the last arrival, for each of so many immediate broadcasts in a row; and their notifications. */
async function immediate(d, peer) {
  const all = [];
  let count = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const word = `Round-${nowUs()}-`;
    await peer.ask(`mark ${word}`);
    const body = broadcast({ audience: { countries: ['DE'] }, messages: [{ language: 'en', headline: word, description: 'Stay inside.' }] });
    const begun = nowUs();
    const r = await d.api.request('POST', '/v1/broadcasts', body);
    if (r.status !== 201) throw new Error(`${r.status} ${r.text}`);
    const seen = await peer.wait(r.json.notifications);
    all.push((seen.last_marked_us - begun) / 1000);
    count += r.json.notifications;
  }
  return { all: all.sort((a, b) => a - b), count };
}

row('urgent', async ({ it, tell }) => {
  const peer = await receiver(it);
  const d = await liaisond(it, { roster, peer });
  await immediate(d, peer);
  await settled(d);
  const idle = await immediate(d, peer);
  await peer.ask('reset');
  let queued = 0;
  while (queued < BACKLOG) {
    const r = await d.api.request('POST', '/v1/broadcasts', broadcast({ urgency: 'future', severity: 'minor' }));
    if (r.status !== 201) throw new Error(`${r.status} ${r.text}`);
    queued += r.json.notifications;
  }
  const before = (await peer.ask('tell')).distinct;
  const busy = await immediate(d, peer);
  const { distinct } = await peer.ask('tell');
  if (distinct >= queued + busy.count) throw new Error('the queue had drained before the last immediate broadcast arrived');
  const p = ({ all: a }, share) => a[Math.min(a.length - 1, Math.floor(a.length * share))];
  tell('routine notifications that waited when they began', queued - before, '');
  tell('idle: p50 of request to last', p(idle, 0.5), 'ms');
  tell('idle: p99', p(idle, 0.99), 'ms');
  tell('beside the queue: p50', p(busy, 0.5), 'ms');
  tell('beside the queue: p99', p(busy, 0.99), 'ms');
  tell("times the idle daemon's p99", p(busy, 0.99) / p(idle, 0.99), 'x', { most: 2 });
  await d.kill();
});
