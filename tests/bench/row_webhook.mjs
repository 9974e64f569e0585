// One event to 1,000 webhooks, signed and durable: the daemon beside Alertmanager and a bare signing loop.
import { bare, receiver, row } from './bench.mjs';
import { alert, alertmanager } from './contenders.mjs';
import { fanOut, liaisond, webhookRoster } from './daemon.mjs';

const N = 1000;
const ROUNDS = 5; // with the connections kept; the median counts

const median = (all, of) => all.map(of).sort((a, b) => a - b)[Math.floor(all.length / 2)];
const middle = (all) => ({ rate: median(all, (f) => f.rate), cpuEach: median(all, (f) => f.cpuEach) });

row('webhook', async ({ it, tell }) => {
  const peer = await receiver(it);
  const d = await liaisond(it, { roster: webhookRoster(N, peer.http), peer });
  const cold = await fanOut(d, peer);
  const all = [];
  for (let i = 0; i < ROUNDS; i++) all.push(await fanOut(d, peer));
  const kept = middle(all);
  await d.stop();
  const other = await alertmanager(it, peer, N);
  const otherCold = await alert(other, peer);
  const others = [];
  for (let i = 0; i < ROUNDS; i++) others.push(await alert(other, peer));
  const otherKept = middle(others);
  await peer.ask('reset');
  const loops = await bare('bench_webhook', [peer.http, N, 50, cold.bytes, ROUNDS + 1]);
  const loop = middle(loops.slice(1).map((f) => ({ rate: f.count / (f.wall_us / 1e6), cpuEach: f.cpu_us / f.count })));

  for (const [who, f] of [['liaisond, cold', cold], ['liaisond, connections kept', kept], ['Alertmanager, cold', otherCold],
    ['Alertmanager, connections kept', otherKept], ['bare signing loop', loop]]) {
    tell(`${who}: rate`, f.rate, '/s');
    tell(`${who}: CPU each`, f.cpuEach, 'us');
  }
  tell('liaisond: 201 after', median(all, (f) => f.accept), 'ms');
  tell('times the rate of Alertmanager, connections kept', kept.rate / otherKept.rate, 'x', { least: 2 });
  tell('times the rate of Alertmanager, cold', cold.rate / otherCold.rate, 'x', { least: 3 });
  tell("Alertmanager's CPU over ours, connections kept", otherKept.cpuEach / kept.cpuEach, 'x', { least: 3 });
  tell('share of the rate of the bare signing loop', kept.rate / loop.rate, 'x', { least: 0.6 });
});
