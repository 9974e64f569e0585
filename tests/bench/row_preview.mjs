// A preview of a broadcast to all 1,528 posts: request to answer.
import { cpuUs, nowUs, row } from './bench.mjs';
import { median, quiet, rosterOfPosts, silentRelay } from './posts.mjs';
import { importRoster } from '../system/harness/daemon.mjs';
import { broadcast } from '../system/harness/roster.mjs';

const ROUNDS = 15;

row('preview', async ({ it, tell }) => {
  const d = await quiet(it, await silentRelay(it));
  await importRoster(d, rosterOfPosts());
  const { pid } = d.part.child;
  const times = [];
  const cpu = cpuUs(pid);
  let r;
  for (let i = 0; i < ROUNDS; i++) {
    const body = JSON.stringify(broadcast());
    const begun = nowUs();
    r = await d.api.request('POST', '/v1/preview', body);
    times.push((nowUs() - begun) / 1000);
    if (r.status !== 200) throw new Error(`POST /v1/preview: ${r.status} ${r.text}`);
  }
  tell('request to answer', median(times), 'ms', { most: 20 });
  tell('liaisond: CPU each', (cpuUs(pid) - cpu) / ROUNDS / 1000, 'ms');
  tell('missions in it', r.json.missions.length, '');
});
