// A cancel in the middle of 5,000 alerts: when its last correction arrives, beside as many on an idle daemon.
import { assertDistinct, nowUs, receiver, row } from './bench.mjs';
import { fanOut, liaisond, mailRoster, settled } from './daemon.mjs';
import { broadcast } from '../system/harness/roster.mjs';

const N = 5000;
const BEFORE = 1500; // have had the alert when the cancel is sent
const CONNECTIONS = 20;

async function cancelInTheMiddle(d, peer) {
  await peer.ask('reset');
  const alert = broadcast({ urgency: 'expected' });
  const sent = await d.api.request('POST', '/v1/broadcasts', alert);
  await peer.wait(BEFORE);
  const word = `Corrected-${nowUs()}-`;
  const cancel = broadcast({ type: 'cancel', audience: undefined, references: [{ identifier: alert.identifier, sender: alert.sender, sent: alert.sent }],
    messages: [{ language: 'en', headline: word, description: 'It was a false alarm.' }] });
  await peer.ask(`mark ${word}`);
  const begun = nowUs();
  const r = await d.api.request('POST', '/v1/broadcasts', cancel);
  const accept = (nowUs() - begun) / 1000;
  if (r.status !== 201) throw new Error(`${r.status} ${r.text}`);
  const seen = await peer.wait(r.json.notifications);
  await settled(d);
  const all = await peer.ask('tell');
  assertDistinct('alerts and corrections', all, all.count);
  if (all.marked !== r.json.notifications) throw new Error(`${all.marked} corrections of ${r.json.notifications}`);
  return { corrections: all.marked, alerts: all.count - all.marked, of: sent.json.notifications,
    after: seen.unmarked_after_mark, accept, first: (seen.first_marked_us - begun) / 1000, last: (seen.last_marked_us - begun) / 1000 };
}

row('cancel', async ({ it, tell }) => {
  const peer = await receiver(it);
  const d = await liaisond(it, { roster: mailRoster(N), peer, smtp: { connections: CONNECTIONS } });
  await fanOut(d, peer);
  const f = await cancelInTheMiddle(d, peer);
  const missions = Array.from({ length: Math.min(f.corrections, N) }, (_, i) => `m-${String(i + 1).padStart(4, '0')}`);
  const idle = await fanOut(d, peer, { audience: { missions } });
  tell('alerts that went out', f.alerts, `of ${f.of}`);
  tell('corrections', f.corrections, '');
  tell('the cancel: 201 after', f.accept, 'ms');
  tell('request to first correction', f.first, 'ms');
  tell('request to last correction', f.last, 'ms');
  tell('as many on an idle daemon', idle.last, 'ms');
  tell('times the idle time', f.last / idle.last, 'x', { most: 2 });
  tell('alerts that arrived behind the first correction', f.after, '', { most: CONNECTIONS });
});
