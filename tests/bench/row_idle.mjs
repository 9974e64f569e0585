// Idle with all 1,528 posts loaded: how often it wakes up, and what it keeps in memory.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuUs, residentMiB, row } from './bench.mjs';
import { quiet, rosterOfPosts, silentRelay, sleeps } from './posts.mjs';
import { importRoster, restart } from '../system/harness/daemon.mjs';

const SECONDS = 20;
const SETTLE_MS = 3000;

row('idle', async ({ it, tell }) => {
  const first = await quiet(it, await silentRelay(it));
  await importRoster(first, rosterOfPosts());
  tell('resident after the import', residentMiB(first.part.child.pid), 'MiB');
  await first.stop();
  const { pid } = (await restart(it, first)).part.child;
  await pause(SETTLE_MS);
  const [slept, cpu] = [sleeps(pid), cpuUs(pid)];
  await pause(SECONDS * 1000);
  tell('wake-ups of all threads', (sleeps(pid) - slept) / SECONDS, '/s', { most: 1 });
  tell('processor time', (cpuUs(pid) - cpu) / 1000 / SECONDS, 'ms/s');
  tell('resident', residentMiB(pid), 'MiB', { most: 24 });
});
