// Small broadcasts by 64 publishers at once, beside what one commit alone costs on this disk.
import { bare, cpuUs, receiver, row } from './bench.mjs';
import { liaisond, mailRoster } from './daemon.mjs';

const COUNT = 10_000;
const PUBLISHERS = 64;
const MISSIONS = 1000;

row('publish', async ({ it, tell }) => {
  const [disk] = await bare('bench_sync', [it.dir]);
  const peer = await receiver(it);
  const d = await liaisond(it, { roster: mailRoster(MISSIONS), peer });
  const { pid } = d.part.child;
  await peer.ask('reset');
  const cpu = cpuUs(pid);
  const [f] = await bare('bench_publish', [d.groups.api.socket, COUNT, PUBLISHERS, MISSIONS]);
  const rate = f.count / (f.wall_us / 1e6);
  tell('broadcasts taken', rate, '/s');
  tell('liaisond: CPU each', (cpuUs(pid) - cpu) / f.count, 'us');
  tell('syncs of 4 KiB one after the other', disk.sync_per_s, '/s');
  tell('commits by SQLite one after the other', disk.commit_per_s, '/s');
  tell('times the single-sync rate', rate / disk.sync_per_s, 'x', { least: 10 });
  await peer.wait(COUNT);
});
