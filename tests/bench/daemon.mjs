// A release liaisond with a made-up roster, and one broadcast through it: everything durable.
import { assertDistinct, cpuUs, nowUs, residentMiB } from './bench.mjs';
import { setTimeout as pause } from 'node:timers/promises';
import { daemon as start, importRoster } from '../system/harness/daemon.mjs';
import { broadcast, chicago } from '../system/harness/roster.mjs';

/** n missions with one representative each, who has one mailbox. */
export const mailRoster = (n) => chicago(n, (i, mission) => [{ email: `liaison@${mission}.example` }]);

/** The same with one webhook each, on the receiver's port. */
export const webhookRoster = (n, port) => chicago(n, (i, mission) => [{ webhook: `http://127.0.0.1:${port}/hooks/${mission}` }]);

/**
 * Starts liaisond on the shipped configuration but for what is given, and imports a roster.  What it
 * logs is thrown away unread, so that the reader takes no time from it.
 */
export async function liaisond(it, { roster, peer, smtp = {}, webhook = {}, ...more }) {
  const d = await start(it, {
    log_level: 'info',
    smtp: { port: peer.smtp, connections: 20, ...smtp },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 50, ...webhook },
    ...more,
  });
  await importRoster(d, roster);
  return d;
}

/**
 * One broadcast to everybody, and nothing else on its way: waits for the last arrival.  Times in ms from the request.
 */
export async function fanOut(d, peer, overrides = {}, ms = 120_000) {
  await peer.ask('reset');
  const { pid } = d.part.child;
  const cpu = cpuUs(pid);
  const body = JSON.stringify(broadcast(overrides));
  const begun = nowUs();
  const r = await d.api.request('POST', '/v1/broadcasts', body);
  const answered = nowUs();
  if (r.status !== 201) throw new Error(`POST /v1/broadcasts: ${r.status} ${r.text}`);
  const count = r.json.notifications;
  const seen = await peer.wait(count, ms);
  await settled(d);
  const spent = cpuUs(pid) - cpu;
  assertDistinct('liaisond', await peer.ask('tell'), count);
  return {
    id: r.json.id, count, accept: (answered - begun) / 1000, last: (seen.last_us - begun) / 1000,
    flow: (seen.last_us - seen.first_us) / 1000, rate: count / ((seen.last_us - begun) / 1e6),
    flowRate: count / ((seen.last_us - seen.first_us) / 1e6), cpuEach: spent / count,
    bytes: Math.round(seen.bytes / seen.count), rss: residentMiB(pid), connections: seen.connections,
  };
}

/** Until every outcome is in the store: what is measured includes the writing down. */
export async function settled(d, ms = 60_000) {
  for (const end = Date.now() + ms; ;) {
    const text = (await d.api.get('/metrics')).text;
    if (/^liaisond_in_flight 0$/m.test(text)) return;
    if (Date.now() > end) throw new Error(`the outcomes: not written down within ${ms} ms`);
    await pause(20);
  }
}
