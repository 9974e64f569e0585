// A million notifications wait: what they take of memory, what the last broadcast costs that comes on top, and how
// soon after kill -9 the first of them is delivered.  BENCH_QUEUED: how many.
import { setTimeout as pause } from 'node:timers/promises';
import { nowUs, receiver, residentMiB, row } from './bench.mjs';
import { POSTS, median, quiet, silentRelay } from './posts.mjs';
import { configure, importRoster, launch, send } from '../system/harness/daemon.mjs';
import { broadcast, mailboxes } from '../system/harness/roster.mjs';

const QUEUED = Number(process.env.BENCH_QUEUED ?? 1_000_000);
const PER_BROADCAST = 2 * POSTS;
const SOME = 5; // broadcasts of which the median is told
const SETTLE_MS = 3000;

/** Broadcasts until as many wait; ms from request to 201 of each. */
async function fill(d) {
  const times = [];
  for (let queued = 0; queued < QUEUED; queued += PER_BROADCAST) {
    const begun = nowUs();
    await send(d, broadcast({ urgency: 'expected' }));
    times.push((nowUs() - begun) / 1000);
  }
  return times;
}

row('million', async ({ it, tell }) => {
  const d = await quiet(it, await silentRelay(it));
  await importRoster(d, mailboxes(POSTS));
  await pause(SETTLE_MS);
  const idle = residentMiB(d.part.child.pid);
  const times = await fill(d);
  await pause(SETTLE_MS);
  tell('resident above idle', residentMiB(d.part.child.pid) - idle, 'MiB', { most: 64 });
  const [first, last] = [median(times.slice(0, SOME)), median(times.slice(-SOME))];
  tell('201 for all posts, the first', first, 'ms');
  tell('201 for all posts, the last', last, 'ms');
  await d.kill();
  const peer = await receiver(it);
  const { file, groups } = configure(it, { ...d.groups, smtp: { ...d.groups.smtp, port: peer.smtp } });
  const begun = nowUs();
  const again = launch(it, { file, groups });
  const { first_us: arrived } = await peer.wait(1);
  tell('start after kill -9 to the first delivery', (arrived - begun) / 1000, 'ms', { most: 1000 });
  tell('resident then', residentMiB(again.part.child.pid), 'MiB');
  await again.kill();
});
