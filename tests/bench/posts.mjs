// The rows that look at the daemon by itself: the roster of all posts, a relay that takes nothing, sleeping threads.
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { daemon } from '../system/harness/daemon.mjs';
import { mailboxes, rosterOf } from '../system/harness/roster.mjs';

export const POSTS = 1528;

/** As many posts as there are, made up; or those of the folder BENCH_ROSTER, with missions.csv and representatives.csv. */
export const rosterOfPosts = () => (process.env.BENCH_ROSTER ? rosterOf(process.env.BENCH_ROSTER) : mailboxes(POSTS));

/** A relay that takes connections and says nothing, so that what is for it stays queued; its port. */
export async function silentRelay(it) {
  const open = new Set();
  const server = net.createServer((s) => { open.add(s.on('error', () => {}).on('close', () => open.delete(s))); }).listen(0, '127.0.0.1');
  await new Promise((resolve) => { server.on('listening', resolve); });
  it.defer(() => { server.close(); for (const s of open) s.destroy(); });
  return server.address().port;
}

/** A daemon on the shipped configuration whose mail goes to that port; a stop waits for nobody. */
export const quiet = (it, port) => daemon(it, { log_level: 'info', stop_grace_s: 0, smtp: { port, connections: 20 } });

/** How often the threads of a program went to sleep so far. */
export function sleeps(pid) {
  let count = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    count += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)[1]);
  }
  return count;
}

export const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
